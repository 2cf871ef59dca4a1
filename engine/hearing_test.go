package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"relance/engine"
)

// TestWhoCannotBeAskedYetIsNoAttempt: a message that no provider could take waits exactly as long
// as it was told, with the reason on its record, and loses none of its attempts.
func TestWhoCannotBeAskedYetIsNoAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Limits.Attempts = 2
	began, asked := w.clock.Now(), 0
	w.answer = func(*engine.Outgoing) engine.Answer {
		asked++
		return engine.Answer{Outcome: engine.OutcomeTemporary, Code: "rate", After: 7 * time.Second}
	}
	inv := w.inviteByPhone("awa")
	w.work()
	m := w.message(inv, 0)
	if m.State != engine.MessageQueued || m.Delayed != engine.ReasonProvider || m.Code != "rate" || m.Attempt != 0 || !m.Next.At.Equal(began.Add(7*time.Second)) {
		t.Errorf("waiting: %+v until %v", m, m.Next)
	}
	w.pass(time.Minute)
	if asked < 8 {
		t.Errorf("asked %d times in a minute", asked)
	}
	w.answer = nil
	w.pass(10 * time.Second)
	if m := w.message(inv, 0); m.State != engine.MessageSent || m.Attempt != 1 || m.Delayed != engine.ReasonProvider {
		t.Errorf("sent: %+v", m)
	}
}

// heardOf keeps what the engine tells of final receipts.
func (w *world) heardOf() *[]string {
	var all []string
	w.e.Heard = func(provider string, sent time.Time, well bool) {
		all = append(all, fmt.Sprint(provider, " ", w.clock.Now().Sub(sent), " ", well))
	}
	return &all
}

// TestTheLastWordIsToldOnce of each message: a receipt on its way, a doubled one and an old one
// say nothing of a provider.
func TestTheLastWordIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		receipts []engine.Receipt
		want     string
	}{
		"delivered":         {[]engine.Receipt{{State: engine.MessageSent}, {State: engine.MessageDelivered}, {State: engine.MessageDelivered}, {State: engine.MessageSent}}, "test 1m0s true"},
		"the number is bad": {[]engine.Receipt{{State: engine.MessageUndelivered, BadAddress: true}}, "test 1m0s true"},
		"lost on the way":   {[]engine.Receipt{{State: engine.MessageFailed, Fault: true}}, "test 1m0s false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			heard := w.heardOf()
			inv := w.inviteByPhone("awa")
			w.work()
			w.pass(time.Minute)
			m := w.message(inv, 0)
			for _, r := range c.receipts {
				w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), m.ID, r))
			}
			if !slices.Equal(*heard, []string{c.want}) {
				t.Errorf("told %v, want %q once", *heard, c.want)
			}
		})
	}
}

// TestAReceiptBeforeTheAnswer: the record names the provider all the same, and its last word is
// told once the answer is there.
func TestAReceiptBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	heard := w.heardOf()
	w.answer = func(o *engine.Outgoing) engine.Answer {
		w.must(nil, w.e.Receive(w.ctx, o.Partition, o.Message.ID, engine.Receipt{State: engine.MessageDelivered, ProviderID: "SM1"}))
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test", ProviderID: "SM1"}
	}
	inv := w.inviteByPhone("awa")
	w.work()
	if m := w.message(inv, 0); m.State != engine.MessageDelivered || m.Provider != "test" || m.ProviderID != "SM1" {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(*heard, []string{"test 0s true"}) {
		t.Errorf("told %v", *heard)
	}
}
