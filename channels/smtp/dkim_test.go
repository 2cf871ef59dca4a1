package smtp_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"relance/channels"
	"relance/channels/smtp"
	"relance/channels/smtp/smtptest"
)

// signing is a key as an operator has it: a file, and a record in the DNS.
type signing struct {
	pem    []byte
	record string
}

func rsaKey(t testing.TB, bits int) signing {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return newSigning(t, key, "v=DKIM1; k=rsa; p=", public)
}

func ed25519Key(t testing.TB) signing {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigning(t, key, "v=DKIM1; k=ed25519; p=", public)
}

func newSigning(t testing.TB, private any, record string, public []byte) signing {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signing{pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), record + base64.StdEncoding.EncodeToString(public)}
}

// verify checks a message against the record of its domain; "" when it holds.
func verify(t *testing.T, raw []byte, name, record string) string {
	t.Helper()
	got, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
		if domain != name {
			t.Errorf("asked the DNS for %s, want %s", domain, name)
		}
		return []string{record}, nil
	}})
	switch {
	case err != nil:
		return err.Error()
	case len(got) != 1:
		return "not one signature"
	case got[0].Err != nil:
		return got[0].Err.Error()
	}
	return ""
}

func TestDKIM(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]signing{"rsa": rsaKey(t, 2048), "ed25519": ed25519Key(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) { s.DKIM = smtp.DKIM{Selector: "rdv", Key: key.pem} })
			m := email(1)
			m.Subject, m.References, m.Unsubscribe = "Votre rendez-vous du jeudi 14 mai à 10 h", "msg_000000", "https://rdv.example/stop"
			m.Body = "Bonjour,\n.\n..\n\nun point  seul \n\n\n"
			m.Calendar, m.CalendarMethod = []byte(calendar), "REQUEST"
			if a := p.Send(t.Context(), m); a.Outcome != channels.Sent {
				t.Fatalf("answer %+v", a)
			}
			raw := server.Mails()[0].Raw
			const at = "rdv._domainkey.agence.example"
			if why := verify(t, raw, at, key.record); why != "" {
				t.Fatalf("the signature does not hold: %s\n%s", why, raw)
			}
			for what, changed := range map[string][]byte{
				"another subject":  bytes.Replace(raw, []byte("Subject: "), []byte("Subject: Re: "), 1),
				"a second From":    append([]byte("From: eve@example.org\r\n"), raw...),
				"a second Subject": append([]byte("Subject: eve\r\n"), raw...),
				"another answer":   append([]byte("Reply-To: eve@example.org\r\n"), raw...),
				"other stop":       bytes.Replace(raw, []byte("https://rdv.example/stop"), []byte("https://eve.example/stop"), 1),
				"no longer auto":   bytes.Replace(raw, []byte("auto-generated"), []byte("no"), 1),
				"other id":         bytes.Replace(raw, []byte("<msg_000001@"), []byte("<msg_000002@"), 1),
				"other text":       bytes.Replace(raw, []byte("Bonjour"), []byte("Bonsoir"), 1),
			} {
				if bytes.Equal(changed, raw) || verify(t, changed, at, key.record) == "" {
					t.Errorf("%s: the signature still holds", what)
				}
			}
			// What relays do on the way: fold and trim (relaxed/relaxed).
			folded := bytes.Replace(raw, []byte("Auto-Submitted: auto-generated"), []byte("Auto-Submitted:   auto-generated  "), 1)
			if why := verify(t, folded, at, key.record); why != "" || bytes.Equal(folded, raw) {
				t.Errorf("a relay's spaces break the signature: %s", why)
			}
		})
	}
}

func TestDKIMSignsForAnotherDomain(t *testing.T) {
	t.Parallel()
	key := ed25519Key(t)
	p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) {
		s.DKIM = smtp.DKIM{Selector: "s1", Domain: "departement.example", Key: key.pem}
	})
	p.Send(t.Context(), email(1))
	if why := verify(t, server.Mails()[0].Raw, "s1._domainkey.departement.example", key.record); why != "" {
		t.Error(why)
	}
}

func TestDKIMRefuses(t *testing.T) {
	t.Parallel()
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})
	for word, d := range map[string]smtp.DKIM{
		"selector": {Key: ed25519Key(t).pem},
		"key":      {Selector: "rdv"},
		"PEM":      {Selector: "rdv", Key: []byte("zorglub")},
		"1024":     {Selector: "rdv", Key: rsaKey(t, 1024).pem},
		"read":     {Selector: "rdv", Key: public},
	} {
		_, err := smtp.New(smtp.Settings{Host: "mail.example.org", From: "a@example.org", DKIM: d})
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "zorglub") {
			t.Errorf("%s: error %v", word, err)
		}
	}
}

// TestReturnPath: reports come to an address of the message's own; people see From.
func TestReturnPath(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) {
		s.Return = func(m channels.Message) string {
			if m.Ticket == "" {
				return ""
			}
			return "bounce+" + m.Ticket + "-" + m.ID + "@agence.example"
		}
	})
	m := email(1)
	m.Ticket = "17"
	p.Send(t.Context(), m)
	p.Send(t.Context(), email(2))
	got := server.Mails()
	if got[0].Envelope.From != "bounce+17-msg_000001@agence.example" || got[1].Envelope.From != "rdv@agence.example" {
		t.Errorf("envelopes from %q and %q", got[0].Envelope.From, got[1].Envelope.From)
	}
	if from, err := got[0].Header.AddressList("From"); err != nil || from[0].Address != "rdv@agence.example" {
		t.Errorf("from %v, %v", from, err)
	}
	if bytes.Contains(got[0].Raw, []byte("bounce+")) {
		t.Error("the message itself shows the address of reports")
	}
}

// TestARefusedReturnPathConcernsEverything: it is the installation's, as From is.
func TestARefusedReturnPathConcernsEverything(t *testing.T) {
	t.Parallel()
	p, _ := start(t, smtptest.Config{Fault: func(at smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.From {
			return &smtptest.Fault{Code: 550, Enhanced: "5.1.8"}
		}
		return nil
	}}, func(s *smtp.Settings) { s.Return = func(channels.Message) string { return "bounce+1@agence.example" } })
	m := email(1)
	m.From = "autre@ailleurs.example"
	if a := p.Send(t.Context(), m); a.Outcome != channels.Configuration {
		t.Errorf("answer %+v", a)
	}
}

// TestUnsubscribe: the button of mail programs, only where the message has one.
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	m := email(1)
	m.Unsubscribe = "https://rdv.example.org/r/abc/stop?one=click"
	p.Send(t.Context(), m)
	p.Send(t.Context(), email(2))
	got := server.Mails()
	if h := got[0].Header; h.Get("List-Unsubscribe") != "<"+m.Unsubscribe+">" || h.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("%q, %q", h.Get("List-Unsubscribe"), h.Get("List-Unsubscribe-Post"))
	}
	if h := got[1].Header; h.Has("List-Unsubscribe") || h.Has("List-Unsubscribe-Post") {
		t.Error("a message without one has the button")
	}
	for _, bad := range []string{"http://rdv.example.org/stop", "mailto:x@example.org", "https://x>\r\nBcc: eve@example.org", "https://a.example/<b>", "/stop"} {
		m.Unsubscribe = bad
		if a := p.Send(t.Context(), m); a.Outcome != channels.Permanent || a.Code != "message" {
			t.Errorf("%q: %+v", bad, a)
		}
	}
}

// TestCalendarUpdates: a move and a cancellation leave as mail programs apply them: one
// UID, a SEQUENCE that goes up, and the method in the part as in the calendar.
func TestCalendarUpdates(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	steps := []struct{ method, sequence string }{{"REQUEST", "0"}, {"REQUEST", "1"}, {"CANCEL", "2"}}
	for i, step := range steps {
		m := email(i + 1)
		m.CalendarMethod = step.method
		m.Calendar = []byte("BEGIN:VCALENDAR\r\nMETHOD:" + step.method + "\r\nBEGIN:VEVENT\r\nUID:apt_1@relance\r\nSEQUENCE:" +
			step.sequence + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
		if i > 0 {
			m.References = "msg_000001"
		}
		if a := p.Send(t.Context(), m); a.Outcome != channels.Sent {
			t.Fatalf("answer %+v", a)
		}
	}
	for i, m := range server.Mails() {
		if m.CalendarMethod != steps[i].method || !slices.Contains(strings.Split(m.Calendar, "\n"), "SEQUENCE:"+steps[i].sequence) ||
			!strings.Contains(m.Calendar, "UID:apt_1@relance") || !strings.Contains(m.Calendar, "METHOD:"+steps[i].method) {
			t.Errorf("part %d has method %q:\n%s", i, m.CalendarMethod, m.Calendar)
		}
		if i > 0 && m.Header.Get("References") != "<msg_000001@agence.example>" {
			t.Errorf("mail %d continues %q", i, m.Header.Get("References"))
		}
	}
}
