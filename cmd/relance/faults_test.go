package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/channels/smtp/smtptest"
	"relance/channels/twilio/twiliotest"
	"relance/config"
	"relance/engine"
)

// faultCase is a server that misbehaves, and what may come of it: nothing is ever lost, and a
// message arrives twice only where nobody could know that it had.
type faultCase struct {
	name string
	// begin starts the server and says how long the trouble lasts.
	begin func(t *testing.T, clock *leaps) (farEnd, *spell)
	// delivered are how many of the messages arrive in the end, as the record says; -1: all.
	delivered int
	// unknowable: the outcome of a send could not be found out.
	unknowable bool
	// within is how long after the trouble the last one arrives at most.
	within time.Duration
}

// TestProviderFaults takes real clients through every fault of a provider, on the whole path from
// the invitation to the record, and prints what became of the messages. The clock leaps from one
// due step to the next.
func TestProviderFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some forty processes: run without -short")
	}
	var mu sync.Mutex
	lines := map[string]string{}
	cases := append(append(twilioFaults(), gatewayFaults()...), mailFaults()...)
	t.Cleanup(func() {
		var b strings.Builder
		for _, c := range cases {
			b.WriteString(lines[c.name])
		}
		t.Logf("%d messages each; resumed: how often ops had to\n%-48s %7s %9s %7s %5s %8s %5s %7s %s\n%s", faultPeople,
			"fault", "arrived", "delivered", "ended", "twice", "in doubt", "lost", "resumed", "last arrives after", b.String())
	})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := &leaps{now: faultStart}
			far, fault := c.begin(t, clock)
			got := underFault(t, clock, far, fault)
			mu.Lock()
			lines[c.name] = fmt.Sprintf("%-48s %7d %9d %7d %5d %8d %5d %7d %s\n", c.name, got.arrived, got.delivered, got.refused,
				got.twice, got.doubts, got.lost, got.mended, got.recovery.Round(time.Second))
			mu.Unlock()
			want := c.delivered
			if want < 0 {
				want = faultPeople
			}
			switch {
			case got.lost > 0 || got.delivered != want:
				t.Errorf("%d of %d are delivered, want %d; %d lost", got.delivered, faultPeople, want, got.lost)
			case got.twice > got.doubts:
				t.Errorf("%d arrived twice, %d are known to be in doubt", got.twice, got.doubts)
			case got.doubts > 0 && !c.unknowable:
				t.Errorf("%d are in doubt though their outcome could be known", got.doubts)
			case got.recovery > c.within:
				t.Errorf("the last arrived %v after the trouble, want %v at most", got.recovery, c.within)
			}
		})
	}
}

// faultStart is a Tuesday at ten in Paris.
var faultStart = time.Date(2026, 6, 2, 8, 0, 0, 0, time.UTC)

// backAfter is how long a message may wait that was refused or in doubt: the time after which a
// send is looked into, a back-off, and the rest of a breaker.
const (
	backAfter   = 5 * time.Minute
	mendedAfter = 15 * time.Minute // where ops have to resume the provider, here each time it is paused
)

func delivered(ctx context.Context, s *twiliotest.Server, sid string) {
	_, _ = s.Receipt(ctx, sid, "delivered", 0)
}

func statuses(all ...string) func(context.Context, *twiliotest.Server, string) {
	return func(ctx context.Context, s *twiliotest.Server, sid string) {
		for _, status := range all {
			_, _ = s.Receipt(ctx, sid, status, 0) // what a receipt that comes too late is answered does not matter
		}
	}
}

func twilioFaults() []faultCase {
	once := func(f twiliotest.Fault, report func(context.Context, *twiliotest.Server, string)) func(*testing.T, *leaps) (farEnd, *spell) {
		return func(t *testing.T, clock *leaps) (farEnd, *spell) { return twilioFar(t, clock, f, report) }
	}
	list := []faultCase{
		{name: "twilio: hangs after accepting", begin: once(twiliotest.Fault{Accept: true, Hang: true}, delivered)},
		{name: "twilio: hangs before accepting", begin: once(twiliotest.Fault{Hang: true}, delivered)},
		{name: "twilio: drops after the body, taken", begin: once(twiliotest.Fault{Accept: true, Drop: true}, delivered)},
		{name: "twilio: drops after the body, not taken", begin: once(twiliotest.Fault{Drop: true}, delivered)},
		{name: "twilio: 429 with Retry-After", begin: once(twiliotest.Fault{Status: 429, Code: 20429, RetryAfter: 30}, delivered)},
		{name: "twilio: 429 without", begin: once(twiliotest.Fault{Status: 429, Raw: "slow down"}, delivered)},
		{name: "twilio: 500", begin: once(twiliotest.Fault{Status: 500, Raw: "oops"}, delivered)},
		{name: "twilio: 503 with Retry-After", begin: once(twiliotest.Fault{Status: 503, Raw: "closed", RetryAfter: 60}, delivered)},
		{name: "twilio: accepted, wrong JSON", begin: once(twiliotest.Fault{Accept: true, Status: 201, Raw: `{"sid":`}, delivered)},
		{name: "twilio: receipts doubled", begin: once(twiliotest.Fault{Accept: true}, statuses("sent", "sent", "delivered", "delivered"))},
		{name: "twilio: receipts reordered", begin: once(twiliotest.Fault{Accept: true}, statuses("delivered", "sent", "queued"))},
		{name: "twilio: receipts before the send's own answer", begin: once(twiliotest.Fault{Accept: true, Early: []string{"sent", "delivered"}}, statuses())},
		{name: "twilio: receipts early, then the answer is lost", begin: once(twiliotest.Fault{Accept: true, Drop: true, Early: []string{"delivered"}}, statuses())},
		{name: "twilio: slow", begin: slowTwilio},
		{name: "twilio: receipts never", begin: once(twiliotest.Fault{Accept: true}, statuses())},
		{name: "twilio: the credentials are refused", begin: once(twiliotest.Fault{Status: 401, Code: 20003}, delivered)},
	}
	for i := range list {
		list[i].delivered, list[i].within = -1, backAfter
	}
	list[len(list)-1].within = mendedAfter
	list[len(list)-2].delivered = 0 // taken, and "undelivered: no_receipt" after 72 h
	return list
}

// twilioFar is a Twilio at which each person's first message meets a fault.
func twilioFar(t *testing.T, clock *leaps, f twiliotest.Fault, report func(context.Context, *twiliotest.Server, string)) (farEnd, *spell) {
	t.Helper()
	fault := newSpell(clock, 1)
	server := twiliotest.Start(twiliotest.Config{Now: clock.Now, Fault: func(m twiliotest.Message) *twiliotest.Fault {
		if !fault.strikes(m.To) {
			return nil
		}
		return &f
	}})
	t.Cleanup(server.Close)
	timeout := 20 * time.Second
	if f.Hang {
		timeout = 2 * time.Second
	}
	told := 0
	return farEnd{
		channel: engine.SMS,
		provider: config.Provider{
			Name: "phone", Type: config.Twilio, AccountSID: server.AccountSID, AuthToken: config.Secret(server.AuthToken),
			BaseURL: server.URL, Sender: "+33937123456", Timeout: timeout,
		},
		arrived: func() map[string]int {
			out := map[string]int{}
			for _, m := range server.Messages() {
				if m.Created.Before(faultStart.Add(71 * time.Hour)) { // then come the relances
					out[m.To+m.Body]++
				}
			}
			return out
		},
		report: func(ctx context.Context) {
			for _, m := range server.Messages()[told:] {
				report(ctx, server, m.SID)
				told++
			}
		},
	}, fault
}

// slowTwilio answers nobody until all have asked.
func slowTwilio(t *testing.T, clock *leaps) (farEnd, *spell) {
	t.Helper()
	asked := make(chan struct{})
	far, fault := twilioFar(t, clock, twiliotest.Fault{Accept: true, Until: asked}, delivered)
	go func() {
		defer close(asked)
		for len(far.arrived()) < faultPeople && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}()
	return far, fault
}

func gatewayFaults() []faultCase {
	lost := func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }
	broken := func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"id":`) }
	failed := func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }
	closed := func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }
	at := func(taken bool, answer func(http.ResponseWriter)) func(*testing.T, *leaps) (farEnd, *spell) {
		return func(t *testing.T, clock *leaps) (farEnd, *spell) { return gatewayFar(t, clock, taken, answer) }
	}
	return []faultCase{
		{"gateway without look-up: the answer is lost", at(true, lost), -1, true, backAfter},
		{"gateway without look-up: accepted, wrong JSON", at(true, broken), -1, true, backAfter},
		{"gateway without look-up: 500", at(false, failed), -1, true, backAfter},
		{"gateway without look-up: 503", at(false, closed), -1, false, backAfter},
	}
}

// gatewayFar is a gateway that cannot be asked what became of a message, and that answers each
// person's first message badly, taken or not.
func gatewayFar(t *testing.T, clock *leaps, taken bool, answer func(http.ResponseWriter)) (farEnd, *spell) {
	t.Helper()
	fault := newSpell(clock, 1)
	var mu sync.Mutex
	arrived := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ To, Text string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		struck := fault.strikes(m.To)
		if !struck || taken {
			mu.Lock()
			arrived[m.To+m.Text]++
			mu.Unlock()
		}
		if struck {
			answer(w)
			return
		}
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	text := "send:\n  url: https://gateway.example/sms\n  json: {to: \"{{ to }}\", text: \"{{ text }}\"}\nanswer: {id: id}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return farEnd{
		channel: engine.SMS,
		provider: config.Provider{
			Name: "phone", Type: config.Gateway, Description: file, BaseURL: server.URL, Sender: "38123", Timeout: 20 * time.Second,
		},
		arrived: func() map[string]int {
			mu.Lock()
			defer mu.Unlock()
			out := map[string]int{}
			for k, n := range arrived {
				out[k] = n
			}
			return out
		},
	}, fault
}

func mailFaults() []faultCase {
	var list []faultCase
	add := func(stage smtptest.Stage, f smtptest.Fault, name string, c faultCase) {
		c.name, c.within = fmt.Sprintf("smtp: %s at %s", name, stage), cmp.Or(c.within, backAfter)
		c.begin = func(t *testing.T, clock *leaps) (farEnd, *spell) { return mailFar(t, clock, stage, f) }
		list = append(list, c)
	}
	for _, stage := range []smtptest.Stage{smtptest.Banner, smtptest.Connect, smtptest.From, smtptest.Rcpt, smtptest.Text, smtptest.Data} {
		add(stage, smtptest.Fault{Code: 421, Enhanced: "4.3.2"}, "421", faultCase{delivered: -1})
		add(stage, smtptest.Fault{Code: 451, Enhanced: "4.3.0"}, "451", faultCase{delivered: -1})
		refused := faultCase{delivered: -1, within: mendedAfter} // before the recipient is named it is we who are refused
		if stage == smtptest.Rcpt || stage == smtptest.Text || stage == smtptest.Data {
			refused.delivered = faultPeople - mailStrikes // for good, and the record says why
		}
		add(stage, smtptest.Fault{Code: 550, Enhanced: "5.5.0"}, "550", refused)
	}
	add(smtptest.Data, smtptest.Fault{Drop: true}, "dropped before the answer", faultCase{delivered: -1, unknowable: true})
	add(smtptest.Accepted, smtptest.Fault{Drop: true}, "dropped after DATA", faultCase{delivered: -1, unknowable: true})
	return list
}

// mailStrikes is how often a fault happens at a mail server.
const mailStrikes = 5

func mailFar(t *testing.T, clock *leaps, at smtptest.Stage, f smtptest.Fault) (farEnd, *spell) {
	t.Helper()
	fault := newSpell(clock, mailStrikes)
	server, err := smtptest.StartRough(smtptest.RoughConfig{Plain: true, Pipelining: true, Fault: func(now smtptest.Stage, _ smtptest.Envelope) *smtptest.Fault {
		if now != at || !fault.strikes("") {
			return nil
		}
		return &f
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return farEnd{
		channel: engine.Email,
		provider: config.Provider{
			Name: "mail", Type: config.SMTP, Host: server.Host, Port: server.Port, Encryption: "none", From: "rdv@example.org",
			Timeout: 20 * time.Second, Connections: 4,
		},
		arrived: func() map[string]int {
			out := map[string]int{}
			for _, m := range server.Mails() {
				out[m.MessageID]++
			}
			return out
		},
	}, fault
}
