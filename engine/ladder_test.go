package engine_test

import (
	"slices"
	"testing"
	"time"

	"relance/engine"
)

// relances are the moments at which a channel carried one.
func (w *world) relances(ch engine.Channel) (out []time.Time) {
	for _, s := range w.sent {
		if s.Kind == engine.KindRelance && s.Channel == ch {
			out = append(out, s.At)
		}
	}
	return out
}

func TestALadderIsTimedFromTheRealSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary})
	inv := w.invite("awa")
	w.pass(3 * time.Hour)
	w.answer = nil
	w.pass(2 * time.Hour)
	sentAt := w.invitation(inv).SentAt
	if sentAt == nil || sentAt.Sub(monday) < 3*time.Hour || !sentAt.Equal(w.sent[0].At) {
		t.Fatalf("sent at %v, noted as %v", w.sent[0].At, sentAt)
	}
	w.pass(8 * day)
	got := w.relances(engine.SMS)
	if len(got) != 2 {
		t.Fatalf("relances at %v", got)
	}
	if late := got[0].Sub(sentAt.Add(3 * day)); late < 0 || late >= time.Second {
		t.Errorf("the first relance came %v off three days", late)
	}
	if want := at(26, 8, 0); got[1].Sub(want).Abs() >= time.Second { // the seventh day is a holiday
		t.Errorf("the second relance came at %v, want %v", got[1].In(paris), want)
	}
}

func TestNoRungOnTheLastDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // valid until midnight ending the 28th
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Ladder: []engine.Rung{{AfterDays: 9}, {AfterDays: 10}}})
	inv := w.invite("awa")
	w.pass(12 * day)
	if got := w.relances(engine.SMS); len(got) != 1 || got[0].In(paris).Day() != 27 {
		t.Errorf("relances at %v, want one on the 27th", got)
	}
	got := w.invitation(inv)
	if want := time.Date(2026, 5, 29, 0, 0, 0, 0, paris); !got.ExpiresAt.Equal(want) {
		t.Errorf("ten days from the 18th end at %v", got.ExpiresAt)
	}
	if w.events(engine.EventInvitationExpired) != 1 {
		t.Error("its end is not told once")
	}
}

func TestAStoppedSystemSendsOneRelance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.clock.set(at(26, 10, 0)) // nothing ran: both rungs have passed
	w.work()
	if got := w.relances(engine.SMS); len(got) != 1 {
		t.Fatalf("relances at %v", got)
	}
	w.pass(5 * day)
	if got := w.invitation(inv); len(w.relances(engine.SMS)) != 1 || got.Rung != 2 {
		t.Errorf("both rungs are one relance; rung %d, relances at %v", got.Rung, w.relances(engine.SMS))
	}
}

func TestRelancesKeepADayApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(30), Ladder: []engine.Rung{{AfterDays: 1}, {AfterDays: 2}, {AfterDays: 3}, {AfterDays: 4}}})
	w.invite("awa")
	w.work()
	w.clock.set(at(20, 19, 0)) // two rungs have passed, the third is planned for tomorrow at nine
	w.pass(12 * day)
	got := w.relances(engine.SMS)
	if len(got) != 3 {
		t.Errorf("relances at %v, want two merged into one and two more", got)
	}
	for n := 1; n < len(got); n++ {
		if gap := got[n].Sub(got[n-1]); gap < day {
			t.Errorf("only %v between two relances", gap)
		}
	}
}

func TestALadderOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Ladder: []engine.Rung{
		{AfterDays: 1, Channels: []engine.Channel{engine.Email}}, {AfterDays: 3, Channels: []engine.Channel{engine.SMS}},
	}})
	w.invite("awa")
	w.tryInvite(engine.Person{ExternalID: "bo", Phone: phoneOf("bo")}) // no email: by the channel there is
	w.pass(12 * day)
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Tue 19 09:00 relance/email", "Thu 21 09:00 relance/sms")
	w.wants("bo", "Mon 18 09:00 invitation/sms", "Tue 19 09:00 relance/sms", "Thu 21 09:00 relance/sms")
}

func TestNoLadder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Ladder: []engine.Rung{}})
	w.invite("awa")
	w.pass(12 * day)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
}

func TestWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(0)})
	inv := w.invite("awa")
	w.pass(200 * day)
	got := w.invitation(inv)
	if got.State != engine.InvitationSent || got.ExpiresAt != nil || got.Next != nil || len(w.relances(engine.SMS)) != 2 {
		t.Errorf("after 200 days it is %s until %v and waits for %s; relances at %v", got.State, got.ExpiresAt, got.Next, w.relances(engine.SMS))
	}
	w.book("awa", 0)
}

func TestInvitationsWaitForTheMorning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(at(16, 21, 0)) // Saturday evening
	inv := w.invite("awa")
	w.until(at(18, 12, 0))
	w.wants("awa", "Mon 18 08:00 invitation/sms", "Mon 18 08:00 invitation/email")
	if m := w.message(inv, 0); !m.PlannedAt.Equal(at(16, 21, 0)) {
		t.Errorf("planned %v: the planned time is not kept", m.PlannedAt)
	}
	if got := w.invitation(inv).ExpiresAt; !got.Equal(time.Date(2026, 5, 29, 0, 0, 0, 0, paris)) {
		t.Errorf("valid until %v: ten days count from when the person was asked", got)
	}
}

// TestFractionsOfAMillisecond: whenever a step is due by the timetable, its time has come.
func TestFractionsOfAMillisecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(monday.Add(400 * time.Microsecond))
	w.invite("awa")
	for _, answer := range []engine.Answer{{Outcome: engine.OutcomeTemporary, After: time.Minute}, {Outcome: engine.OutcomeSent}} {
		w.answer = func(*engine.Outgoing) engine.Answer { return answer }
		w.work()
		w.clock.set(monday.Add(time.Minute)) // the millisecond in which both messages are tried again
	}
	w.work()
	w.clock.set(monday.Add(time.Minute + 700*time.Microsecond))
	w.work()
	for w.clock.Now().Before(monday.Add(12 * day)) {
		w.clock.set(w.nextDue(monday.Add(12 * day)).Add(-time.Millisecond)) // its beginning
		if w.work() == 0 {
			w.clock.set(w.clock.Now().Add(time.Millisecond))
		}
	}
	w.wants("awa", "Mon 18 09:01 invitation/sms", "Mon 18 09:01 invitation/email", "Thu 21 09:01 relance/sms", "Thu 21 09:01 relance/email", "Tue 26 08:00 relance/sms", "Tue 26 08:00 relance/email")
}

// Each of these stops the ladder at once.
func TestWhatStopsALadder(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(w *world, inv engine.InvitationID){
		"booking": func(w *world, inv engine.InvitationID) { w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)) },
		"closing": func(w *world, inv engine.InvitationID) { w.closes(inv) },
		"refusing": func(w *world, inv engine.InvitationID) {
			w.must(w.e.Close(w.ctx, w.org, inv, engine.ByRecipient, "refused"))
		},
		"STOP on every channel": func(w *world, inv engine.InvitationID) {
			w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 1).ID, engine.Receipt{State: engine.MessageFailed, BadAddress: true}))
			w.reply("awa", "STOP")
		},
		"erasing": func(w *world, inv engine.InvitationID) {
			w.must(nil, w.e.Erase(w.ctx, w.org, engine.RecipientOf(w.org, "awa")))
		},
		"booking while the relance waits": func(w *world, inv engine.InvitationID) {
			w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary})
			w.until(at(21, 9, 1))
			w.answer = nil
			w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			stop(w, inv)
			w.pass(12 * day)
			if got := slices.Concat(w.relances(engine.SMS), w.relances(engine.Email)); len(got) > 0 {
				t.Errorf("relances at %v", got)
			}
		})
	}
}
