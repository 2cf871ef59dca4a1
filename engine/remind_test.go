package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

func TestALateReminderIsSkippedWithinTwoHours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before engine.Hours
		wakes  time.Time // the system was stopped until then
		sent   bool
		why    string
	}{
		"two hours before":             {48, at(28, 12, 0), true, ""},
		"a minute later":               {48, at(28, 12, 1), false, engine.ReasonTooLate},
		"after the start":              {48, at(28, 14, 1), false, engine.ReasonTooLate},
		"planned an hour before":       {1, at(28, 13, 0), true, ""},
		"that one, late by half of it": {1, at(28, 13, 31), false, engine.ReasonTooLate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{c.before}})
			inv := w.inviteByPhone("awa")
			w.work()
			a, err := w.bookAt(inv, at(28, 14, 0), engine.ByRecipient)
			w.must(a, err)
			w.work()
			w.clock.set(c.wakes)
			w.work()
			if n := w.count(engine.KindReminder, engine.SMS); (n == 1) != c.sent {
				t.Errorf("%d reminders went out", n)
			}
			if r := w.appointment(a.ID).Reminders[0]; r.Reason != c.why {
				t.Errorf("the reminder is %s %s", r.State, r.Reason)
			}
		})
	}
}

func TestAReminderThatWaitedForItsProviderIsSkippedWhenItIsTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(28, 14, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(26, 13, 0))
	w.answer = func(*engine.Outgoing) engine.Answer {
		return engine.Answer{Outcome: engine.OutcomeTemporary, After: 47 * time.Hour}
	}
	w.until(at(28, 13, 30))
	got := w.messages(inv)
	if last := got[len(got)-1]; last != "reminder/sms skipped too_late" {
		t.Errorf("the reminder is: %s", last)
	}
}

// Cancelled by either side, an appointment has no reminder left that reads as if it would come.
func TestACancelledAppointmentHasNoReminderPlanned(t *testing.T) {
	t.Parallel()
	for _, by := range []engine.Actor{engine.ByRecipient, engine.ByStaff} {
		w := newWorld(t)
		w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{120, 48}})
		a, err := w.bookAt(w.invite("awa"), at(28, 9, 0), engine.ByRecipient)
		w.must(a, err)
		w.until(at(25, 9, 0)) // the first one left
		w.must(w.e.Cancel(w.ctx, w.org, a.ID, by))
		first, second := w.appointment(a.ID).Reminders[0], w.appointment(a.ID).Reminders[1]
		if first.State == engine.ReminderPlanned || first.Reason == engine.ReasonCancelled || second.State != engine.ReminderSkipped || second.Reason != engine.ReasonCancelled {
			t.Errorf("cancelled by %s: %+v, %+v", by, first, second)
		}
	}
}
