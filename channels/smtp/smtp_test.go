package smtp_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/smtp"
	"relance/channels/smtp/smtptest"
)

func start(t testing.TB, cfg smtptest.Config, change ...func(*smtp.Settings)) (*smtp.Provider, *smtptest.Server) {
	t.Helper()
	server, err := smtptest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	s := smtp.Settings{
		Host: server.Host, Port: server.Port, RootCAs: server.Pool, Username: cfg.Username, Password: cfg.Password,
		From: "Agence Nord <rdv@agence.example>", Timeout: time.Minute,
	}
	for _, c := range change {
		c(&s)
	}
	p, err := smtp.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, server
}

func email(n int) channels.Message { return channeltest.Message(channels.Email, n) }

func TestProvider(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(t *testing.T) channeltest.Subject {
		p, server := start(t, smtptest.Config{Username: "relance", Password: "secret"})
		return channeltest.Subject{Provider: p, Carried: func() (all []string) {
			for _, m := range server.Mails() {
				all = append(all, m.Text)
			}
			return all
		}}
	})
}

func TestModes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server smtptest.Config
		mode   smtp.Mode
	}{
		"starttls, plain login":    {smtptest.Config{Username: "u", Password: "p", Mechanisms: []string{"PLAIN"}}, smtp.StartTLS},
		"starttls, login":          {smtptest.Config{Username: "u", Password: "p", Mechanisms: []string{"LOGIN"}}, smtp.StartTLS},
		"starttls, no login":       {smtptest.Config{}, smtp.StartTLS},
		"tls, plain login":         {smtptest.Config{TLS: true, Username: "u", Password: "p"}, smtp.TLS},
		"nothing, on this machine": {smtptest.Config{Plain: true, Username: "u", Password: "p"}, smtp.None},
		"nothing at all":           {smtptest.Config{Plain: true}, smtp.None},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, server := start(t, c.server, func(s *smtp.Settings) { s.Mode = c.mode })
			for i := range 3 {
				if a := p.Send(t.Context(), email(i)); a.Outcome != channels.Sent {
					t.Fatalf("answer %+v", a)
				}
			}
			if got := server.Connections(); got != 1 {
				t.Errorf("%d connections for 3 messages in a row, want 1", got)
			}
		})
	}
}

// TestClasses goes through the stages of RULES §4 from the outside.
func TestClasses(t *testing.T) {
	t.Parallel()
	const own, given = "", "autre@ailleurs.example"
	type answer = channels.Answer
	for name, c := range map[string]struct {
		at    smtptest.Stage
		fault smtptest.Fault
		from  string
		want  answer
	}{
		"no such mailbox":          {smtptest.Rcpt, smtptest.Fault{Code: 550, Enhanced: "5.1.1"}, own, answer{Outcome: channels.Permanent, Code: "550 5.1.1", BadAddress: true}},
		"no such mailbox, old":     {smtptest.Rcpt, smtptest.Fault{Code: 550}, own, answer{Outcome: channels.Permanent, Code: "550", BadAddress: true}},
		"no such domain":           {smtptest.Data, smtptest.Fault{Code: 554, Enhanced: "5.1.2"}, own, answer{Outcome: channels.Permanent, Code: "554 5.1.2", BadAddress: true}},
		"mailbox disabled":         {smtptest.Rcpt, smtptest.Fault{Code: 550, Enhanced: "5.2.1"}, own, answer{Outcome: channels.Permanent, Code: "550 5.2.1"}},
		"mailbox full":             {smtptest.Rcpt, smtptest.Fault{Code: 552, Enhanced: "5.2.2"}, own, answer{Outcome: channels.Permanent, Code: "552 5.2.2"}},
		"relay denied":             {smtptest.Rcpt, smtptest.Fault{Code: 554, Enhanced: "5.7.1"}, own, answer{Outcome: channels.Permanent, Code: "554 5.7.1", Alert: true}},
		"taken for spam":           {smtptest.Data, smtptest.Fault{Code: 550, Enhanced: "5.7.1"}, own, answer{Outcome: channels.Permanent, Code: "550 5.7.1", Alert: true}},
		"refused text":             {smtptest.Data, smtptest.Fault{Code: 554, Enhanced: "5.6.0"}, own, answer{Outcome: channels.Permanent, Code: "554 5.6.0"}},
		"greylisted":               {smtptest.Rcpt, smtptest.Fault{Code: 450, Enhanced: "4.2.0"}, own, answer{Outcome: channels.Temporary, Code: "450 4.2.0"}},
		"busy after the text":      {smtptest.Data, smtptest.Fault{Code: 451, Enhanced: "4.3.0"}, own, answer{Outcome: channels.Temporary, Code: "451 4.3.0"}},
		"closing":                  {smtptest.From, smtptest.Fault{Code: 421, Enhanced: "4.4.2"}, own, answer{Outcome: channels.Temporary, Code: "421 4.4.2"}},
		"our sender refused":       {smtptest.From, smtptest.Fault{Code: 550, Enhanced: "5.1.8"}, own, answer{Outcome: channels.Configuration, Code: "550 5.1.8", Alert: true}},
		"another's sender refused": {smtptest.From, smtptest.Fault{Code: 550, Enhanced: "5.1.8"}, given, answer{Outcome: channels.Permanent, Code: "550 5.1.8", Alert: true}},
		"login wanted":             {smtptest.From, smtptest.Fault{Code: 530, Enhanced: "5.7.0"}, given, answer{Outcome: channels.Configuration, Code: "530 5.7.0"}},
		"lost before the text":     {smtptest.Rcpt, smtptest.Fault{Drop: true}, own, answer{Outcome: channels.Temporary, Code: "connection"}},
		"lost after the text":      {smtptest.Data, smtptest.Fault{Drop: true}, own, answer{Outcome: channels.Unknown, Code: "connection"}},
		"accepted, answer lost":    {smtptest.Accepted, smtptest.Fault{Drop: true}, own, answer{Outcome: channels.Unknown, Code: "connection"}},
		"server full":              {smtptest.Connect, smtptest.Fault{Code: 421, Enhanced: "4.3.2"}, own, answer{Outcome: channels.Temporary, Code: "421"}},
		"client refused":           {smtptest.Connect, smtptest.Fault{Code: 554, Enhanced: "5.7.1"}, own, answer{Outcome: channels.Configuration, Code: "554"}},
		"password refused":         {smtptest.Auth, smtptest.Fault{Code: 535, Enhanced: "5.7.8"}, own, answer{Outcome: channels.Configuration, Code: "535"}},
		"login down":               {smtptest.Auth, smtptest.Fault{Code: 454, Enhanced: "4.7.0"}, own, answer{Outcome: channels.Temporary, Code: "454"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := smtptest.Config{Username: "u", Password: "p"}
			cfg.Fault = func(at smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
				if at == c.at {
					return &c.fault
				}
				return nil
			}
			p, _ := start(t, cfg)
			m := email(1)
			m.From = c.from
			got := p.Send(t.Context(), m)
			if got.Reason == "" || strings.Contains(got.Reason, m.To) {
				t.Errorf("reason %q", got.Reason)
			}
			got.Reason = ""
			if got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestRefusalsKeepTheConnection: a refused message leaves the connection good for the next.
func TestRefusalsKeepTheConnection(t *testing.T) {
	t.Parallel()
	stages := []smtptest.Stage{smtptest.From, smtptest.Rcpt, smtptest.Data}
	p, server := start(t, smtptest.Config{Fault: func(at smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
		if e.Nth%2 == 0 && at == stages[e.Nth/2%3] {
			return &smtptest.Fault{Code: 450, Enhanced: "4.2.0"}
		}
		return nil
	}}, func(s *smtp.Settings) { s.Connections = 1 })
	for i := range 12 {
		want := channels.Sent
		if i%2 == 1 {
			want = channels.Temporary
		}
		if a := p.Send(t.Context(), email(i)); a.Outcome != want {
			t.Errorf("message %d: %+v, want %s", i, a, want)
		}
	}
	if got := server.Connections(); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

// TestReconnects: the server restarts between messages; nothing is lost, nothing twice.
func TestReconnects(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	for i := range 5 {
		if a := p.Send(t.Context(), email(i)); a.Outcome != channels.Sent {
			t.Fatalf("message %d: %+v", i, a)
		}
		server.Disconnect()
	}
	if got := len(server.Mails()); got != 5 {
		t.Errorf("%d messages arrived, want 5", got)
	}
}

// TestKeptConnectionLostAfterTheText: a second try of its own would send it twice.
func TestKeptConnectionLostAfterTheText(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{Fault: func(at smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.Accepted && e.Connection == 1 && e.Nth == 2 {
			return &smtptest.Fault{Drop: true}
		}
		return nil
	}})
	p.Send(t.Context(), email(1))
	if a := p.Send(t.Context(), email(2)); a.Outcome != channels.Unknown {
		t.Errorf("answer %+v, want unknown", a)
	}
	if got := len(server.Mails()); got != 2 {
		t.Errorf("%d messages arrived, want 2", got)
	}
}

// TestResetsAfterARefusedData: a server that refuses DATA itself still holds the sender
// and the recipient; the next message must begin afresh.
func TestResetsAfterARefusedData(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	said := make(chan string, 64)
	go refuseData(l, said)
	p, _ := start(t, smtptest.Config{}, func(s *smtp.Settings) {
		s.Mode, s.Port, s.Connections = smtp.None, l.Addr().(*net.TCPAddr).Port, 1
	})
	for i := range 2 {
		if a := p.Send(t.Context(), email(i)); a.Outcome != channels.Temporary || a.Code != "451 4.3.0" {
			t.Errorf("answer %+v", a)
		}
	}
	var verbs []string
	for len(said) > 0 {
		verbs = append(verbs, <-said)
	}
	if got, want := strings.Join(verbs, " "), "EHLO MAIL RCPT DATA RSET MAIL RCPT DATA RSET"; got != want {
		t.Errorf("said %s, want %s", got, want)
	}
}

// refuseData is a server of one connection that says 451 to DATA and 250 to the rest.
func refuseData(l net.Listener, said chan<- string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	fmt.Fprint(c, "220 ready\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		verb, _, _ := strings.Cut(lines.Text(), " ")
		said <- verb
		if verb == "DATA" {
			fmt.Fprint(c, "451 4.3.0 not now\r\n")
			continue
		}
		fmt.Fprint(c, "250 ok\r\n")
	}
}

// TestServerLimitsAConnection: some servers take so many messages, then say 421.
func TestServerLimitsAConnection(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{Fault: func(at smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.From && e.Nth > 3 {
			return &smtptest.Fault{Code: 421, Enhanced: "4.7.0"}
		}
		return nil
	}})
	for i := range 10 {
		if a := p.Send(t.Context(), email(i)); a.Outcome != channels.Sent {
			t.Fatalf("message %d: %+v", i, a)
		}
	}
	if got := server.Connections(); got != 4 {
		t.Errorf("%d connections for 10 messages by three, want 4", got)
	}
}

func TestProbesAnIdleConnection(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) { s.ProbeAfter = time.Nanosecond })
	for i := range 3 {
		if a := p.Send(t.Context(), email(i)); a.Outcome != channels.Sent {
			t.Fatalf("answer %+v", a)
		}
	}
	if got := server.Connections(); got != 1 {
		t.Errorf("%d connections, want 1: a good one is kept", got)
	}
	server.Disconnect()
	if a := p.Send(t.Context(), email(9)); a.Outcome != channels.Sent {
		t.Errorf("after the server closed: %+v", a)
	}
}

func TestClosesIdleConnections(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) { s.IdleClose = 10 * time.Millisecond })
	p.Send(t.Context(), email(1))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.WaitOpen(ctx, 0); err != nil {
		t.Error("the idle connection is still open")
	}
	if a := p.Send(t.Context(), email(2)); a.Outcome != channels.Sent {
		t.Errorf("answer %+v", a)
	}
}

func TestKeepsToItsConnections(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{}, func(s *smtp.Settings) { s.Connections = 3 })
	done := make(chan channels.Answer)
	for i := range 60 {
		go func() { done <- p.Send(t.Context(), email(i)) }()
	}
	for range 60 {
		if a := <-done; a.Outcome != channels.Sent {
			t.Errorf("answer %+v", a)
		}
	}
	if got := server.Connections(); got > 3 {
		t.Errorf("%d connections, want 3 at most", got)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	for at, want := range map[smtptest.Stage]channels.Outcome{
		smtptest.Connect: channels.Temporary, smtptest.Rcpt: channels.Temporary,
		smtptest.Data: channels.Unknown, smtptest.Accepted: channels.Unknown,
	} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			ctx, pass := channeltest.Deadline(t.Context())
			t.Cleanup(pass)
			p, _ := start(t, smtptest.Config{Fault: func(now smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
				if now == at {
					pass()
					return &smtptest.Fault{Hang: true}
				}
				return nil
			}})
			if a := p.Send(ctx, email(1)); a.Outcome != want {
				t.Errorf("answer %+v, want %s", a, want)
			}
		})
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	p, _ := start(t, smtptest.Config{Fault: func(at smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.Data {
			close(reached)
			return &smtptest.Fault{Hang: true}
		}
		return nil
	}}, func(s *smtp.Settings) { s.Connections = 1 })
	first, cancel := context.WithCancel(t.Context())
	done := make(chan channels.Answer)
	go func() { done <- p.Send(first, email(1)) }()
	<-reached
	second, cancel2 := context.WithTimeout(t.Context(), time.Second)
	defer cancel2()
	if a := p.Send(second, email(2)); a.Outcome != channels.Temporary || a.Code != "busy" {
		t.Errorf("answer %+v, want temporary, busy", a)
	}
	cancel()
	<-done
}

// TestCancelMidway: a shutdown during a message frees the sender at once.
func TestCancelMidway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p, _ := start(t, smtptest.Config{Fault: func(at smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.Data {
			cancel()
			return &smtptest.Fault{Hang: true}
		}
		return nil
	}}, func(s *smtp.Settings) { s.Timeout = time.Minute })
	if a := p.Send(ctx, email(1)); a.Outcome != channels.Unknown {
		t.Errorf("answer %+v, want unknown", a)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	p, _ := start(t, smtptest.Config{}, func(s *smtp.Settings) { s.Port = port })
	if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Temporary || a.Code != "connection" {
		t.Errorf("answer %+v, want temporary", a)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server smtptest.Config
		change func(*smtp.Settings)
		word   string
	}{
		"unknown authority": {smtptest.Config{}, func(s *smtp.Settings) { s.RootCAs = x509.NewCertPool() }, "certificate"},
		"no starttls":       {smtptest.Config{Plain: true}, func(*smtp.Settings) {}, "STARTTLS"},
		"no login offered":  {smtptest.Config{}, func(s *smtp.Settings) { s.Username, s.Password = "u", "p" }, "username"},
		"wrong password":    {smtptest.Config{Username: "u", Password: "p"}, func(s *smtp.Settings) { s.Password = "zorglub" }, "password"},
		"tls to a plain":    {smtptest.Config{Plain: true}, func(s *smtp.Settings) { s.Mode = smtp.TLS }, "TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := start(t, c.server, c.change)
			err := p.Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.word) || strings.Contains(err.Error(), "zorglub") {
				t.Errorf("error %v, want one about %s", err, c.word)
			}
			if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Configuration {
				t.Errorf("answer %+v, want configuration", a)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for word, change := range map[string]func(*smtp.Settings){
		"host":        func(s *smtp.Settings) { s.Host = "" },
		"mode":        func(s *smtp.Settings) { s.Mode = "ssl" },
		"port":        func(s *smtp.Settings) { s.Port = 70000 },
		"from":        func(s *smtp.Settings) { s.From = "agence" },
		"connections": func(s *smtp.Settings) { s.Connections = -1 },
		"clear":       func(s *smtp.Settings) { s.Mode, s.Username = smtp.None, "u" },
	} {
		s := smtp.Settings{Host: "mail.example.org", From: "a@example.org"}
		change(&s)
		if _, err := smtp.New(s); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: error %v", word, err)
		}
	}
}

func TestClosedProvider(t *testing.T) {
	t.Parallel()
	p, server := start(t, smtptest.Config{})
	p.Send(t.Context(), email(1))
	p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.WaitOpen(ctx, 0); err != nil {
		t.Error("a connection is still open")
	}
	if a := p.Send(t.Context(), email(2)); a.Outcome != channels.Temporary {
		t.Errorf("answer %+v, want temporary", a)
	}
}
