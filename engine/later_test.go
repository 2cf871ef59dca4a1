package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// off has every SMS taken by the provider, and the phone be off: the receipt says "later".
func (w *world) off(id engine.MessageID, send string) {
	w.t.Helper()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), id, engine.Receipt{
		ProviderID: send, State: engine.MessageUndelivered, Code: "30003", Reason: "the phone is off", Later: true,
	}))
}

// numbered gives each send an id of its own, as providers do, and notes whom it was asked to avoid.
func (w *world) numbered(avoided *[]string) {
	n := 0
	w.answer = func(o *engine.Outgoing) engine.Answer {
		n++
		*avoided = append(*avoided, o.Message.Provider)
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "first", ProviderID: string(rune('A' + n - 1))}
	}
}

func TestAPhoneThatIsOffIsTriedAgainThenTheOtherChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var avoided []string
	w.numbered(&avoided)
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.SMS}}})
	w.must(res, err)
	inv := res[0].Invitation
	w.work()
	for n, longest := range []time.Duration{30 * time.Minute, 2 * time.Hour, 8 * time.Hour} {
		m := w.message(inv, 0)
		w.off(m.ID, m.ProviderID)
		w.off(m.ID, m.ProviderID) // doubled
		m = w.message(inv, 0)
		if m.State != engine.MessageQueued || m.Delayed != engine.ReasonLater || m.Retries != n+1 {
			t.Fatalf("after receipt %d it is %s (%s), retried %d times", n+1, m.State, m.Delayed, m.Retries)
		}
		if gap := m.Next.At.Sub(w.clock.Now()); gap < longest/2 || gap > longest && m.Next.Planned == nil {
			t.Errorf("try %d waits %v, want half to all of %v", n+1, gap, longest)
		}
		w.until(m.Next.At.Add(time.Minute))
		if got := w.message(inv, 0); got.State != engine.MessageSent || got.Left != n+2 {
			t.Fatalf("try %d: %s, left %d times", n+1, got.State, got.Left)
		}
	}
	m := w.message(inv, 0)
	w.off(m.ID, "A") // of the first send, late: nothing new
	if w.message(inv, 0).State != engine.MessageSent {
		t.Error("an old receipt ends the new send")
	}
	w.off(m.ID, m.ProviderID)
	w.work()
	w.wantsMessages(inv, "invitation/sms undelivered the phone is off", "invitation/email sent")
	if len(avoided) != 5 || avoided[0] != "" || avoided[1] != "first" || avoided[3] != "first" {
		t.Errorf("another provider is asked first: avoided %q", avoided)
	}
	if w.events(engine.EventMessageSent) != 2 || w.events(engine.EventMessageResent) != 3 || w.events(engine.EventMessageRetried) != 3 {
		t.Errorf("told of %d sent, %d sent again, %d retried", w.events(engine.EventMessageSent), w.events(engine.EventMessageResent), w.events(engine.EventMessageRetried))
	}
	if got := w.stats(engine.StatsRequest{Organisation: w.org}).Total; got.SMSParts != 4 || got.SMSSent != 1 {
		t.Errorf("%d parts of %d SMS are counted", got.SMSParts, got.SMSSent)
	}
}

func TestAnEarlierSendThatArrivesAfterAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var avoided []string
	w.numbered(&avoided)
	inv := w.inviteByPhone("awa")
	w.work()
	w.off(w.message(inv, 0).ID, "A")
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{ProviderID: "A", State: engine.MessageDelivered}))
	w.pass(day)
	w.wantsMessages(inv, "invitation/sms delivered")
	w.wants("awa", "Mon 18 09:00 invitation/sms")
}

// What is queued again is looked at again: no message after its reason is gone.
func TestWhatIsTriedLaterStillNeedsItsReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var avoided []string
	w.numbered(&avoided)
	inv := w.invite("awa")
	w.work()
	w.off(w.message(inv, 0).ID, "A")
	w.must(w.bookAt(inv, w.slots()[30].Start, engine.ByRecipient))
	w.pass(day)
	if m := w.message(inv, 0); m.State != engine.MessageUndelivered || m.Reason != engine.ReasonBooked || m.Left != 1 {
		t.Errorf("it is %s %s, left %d times", m.State, m.Reason, m.Left)
	}
}

func TestNothingIsTriedTooLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		start time.Time // of the convocation
		after time.Duration
		again bool
	}{
		"in good time":      {at(20, 9, 0), 0, true},
		"an hour too late":  {at(20, 9, 0), 48*time.Hour - 10*time.Minute, false},
		"it is over":        {at(20, 9, 0), 49 * time.Hour, false},
		"an afternoon left": {at(20, 16, 0), 49 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var avoided []string
			w.numbered(&avoided)
			apt, err := w.convene(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}, c.start)
			w.must(apt, err)
			w.work()
			w.clock.set(monday.Add(c.after))
			w.off(w.message(apt.Invitation, 0).ID, "A")
			if got := w.message(apt.Invitation, 0).State == engine.MessageQueued; got != c.again {
				t.Errorf("it is tried again: %v", got)
			}
		})
	}
}

// Hours later an answer to a text is worth nothing.
func TestAnswersAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var avoided []string
	w.numbered(&avoided)
	inv := w.inviteByPhone("awa")
	w.work()
	w.reply("awa", "qui êtes-vous ?")
	w.work()
	w.off(w.message(inv, 1).ID, w.message(inv, 1).ProviderID)
	w.wantsMessages(inv, "invitation/sms sent", "reply_help/sms undelivered the phone is off")
}

// A receipt that is faster than the answer to its own send.
func TestLaterBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := true
	w.answer = func(o *engine.Outgoing) engine.Answer {
		if first {
			first = false
			w.off(o.Message.ID, "A")
			return engine.Answer{Outcome: engine.OutcomeSent, Provider: "first", ProviderID: "A"}
		}
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "first", ProviderID: "B"}
	}
	inv := w.inviteByPhone("awa")
	w.pass(time.Hour)
	if m := w.message(inv, 0); m.State != engine.MessageSent || m.ProviderID != "B" || m.Left != 2 || w.events(engine.EventMessageSent) != 1 {
		t.Errorf("it is %s as %s, left %d times, told of %d", m.State, m.ProviderID, m.Left, w.events(engine.EventMessageSent))
	}
}
