package smtp_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"relance/channels"
	"relance/channels/smtp"
	"relance/channels/smtp/smtptest"
)

const calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:apt_1@agence.example\r\nSUMMARY:Rendez-vous à l’agence\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestMessage(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	m := email(1)
	m.FromName = "Département du Nord"
	m.Subject = "Votre rendez-vous du jeudi 14 mai à 10 h — changé"
	m.Body = "Bonjour,\n\nVotre rendez-vous est le jeudi 14 mai à 10 h."
	m.HTML = "<p>Votre rendez-vous est le <b>jeudi 14 mai à 10 h</b>.</p>"
	m.Calendar, m.CalendarMethod = []byte(calendar), "REQUEST"
	m.References = "msg_000000"
	m.ReplyTo = "accueil@nord.example"
	a := p.Send(t.Context(), m)
	if a.Outcome != channels.Sent || a.ProviderID != "msg_000001@agence.example" {
		t.Fatalf("answer %+v", a)
	}
	got := server.Mails()[0]
	for name, c := range map[string][2]string{
		"subject":        {got.Subject, m.Subject},
		"text":           {got.Text, m.Body},
		"html":           {got.HTML, m.HTML},
		"calendar":       {got.Calendar, strings.TrimSuffix(strings.ReplaceAll(calendar, "\r\n", "\n"), "\n")},
		"method":         {got.CalendarMethod, "REQUEST"},
		"message id":     {got.MessageID, "msg_000001@agence.example"},
		"references":     {got.Header.Get("References"), "<msg_000000@agence.example>"},
		"in reply to":    {got.Header.Get("In-Reply-To"), "<msg_000000@agence.example>"},
		"reply to":       {got.Header.Get("Reply-To"), "<accueil@nord.example>"},
		"auto-submitted": {got.Header.Get("Auto-Submitted"), "auto-generated"},
		"user agent":     {got.Header.Get("User-Agent") + got.Header.Get("X-Mailer"), ""},
		"envelope from":  {got.Envelope.From, "rdv@agence.example"},
		"envelope to":    {got.To[0], m.To},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", name, c[0], c[1])
		}
	}
	from, err := got.Header.AddressList("From")
	if err != nil || from[0].Name != m.FromName || from[0].Address != "rdv@agence.example" {
		t.Errorf("from %v, %v", from, err)
	}
	if want := []string{"text/plain", "text/html", "text/calendar"}; !slices.Equal(got.Types, want) {
		t.Errorf("parts %v, want %v: mail programs show the last they know", got.Types, want)
	}
	if len(got.Files) != 1 || got.Files[0].Name != "rendez-vous.ics" || !bytes.Equal(got.Files[0].Body, m.Calendar) {
		t.Errorf("files %+v", got.Files)
	}
	for _, line := range bytes.Split(got.Raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	m := email(1)
	m.HTML = ""
	p.Send(t.Context(), m)
	got := server.Mails()[0]
	if got.Header.Get("References") != "" || len(got.Files) != 0 || !slices.Equal(got.Types, []string{"text/plain"}) {
		t.Errorf("got %+v", got)
	}
}

// TestSameMessageID: a second try of one message is the same email to whoever gets both.
func TestSameMessageID(t *testing.T) {
	t.Parallel()
	lost := true
	p, server := start(t, smtptest.Config{Fault: func(at smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.Accepted && lost {
			lost = false
			return &smtptest.Fault{Drop: true}
		}
		return nil
	}})
	if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Unknown {
		t.Fatalf("answer %+v", a)
	}
	if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Sent {
		t.Fatalf("answer %+v", a)
	}
	got := server.Mails()
	if len(got) != 2 || got[0].MessageID != got[1].MessageID {
		t.Errorf("%d mails: %q, %q", len(got), got[0].MessageID, got[1].MessageID)
	}
}

func TestSenders(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) { s.Domain = "relance.example" })
	for i, c := range []struct{ from, name, wantName, wantAddress string }{
		{"", "", "Agence Nord", "rdv@agence.example"},
		{"", "CCAS", "CCAS", "rdv@agence.example"},
		{"sud@agence.example", "", "", "sud@agence.example"},
		{"Agence Sud <sud@agence.example>", "", "Agence Sud", "sud@agence.example"},
		{"Agence Sud <sud@agence.example>", "Dép. du Sud, pôle RSA", "Dép. du Sud, pôle RSA", "sud@agence.example"},
	} {
		m := email(i)
		m.From, m.FromName = c.from, c.name
		if a := p.Send(t.Context(), m); a.Outcome != channels.Sent {
			t.Fatalf("answer %+v", a)
		}
		got := server.Mails()[i]
		from, err := got.Header.AddressList("From")
		if err != nil || from[0].Name != c.wantName || from[0].Address != c.wantAddress || got.Envelope.From != c.wantAddress {
			t.Errorf("%d: from %v, %v", i, from, err)
		}
		if !strings.HasSuffix(got.MessageID, "@relance.example") {
			t.Errorf("message id %q", got.MessageID)
		}
	}
}

func TestRefusesWhatIsNoEmail(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	for name, change := range map[string]func(*channels.Message){
		"id":              func(m *channels.Message) { m.ID = "a>\r\nBcc: x@example.org" },
		"references":      func(m *channels.Message) { m.References = "a b" },
		"recipient":       func(m *channels.Message) { m.To = "Eve <eve@example.org>" },
		"two recipients":  func(m *channels.Message) { m.To = "a@example.org, b@example.org" },
		"sender":          func(m *channels.Message) { m.From = "nobody" },
		"calendar method": func(m *channels.Message) { m.Calendar, m.CalendarMethod = []byte("x"), "REQUEST\r\nX: y" },
		"no text":         func(m *channels.Message) { m.Body = "" },
	} {
		m := email(1)
		change(&m)
		if a := p.Send(t.Context(), m); a.Outcome != channels.Permanent || a.Code != "message" {
			t.Errorf("%s: answer %+v", name, a)
		}
	}
	if len(server.Mails()) != 0 {
		t.Error("something left")
	}
}

// FuzzHeaders: whatever stands in a subject or a name, no header is added and no line cut.
func FuzzHeaders(f *testing.F) {
	f.Add("Bonjour\r\nBcc: eve@example.org", "Agence\nX: y", "a\r\n.\r\nMAIL FROM:<x>")
	f.Add("é\u2028à\x00", "\"<>\\,;", "\r\r\n..")
	f.Add(strings.Repeat("é", 500), strings.Repeat("a", 500), "x")
	server, err := smtptest.Start(smtptest.Config{Plain: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(server.Close)
	p, err := smtp.New(smtp.Settings{Host: server.Host, Port: server.Port, Mode: smtp.None, From: "rdv@agence.example"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { p.Close() })
	f.Fuzz(func(t *testing.T, subject, name, body string) {
		before := len(server.Mails())
		m := email(1)
		m.Subject, m.FromName, m.Body, m.HTML = subject, name, "-"+body, ""
		if a := p.Send(t.Context(), m); a.Outcome != channels.Sent {
			t.Fatalf("answer %+v", a)
		}
		got := server.Mails()
		if len(got) != before+1 {
			t.Fatalf("%d messages left", len(got)-before)
		}
		if strings.ContainsFunc(got[before].Subject, unicode.IsControl) {
			t.Errorf("subject %q", got[before].Subject)
		}
		var names []string
		for fields := got[before].Header.Fields(); fields.Next(); {
			names = append(names, fields.Key())
		}
		slices.Sort(names)
		want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
		if !slices.Equal(names, want) {
			t.Errorf("headers %v", names)
		}
	})
}
