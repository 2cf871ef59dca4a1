package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// moves lets staff move the appointment n times, an hour each, everything sent in between.
func (w *world) moves(a *engine.Appointment, n int) *engine.Appointment {
	w.t.Helper()
	for range n {
		var err error
		a, err = w.moveTo(a, a.Start.Add(30*time.Minute), engine.ByStaff)
		w.must(a, err)
		w.work()
	}
	return a
}

// count is how many messages of a kind went out by a channel.
func (w *world) count(kind engine.MessageKind, ch engine.Channel) (n int) {
	for _, s := range w.sent {
		if s.Kind == kind && s.Channel == ch {
			n++
		}
	}
	return n
}

func TestNobodyIsWrittenMoreThanTheCapsADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work() // one of each
	a, err := w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.work() // the answer to the person counts for nothing
	a = w.moves(a, 3)
	if n := w.count(engine.KindMoved, engine.SMS); n != 3 {
		t.Fatalf("%d SMS about 3 moves: 4 a day are allowed, the confirmation excepted", n)
	}
	w.moves(a, 1)
	if n, m := w.count(engine.KindMoved, engine.SMS), w.count(engine.KindMoved, engine.Email); n != 3 || m != 4 {
		t.Errorf("after a fourth move %d SMS and %d emails; the fifth SMS of the day waits", n, m)
	}
	ids := w.invitation(inv).Messages
	late, err := w.e.Message(w.ctx, w.org, ids[len(ids)-2])
	w.must(late, err)
	if late.State != engine.MessageQueued || late.Delayed != engine.ReasonCap || !late.Next.At.Equal(at(19, 8, 0)) {
		t.Errorf("the SMS is %s, delayed by %q until %v", late.State, late.Delayed, late.Next.At)
	}
	w.reply("awa", "oui") // what answers the person is not held back
	w.work()
	if w.count(engine.KindReplyConfirmed, engine.SMS) != 1 {
		t.Error("a reply to the person was held back")
	}
	w.until(at(19, 9, 0))
	if n := w.count(engine.KindMoved, engine.SMS); n != 4 {
		t.Errorf("%d SMS about 4 moves on the next day", n)
	}
	if got := w.recipient("awa").Written; got.Day != 20260519 || got.SMS != 1 || got.Email != 0 {
		t.Errorf("counted %+v", got)
	}
}

func TestAReminderOverTheCapIsSkippedAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{48}})
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(28, 14, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(26, 9, 0))
	w.moves(a, 4) // to 16:00
	w.until(at(26, 16, 1))
	got := w.messages(inv)
	if last := got[len(got)-1]; last != "reminder/sms skipped cap" {
		t.Errorf("the reminder is: %s", last)
	}
}

func TestARetriedMessageCountsOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Limits = engine.Limits{Attempts: 20, BackOff: time.Minute}
	tries := 0
	w.answer = func(*engine.Outgoing) engine.Answer {
		if tries++; tries < 8 {
			return engine.Answer{Outcome: engine.OutcomeTemporary, Provider: "test"}
		}
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test"}
	}
	inv := w.inviteByPhone("awa")
	w.pass(5 * time.Hour)
	w.wantsMessages(inv, "invitation/sms sent")
	if got := w.recipient("awa").Written; got.SMS != 1 {
		t.Errorf("%d SMS counted for one in eight attempts", got.SMS)
	}
}

func TestARelanceOverTheCapIsMergedIntoTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	w.until(at(20, 10, 0))
	w.other()
	second := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(second, at(28, 14, 0), engine.ByStaff)
	w.must(a, err)
	w.until(at(21, 8, 30))
	w.moves(a, 4)
	w.until(at(27, 9, 0))
	got := w.messages(inv)
	if len(got) != 3 || got[1] != "relance/sms skipped cap" || got[2] != "relance/sms sent" {
		t.Errorf("the ladder: %v", got)
	}
}
