package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"relance/engine"
)

func TestWhoMissedAnAppointmentIsRemindedMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{
		Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(30),
		Reminders: []engine.Hours{48}, AbsenceReminders: []engine.Hours{24, 48},
	})
	inv := w.inviteByPhone("awa")
	w.work()
	plan := func(day int) []engine.Hours {
		w.t.Helper()
		a, err := w.bookAt(inv, at(day, 9, 0), engine.ByRecipient)
		w.must(a, err)
		w.work()
		var out []engine.Hours
		for _, r := range a.Reminders {
			out = append(out, r.Before)
		}
		if day == 20 {
			w.until(at(20, 10, 0))
			w.records(a.ID, engine.NoShow)
		}
		return out
	}
	if got := plan(20); len(got) != 1 || got[0] != 48 {
		t.Errorf("at first: %v", got)
	}
	if got := plan(28); len(got) != 2 || got[0] != 48 || got[1] != 24 {
		t.Errorf("after an absence: %v", got)
	}
	w.until(at(28, 8, 0))
	if n := w.count(engine.KindReminder, engine.SMS); n != 2 {
		t.Errorf("%d reminders went out", n)
	}
}

// An absence may be said when the next appointment, of any service, is booked already.
func TestAnAbsenceSaidLateRemindsMoreOfWhatIsBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	saves := func(svc engine.ServiceID, reminders ...engine.Hours) {
		w.svc = svc
		w.service(engine.Service{
			Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(30), Follow: true,
			Reminders: reminders, AbsenceReminders: []engine.Hours{24, 48, 24 * 14},
		})
	}
	saves("second", 48, 2)
	saves("rsa", 48, 2)
	first := w.inviteByPhone("awa")
	w.svc = "second"
	second := w.inviteByPhone("awa")
	w.work()
	missed, err := w.bookAt(first, at(20, 9, 0), engine.ByRecipient)
	w.must(missed, err)
	next, err := w.bookAt(second, at(28, 9, 0), engine.ByRecipient)
	w.must(next, err)
	saves("second", 48, 2, 1) // what was told of an appointment stays
	w.until(at(26, 10, 0))    // the reminder of two days before has left
	for _, outcome := range []engine.AppointmentState{engine.NoShow, engine.Attended, engine.NoShow} {
		w.records(missed.ID, outcome)
	}
	var plan []string
	for _, r := range w.appointment(next.ID).Reminders {
		plan = append(plan, fmt.Sprint(r.Before, " ", r.State, " ", r.Reason))
	}
	if want := []string{"336 skipped too_late", "48 sent ", "24 planned ", "2 planned "}; !slices.Equal(plan, want) {
		t.Errorf("reminders %q, want %q", plan, want)
	}
	w.until(at(28, 9, 0))
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 confirmation/sms", "Mon 18 09:00 confirmation/sms",
		"Tue 19 19:59 reminder/sms", "Tue 26 09:00 reminder/sms", "Wed 27 09:00 reminder/sms", "Wed 27 19:59 reminder/sms")
}

func TestAnAbsenceSaidWhileTheAppointmentRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, AbsenceReminders: []engine.Hours{24}})
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 9, 10))
	w.records(a.ID, engine.NoShow)
	if got := w.appointment(a.ID); got.State != engine.NoShow || len(got.Reminders) != 1 {
		t.Errorf("it is %s with %d reminders", got.State, len(got.Reminders))
	}
}

func TestACorrectedAbsenceCountsNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 10, 0))
	for _, c := range []struct {
		outcome engine.AppointmentState
		want    int
	}{{engine.NoShow, 1}, {engine.NoShow, 1}, {engine.Attended, 0}, {engine.NoShow, 1}} {
		w.records(a.ID, c.outcome)
		if got := w.recipient("awa").Absences; got != c.want {
			t.Errorf("after %s: %d absences, want %d", c.outcome, got, c.want)
		}
	}
}

func TestAfterANoShowThePolicyOffersOrNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy engine.NoShowPolicy
		then   func(*world, engine.InvitationID, *engine.Appointment)
		want   int
	}{
		"nothing":   {engine.NoShowNothing, nil, 0},
		"offer":     {engine.NoShowOffer, nil, 1},
		"corrected": {engine.NoShowOffer, func(w *world, _ engine.InvitationID, a *engine.Appointment) { w.records(a.ID, engine.Attended) }, 0},
		"booked again": {engine.NoShowOffer, func(w *world, inv engine.InvitationID, _ *engine.Appointment) {
			w.must(w.bookAt(inv, at(22, 9, 0), engine.ByStaff))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{
				Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(1), AfterNoShow: c.policy, AfterNoShowDays: hours(2),
				Reminders: []engine.Hours{},
			})
			inv := w.inviteByPhone("awa")
			w.work()
			a, err := w.bookAt(inv, at(21, 10, 0), engine.ByRecipient) // the invitation itself ends on the 20th
			w.must(a, err)
			w.until(at(21, 11, 0))
			w.records(a.ID, engine.NoShow)
			if c.then != nil {
				c.then(w, inv, a)
			}
			w.until(at(30, 0, 0))
			if n := w.count(engine.KindNoShow, engine.SMS); n != c.want {
				t.Errorf("%d messages, want %d", n, c.want)
			}
		})
	}
}

func TestTheOfferAfterANoShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{
		Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(1), AfterNoShow: engine.NoShowOffer, AfterNoShowDays: hours(4),
		Reminders: []engine.Hours{},
	})
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 10, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 11, 0))
	w.records(a.ID, engine.NoShow)
	w.until(at(26, 7, 59))
	if n := w.count(engine.KindNoShow, engine.SMS); n != 0 {
		t.Fatalf("%d messages on a Sunday or a holiday", n)
	}
	w.until(at(26, 8, 1)) // Sunday 24 and Monday 25, a holiday, are quiet
	if n := w.count(engine.KindNoShow, engine.SMS); n != 1 {
		t.Fatalf("%d messages", n)
	}
	if got := w.invitation(inv); got.State != engine.InvitationSent || !got.ExpiresAt.Equal(at(28, 0, 0)) {
		t.Errorf("the invitation is %s until %v", got.State, got.ExpiresAt)
	}
	w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient))
	w.until(at(28, 8, 0).Add(-24 * time.Hour))
	if n := w.count(engine.KindNoShow, engine.SMS); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}

// Staff say on Friday, or only after they had said otherwise, that the person missed Wednesday's
// appointment: what follows is what follows when it is said the same day, while the invitation is valid or
// the policy makes it so anew.
func TestANoShowThatIsSaidLate(t *testing.T) {
	t.Parallel()
	friday := func(w *world) { w.until(at(22, 10, 0)) }
	for name, c := range map[string]struct {
		policy   engine.NoShowPolicy
		validity int
		before   func(w *world, inv engine.InvitationID, a *engine.Appointment) // the no-show is said
		opens    bool
		told     int
	}{
		"nothing":         {engine.NoShowNothing, 30, func(w *world, _ engine.InvitationID, _ *engine.Appointment) { friday(w) }, true, 0},
		"offer":           {engine.NoShowOffer, 30, func(w *world, _ engine.InvitationID, _ *engine.Appointment) { friday(w) }, true, 1},
		"no longer valid": {engine.NoShowNothing, 1, func(w *world, _ engine.InvitationID, _ *engine.Appointment) { friday(w) }, false, 0},
		"valid anew":      {engine.NoShowOffer, 1, func(w *world, _ engine.InvitationID, _ *engine.Appointment) { friday(w) }, true, 1},
		"corrected at once": {engine.NoShowOffer, 30, func(w *world, _ engine.InvitationID, a *engine.Appointment) {
			w.records(a.ID, engine.Attended)
		}, true, 1},
		"corrected twice, late": {engine.NoShowOffer, 30, func(w *world, _ engine.InvitationID, a *engine.Appointment) {
			w.records(a.ID, engine.NoShow)
			w.records(a.ID, engine.Attended)
			friday(w)
		}, true, 1},
		"closed by staff": {engine.NoShowOffer, 30, func(w *world, inv engine.InvitationID, _ *engine.Appointment) {
			w.closes(inv)
			friday(w)
		}, false, 0},
		"a season later": {engine.NoShowOffer, 0, func(w *world, _ engine.InvitationID, _ *engine.Appointment) {
			w.until(at(20, 11, 0).AddDate(0, 2, 0))
		}, false, 0},
		"another round since": {engine.NoShowOffer, 30, func(w *world, _ engine.InvitationID, _ *engine.Appointment) {
			friday(w)
			second := w.inviteByPhone("awa")
			w.work()
			w.closes(second)
		}, false, 0},
		"another service since": {engine.NoShowOffer, 30, func(w *world, _ engine.InvitationID, _ *engine.Appointment) {
			friday(w)
			w.other()
			w.inviteByPhone("awa")
			w.svc = "rsa"
		}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{
				Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{}, Ladder: []engine.Rung{},
				ValidityDays: &c.validity, AfterNoShow: c.policy, AfterNoShowDays: hours(1),
			})
			inv := w.inviteByPhone("awa")
			w.work()
			token := w.token("awa")
			a, err := w.bookAt(inv, at(20, 10, 0), engine.ByRecipient)
			w.must(a, err)
			w.until(at(20, 11, 0))
			c.before(w, inv, a)
			w.records(a.ID, engine.NoShow)
			v, err := w.e.Open(w.ctx, token)
			if opens := err == nil && v.CanBook; opens != c.opens {
				t.Errorf("the link opens: %v (%v), want %v", opens, err, c.opens)
			}
			r := w.recipient("awa")
			if open := r.Open[w.svc] == inv; open != c.opens || open && r.Next != nil {
				t.Errorf("it is the person's open invitation: %v; they wait for %s", open, r.Next)
			}
			w.pass(5 * day)
			if n := w.count(engine.KindNoShow, engine.SMS); n != c.told {
				t.Errorf("told %d times, want %d", n, c.told)
			}
		})
	}
}
