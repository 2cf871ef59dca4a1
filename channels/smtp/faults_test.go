package smtp_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/smtp"
	"relance/channels/smtp/smtptest"
)

// rough is a server that misbehaves and a provider for it.
func rough(t testing.TB, cfg smtptest.RoughConfig, change ...func(*smtp.Settings)) (*smtp.Provider, *smtptest.Rough) {
	t.Helper()
	server, err := smtptest.StartRough(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	s := smtp.Settings{
		Host: server.Host, Port: server.Port, RootCAs: server.Pool, From: "rdv@agence.example", Timeout: time.Minute,
		Username: "relance", Password: "secret",
	}
	if cfg.Plain {
		s.Mode = smtp.None
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

// class is what RULES §4 makes of a fault at a stage.
func class(at smtptest.Stage, f smtptest.Fault) channels.Outcome {
	switch {
	case f.Drop || f.Hang:
		if at == smtptest.Data || at == smtptest.Accepted {
			return channels.Unknown // the text has gone
		}
		return channels.Temporary
	case f.Code < 500:
		return channels.Temporary
	case at == smtptest.Rcpt || at == smtptest.Text || at == smtptest.Data:
		return channels.Permanent
	}
	return channels.Configuration // nothing would leave: the client, the login or the sender is refused
}

// TestFaultsAtEachStage: every fault at every stage is classed, nothing is lost, nothing
// leaves twice unless nobody could know, and the next message goes.
func TestFaultsAtEachStage(t *testing.T) {
	t.Parallel()
	faults := map[string]smtptest.Fault{
		"421": {Code: 421, Enhanced: "4.3.2"}, "451": {Code: 451, Enhanced: "4.3.0"}, "452": {Code: 452, Enhanced: "4.2.2"},
		"550": {Code: 550, Enhanced: "5.5.0"}, "550 alone": {Code: 550}, "drop": {Drop: true}, "hang": {Hang: true},
	}
	stages := []smtptest.Stage{
		smtptest.Banner, smtptest.Connect, smtptest.Secure, smtptest.Auth, smtptest.From, smtptest.Rcpt, smtptest.Text,
		smtptest.Data, smtptest.Accepted,
	}
	for _, pipelining := range []bool{false, true} {
		for _, at := range stages {
			for name, f := range faults {
				if at == smtptest.Accepted && f.Code != 0 {
					continue // it is kept: a refusal then would be a lie
				}
				t.Run(fmt.Sprintf("%s %s pipelining=%v", at, name, pipelining), func(t *testing.T) {
					t.Parallel()
					suffer(t, at, f, pipelining)
				})
			}
		}
	}
}

func suffer(t *testing.T, at smtptest.Stage, f smtptest.Fault, pipelining bool) {
	t.Helper()
	ctx, pass := channeltest.Deadline(t.Context())
	t.Cleanup(pass)
	p, server := rough(t, smtptest.RoughConfig{Pipelining: pipelining, Fault: func(now smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
		if now != at || e.Connection > 1 || e.Nth > 1 {
			return nil
		}
		if f.Hang {
			pass()
		}
		return &f
	}})
	want := class(at, f)
	if a := p.Send(ctx, email(1)); a.Outcome != want || a.Code == "" || a.Reason == "" {
		t.Fatalf("answer %+v, want %s", a, want)
	}
	began := time.Now()
	if want != channels.Permanent { // as the engine does, once it is time
		if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Sent {
			t.Fatalf("the next try: %+v", a)
		}
	}
	if a := p.Send(t.Context(), email(2)); a.Outcome != channels.Sent {
		t.Fatalf("the next message: %+v", a)
	}
	t.Logf("sends again after %v", time.Since(began).Round(10*time.Microsecond))
	got := map[string]int{}
	for _, m := range server.Mails() {
		got[m.MessageID]++
	}
	arrived := map[channels.Outcome]int{channels.Permanent: 0, channels.Unknown: 1}
	once, ok := arrived[want]
	if !ok {
		once = 1
	}
	if at == smtptest.Accepted {
		once = 2 // it had arrived, and nobody could know; with the same Message-ID
	}
	if got["msg_000001@agence.example"] != once || got["msg_000002@agence.example"] != 1 {
		t.Errorf("arrived %v, want %d of the first and one of the second", got, once)
	}
}

// TestLateBanner: a server that takes its time is waited for.
func TestLateBanner(t *testing.T) {
	t.Parallel()
	reached, late := make(chan struct{}), make(chan struct{})
	p, _ := rough(t, smtptest.RoughConfig{Fault: func(at smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.Banner {
			close(reached)
			<-late
		}
		return nil
	}})
	done := make(chan channels.Answer)
	go func() { done <- p.Send(t.Context(), email(1)) }()
	<-reached
	close(late)
	if a := <-done; a.Outcome != channels.Sent {
		t.Errorf("answer %+v", a)
	}
}

// TestABadDay: many senders, and a server that fails now here, now there, then stops
// altogether for a while. Everything arrives; only what nobody could know arrives twice.
func TestABadDay(t *testing.T) {
	t.Parallel()
	const senders, each = 8, 40
	var unknown, temporary atomic.Int64
	var away atomic.Bool
	kinds := []smtptest.Fault{{Code: 421}, {Drop: true}, {Code: 451, Enhanced: "4.3.0"}, {Code: 452, Enhanced: "4.5.3"}}
	asked := map[smtptest.Stage]*atomic.Int64{
		smtptest.Banner: {}, smtptest.From: {}, smtptest.Rcpt: {}, smtptest.Text: {}, smtptest.Data: {}, smtptest.Accepted: {},
	}
	p, server := rough(t, smtptest.RoughConfig{Pipelining: true, Fault: func(at smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
		if away.Load() && at == smtptest.Banner {
			return &smtptest.Fault{Code: 421}
		}
		if asked[at] == nil {
			return nil
		}
		n := int(asked[at].Add(1))
		if f := kinds[n/13%len(kinds)]; n%13 == 0 && (at != smtptest.Accepted || f.Drop) {
			return &f
		}
		return nil
	}})
	var wg sync.WaitGroup
	var back time.Time
	recovered := sync.OnceValue(func() time.Duration { return time.Since(back) })
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				if s == 0 && i == each/2 {
					away.Store(true)
					server.Disconnect()
				}
				for tries := 0; ; tries++ {
					a := p.Send(t.Context(), email(s*each+i))
					if a.Outcome == channels.Sent {
						break
					}
					if a.Outcome == channels.Unknown {
						unknown.Add(1)
					}
					if temporary.Add(1); away.Load() && tries > 20 && s == 0 {
						back = time.Now()
						away.Store(false)
					}
					if a.Outcome != channels.Temporary && a.Outcome != channels.Unknown {
						t.Errorf("answer %+v", a)
						return
					}
				}
				if s == 0 && i == each/2 {
					recovered()
				}
			}
		})
	}
	wg.Wait()
	got := map[string]int{}
	for _, m := range server.Mails() {
		got[m.MessageID]++
	}
	twice := len(server.Mails()) - len(got)
	t.Logf("%d messages, %d refused for now, %d of an unknown outcome, %d arrived twice, %d connections; sends again %v after the server was back",
		senders*each, temporary.Load()-unknown.Load(), unknown.Load(), twice, server.Connections(), recovered().Round(10*time.Microsecond))
	if len(got) != senders*each {
		t.Errorf("%d messages arrived, want %d", len(got), senders*each)
	}
	if twice > int(unknown.Load()) || unknown.Load() == 0 || temporary.Load() == 0 {
		t.Errorf("%d twice with %d unknown outcomes: only those may be doubled", twice, unknown.Load())
	}
}

// TestPipelining: where the server offers it, the envelope comes in one piece.
func TestPipelining(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		offered, refused bool
		want             bool
	}{
		"offered":      {true, false, true},
		"not offered":  {false, false, false},
		"not wanted":   {true, true, false},
		"neither nor ": {false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, server := rough(t, smtptest.RoughConfig{Plain: true, Pipelining: c.offered},
				func(s *smtp.Settings) { s.OneByOne, s.Username, s.Password = c.refused, "", "" })
			for i := range 3 {
				if a := p.Send(t.Context(), email(i)); a.Outcome != channels.Sent {
					t.Fatalf("answer %+v", a)
				}
			}
			together := 0
			for _, b := range server.Batches() {
				if b == "MAIL RCPT DATA" {
					together++
				}
			}
			if c.want && together != 3 || !c.want && together != 0 {
				t.Errorf("came as %q", server.Batches())
			}
		})
	}
}

// TestNobodyGetsAnEmptyMessage: a server that takes DATA though it refused the recipient,
// or the sender, is given nothing that could go to anybody.
func TestNobodyGetsAnEmptyMessage(t *testing.T) {
	t.Parallel()
	for _, at := range []smtptest.Stage{smtptest.From, smtptest.Rcpt} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			p, server := rough(t, smtptest.RoughConfig{Pipelining: true, Lax: true, Fault: func(now smtptest.Stage, e smtptest.Envelope) *smtptest.Fault {
				if now == at && e.Connection == 1 && e.Nth == 1 {
					return &smtptest.Fault{Code: 450, Enhanced: "4.2.0"}
				}
				return nil
			}})
			if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Temporary || a.Code != "450 4.2.0" {
				t.Fatalf("answer %+v", a)
			}
			if a := p.Send(t.Context(), email(1)); a.Outcome != channels.Sent {
				t.Fatalf("answer %+v", a)
			}
			whole := 0
			for _, m := range server.Mails() {
				if m.Subject != "" {
					whole++
				} else if len(m.To) > 0 {
					t.Error("an empty message went to somebody")
				}
			}
			if whole != 1 {
				t.Errorf("%d whole messages arrived, want 1", whole)
			}
		})
	}
}

// TestOptionsOfTheEnvelope: the size is said, and a bounce is to bring no text back.
func TestOptionsOfTheEnvelope(t *testing.T) {
	t.Parallel()
	p, server := rough(t, smtptest.RoughConfig{})
	p.Send(t.Context(), email(1))
	got := server.Mails()[0]
	if want := fmt.Sprintf("SIZE=%d RET=HDRS", len(got.Raw)); got.Options != want {
		t.Errorf("options %q, want %q", got.Options, want)
	}
}

// TestTooBigIsRefusedUnsent: the size is said before the text is written.
func TestTooBigIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	p, _ := rough(t, smtptest.RoughConfig{Fault: func(at smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
		if at == smtptest.From {
			return &smtptest.Fault{Code: 552, Enhanced: "5.3.4"}
		}
		return nil
	}})
	if a := p.Send(context.Background(), email(1)); a.Outcome != channels.Permanent || a.Code != "552 5.3.4" {
		t.Errorf("answer %+v, want permanent: another message may well fit", a)
	}
}
