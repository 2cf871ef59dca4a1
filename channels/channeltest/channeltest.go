// Package channeltest is the one suite that every channels.Provider passes.
package channeltest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/channels"
)

// Subject is a provider under test, and how to look at what it carried.
type Subject struct {
	Provider channels.Provider
	// Carried gives the texts that arrived at the other end.
	Carried func() []string
}

// Run checks a provider against the contract of channels.Provider. start makes a new one
// whose other end accepts everything.
func Run(t *testing.T, start func(t *testing.T) Subject) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, Subject){
		"sends what it is given":       sends,
		"keeps every alphabet":         alphabets,
		"carries many at once":         many,
		"sends nothing once cancelled": cancelled,
		"has a steady name":            steady,
		"answers what it cannot send":  nonsense,
		"checks its settings":          settings,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, start(t))
		})
	}
}

// Message is a plain message for a channel. n makes it different from others.
func Message(c channels.Channel, n int) channels.Message {
	m := channels.Message{
		ID: fmt.Sprintf("msg_%06d", n), Channel: c,
		Body: fmt.Sprintf("Agence Nord : choisissez votre rendez-vous, no %d.", n),
	}
	if c == channels.Email {
		m.To = fmt.Sprintf("personne%d@example.org", n)
		m.Subject = "Votre rendez-vous"
		m.HTML = "<p>Choisissez votre rendez-vous.</p>"
		return m
	}
	m.To = fmt.Sprintf("+336%08d", n)
	return m
}

func sends(t *testing.T, s Subject) {
	m := Message(s.Provider.Channel(), 1)
	if a := s.Provider.Send(t.Context(), m); a.Outcome != channels.Sent {
		t.Fatalf("answer %+v, want sent", a)
	}
	wantCarried(t, s, m.Body)
}

func alphabets(t *testing.T, s Subject) {
	for i, body := range []string{
		"Café à Noël, œuvre n° 5, 10 €, « citation » et l’apostrophe", "موعدكم يوم الخميس", "Ваша зустріч у четвер",
		"👩‍👩‍👧 emoji", "une ligne\nune autre\n\n.\n..point", strings.Repeat("longue ligne ", 100),
	} {
		m := Message(s.Provider.Channel(), i)
		m.Body, m.Subject = body, strings.Split(body, "\n")[0]
		if a := s.Provider.Send(t.Context(), m); a.Outcome != channels.Sent {
			t.Fatalf("%q: answer %+v, want sent", body, a)
		}
		wantCarried(t, s, body)
	}
}

func many(t *testing.T, s Subject) {
	const n = 200
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if a := s.Provider.Send(t.Context(), Message(s.Provider.Channel(), i)); a.Outcome != channels.Sent {
				t.Errorf("message %d: answer %+v, want sent", i, a)
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, body := range s.Carried() {
		seen[body]++
	}
	for i := range n {
		if body := Message(s.Provider.Channel(), i).Body; seen[body] != 1 {
			t.Errorf("message %d arrived %d times, want once", i, seen[body])
		}
	}
}

func cancelled(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	begin := time.Now()
	a := s.Provider.Send(ctx, Message(s.Provider.Channel(), 1))
	if a.Outcome != channels.Temporary {
		t.Errorf("answer %+v with a context that had ended, want temporary", a)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v to notice", took)
	}
	if got := s.Carried(); len(got) != 0 {
		t.Errorf("%d messages left", len(got))
	}
}

func steady(t *testing.T, s Subject) {
	name, channel := s.Provider.Name(), s.Provider.Channel()
	if name == "" || channel != channels.SMS && channel != channels.Email {
		t.Fatalf("name %q, channel %q", name, channel)
	}
	s.Provider.Send(t.Context(), Message(channel, 1))
	if s.Provider.Name() != name || s.Provider.Channel() != channel {
		t.Error("the name or the channel changed")
	}
}

// nonsense gives messages that no caller should: the answer must be one of the contract's,
// must not be Sent without an address, and its reason must not repeat what it was given.
func nonsense(t *testing.T, s Subject) {
	const secret = "zorglub"
	for _, m := range []channels.Message{
		{},
		{ID: "a", To: "", Body: secret},
		{ID: "b", To: secret + "\r\nRCPT TO:<x@example.org>", Body: secret, Subject: secret},
	} {
		m.Channel = s.Provider.Channel()
		a := s.Provider.Send(t.Context(), m)
		if a.Outcome != channels.Permanent {
			t.Errorf("%q: answer %+v, want permanent", m.ID, a)
		}
		if strings.Contains(a.Reason+a.Code, secret) {
			t.Errorf("%q: the answer repeats what it was given: %q", m.ID, a.Reason)
		}
	}
	if got := s.Carried(); len(got) != 0 {
		t.Errorf("%d messages left", len(got))
	}
}

func settings(t *testing.T, s Subject) {
	checker, ok := s.Provider.(channels.Checker)
	if !ok {
		t.Skip("nothing to check")
	}
	if err := checker.Check(t.Context()); err != nil {
		t.Errorf("good settings: %v", err)
	}
	if got := s.Carried(); len(got) != 0 {
		t.Errorf("the check sent %d messages", len(got))
	}
}

func wantCarried(t *testing.T, s Subject, body string) {
	t.Helper()
	for _, got := range s.Carried() {
		if got == body {
			return
		}
	}
	t.Errorf("%q did not arrive; these did: %q", body, s.Carried())
}

// Deadline is a context whose deadline passes when pass is called: a timeout in the middle
// of something, without waiting for a clock.
func Deadline(parent context.Context) (ctx context.Context, pass func()) {
	d := &deadline{Context: parent, done: make(chan struct{})}
	return d, sync.OnceFunc(func() { close(d.done) })
}

type deadline struct {
	context.Context
	done chan struct{}
}

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.done }

// Err implements context.Context.
func (d *deadline) Err() error {
	select {
	case <-d.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
