package engine_test

import (
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

func in(t testing.TB, zone, moment string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	out, err := time.ParseInLocation("2006-01-02 15:04", moment, loc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	const pa, re = "Europe/Paris", "Indian/Reunion"
	for _, c := range []struct {
		name, zone         string
		sundays            bool
		at, next, previous string
	}{
		{"in hours", pa, false, "2026-05-18 09:00", "2026-05-18 09:00", "2026-05-18 09:00"},
		{"the first minute", pa, false, "2026-05-18 08:00", "2026-05-18 08:00", "2026-05-18 08:00"},
		{"the last minute", pa, false, "2026-05-18 19:59", "2026-05-18 19:59", "2026-05-18 19:59"},
		{"eight in the evening", pa, false, "2026-05-18 20:00", "2026-05-19 08:00", "2026-05-18 19:59"},
		{"night", pa, false, "2026-05-19 03:00", "2026-05-19 08:00", "2026-05-18 19:59"},
		{"Saturday", pa, false, "2026-05-16 10:00", "2026-05-16 10:00", "2026-05-16 10:00"},
		{"Saturday evening", pa, false, "2026-05-16 20:30", "2026-05-18 08:00", "2026-05-16 19:59"},
		{"Sunday", pa, false, "2026-05-17 10:00", "2026-05-18 08:00", "2026-05-16 19:59"},
		{"Sunday, allowed", pa, true, "2026-05-17 10:00", "2026-05-17 10:00", "2026-05-17 10:00"},
		{"Sunday before a holiday", pa, false, "2026-05-24 10:00", "2026-05-26 08:00", "2026-05-23 19:59"},
		{"holiday", pa, false, "2026-05-25 10:00", "2026-05-26 08:00", "2026-05-23 19:59"},
		{"Christmas, a Friday", pa, false, "2026-12-25 10:00", "2026-12-26 08:00", "2026-12-24 19:59"},
		{"the night that loses an hour", pa, true, "2026-03-29 01:30", "2026-03-29 08:00", "2026-03-28 19:59"},
		{"the night that has one twice", pa, true, "2026-10-25 02:30", "2026-10-25 08:00", "2026-10-24 19:59"},
		{"over the weekend that loses an hour", pa, false, "2026-03-28 20:00", "2026-03-30 08:00", "2026-03-28 19:59"},
		{"La Réunion, evening", re, false, "2026-05-18 20:00", "2026-05-19 08:00", "2026-05-18 19:59"},
		{"La Réunion, its own holiday", re, false, "2027-12-20 10:00", "2027-12-21 08:00", "2027-12-18 19:59"},
		{"the same day in Paris", pa, false, "2027-12-20 10:00", "2027-12-20 10:00", "2027-12-20 10:00"},
	} {
		o := engine.Organisation{Zone: c.zone, Region: calendars.Metropole, Quiet: engine.QuietHours{Sundays: c.sundays}}
		if c.zone == re {
			o.Region = calendars.Reunion
		}
		moment := in(t, c.zone, c.at)
		if got, want := engine.NextAllowed(o, moment), in(t, c.zone, c.next); !got.Equal(want) {
			t.Errorf("%s: the next allowed moment is %v, want %v", c.name, got, want)
		}
		if got, want := engine.PreviousAllowed(o, moment), in(t, c.zone, c.previous); !got.Equal(want) {
			t.Errorf("%s: the previous allowed moment is %v, want %v", c.name, got, want)
		}
	}
}

func TestOwnHours(t *testing.T) {
	t.Parallel()
	o := engine.Organisation{Quiet: engine.QuietHours{From: "09:30", Until: "12:15"}}
	if got := engine.NextAllowed(o, at(18, 9, 0)); !got.Equal(at(18, 9, 30)) {
		t.Errorf("from 09:30: %v", got)
	}
	if got := engine.PreviousAllowed(o, at(18, 13, 0)); !got.Equal(at(18, 12, 14)) {
		t.Errorf("until 12:15: %v", got)
	}
}

func TestAReminderOutOfQuietHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                      string
		planned, start, now, want time.Time
	}{
		{"allowed", at(18, 10, 0), at(20, 10, 0), at(11, 9, 0), at(18, 10, 0)},
		{"later leaves a day", at(17, 10, 0), at(19, 10, 0), at(11, 9, 0), at(18, 8, 0)},
		{"later leaves exactly a day", at(17, 8, 0), at(19, 8, 0), at(11, 9, 0), at(18, 8, 0)},
		{"later leaves under a day", at(17, 7, 59), at(19, 7, 59), at(11, 9, 0), at(16, 19, 59)},
		{"one day before, a Sunday", at(17, 10, 0), at(18, 10, 0), at(11, 9, 0), at(16, 19, 59)},
		{"before a holiday", at(24, 9, 0), at(26, 9, 0), at(11, 9, 0), at(23, 19, 59)},
		{"sooner has passed", at(17, 10, 0), at(18, 10, 0), at(16, 20, 0), at(18, 8, 0)},
	} {
		o := engine.Organisation{Region: calendars.Metropole}
		if got := engine.ReminderMoment(o, c.planned, c.start, c.now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got.In(paris), c.want)
		}
	}
}

func TestRemindersInALife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(3)
	book := func(n int, start time.Time) *engine.Appointment {
		a, err := w.bookAt(people[n], start, engine.ByRecipient)
		w.must(a, err)
		return a
	}
	first := book(0, at(26, 9, 0)) // 48 h before is a Sunday, then comes a holiday
	late := book(1, at(20, 8, 59).Add(time.Minute))
	plain := book(2, at(28, 9, 30))
	w.until(at(29, 0, 0))
	for n, want := range []string{"Sat 23 19:59", "", "Tue 26 09:30"} {
		got := ""
		for _, s := range w.sent {
			if s.Kind == engine.KindReminder && s.Out.Message.Invitation == people[n] {
				got += s.At.In(paris).Format("Mon 2 15:04")
			}
		}
		if got != want {
			t.Errorf("person %d was reminded %q, want %q", n, got, want)
		}
	}
	if r := w.appointment(late.ID).Reminders[0]; r.State != engine.ReminderSkipped || r.Reason != engine.ReasonTooLate {
		t.Errorf("booked 48 h before, the reminder is %+v", r)
	}
	if r := w.appointment(first.ID).Reminders[0]; r.State != engine.ReminderQueued || !r.At.Equal(at(24, 9, 0)) {
		t.Errorf("the planned time is not kept: %+v", r)
	}
	if r := w.appointment(plain.ID).Reminders[0]; r.State != engine.ReminderQueued {
		t.Errorf("the reminder is %+v", r)
	}
}

func TestAReminderMovesWithItsAppointmentAndGoesWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(2)
	moved, err := w.bookAt(people[0], at(27, 9, 0), engine.ByRecipient)
	w.must(moved, err)
	gone, err := w.bookAt(people[1], at(27, 9, 30), engine.ByRecipient)
	w.must(gone, err)
	w.must(w.moveTo(moved, at(29, 9, 0), engine.ByRecipient))
	w.must(w.e.Cancel(w.ctx, w.org, gone.ID, engine.ByStaff))
	w.until(at(30, 0, 0))
	for _, s := range w.sent {
		if s.Kind == engine.KindReminder && (s.Out.Message.Appointment == gone.ID || s.At.In(paris).Format("2 15:04") != "27 09:00") {
			t.Errorf("a reminder of %s at %v", s.Out.Message.Appointment, s.At.In(paris))
		}
	}
}

func TestAStoppedSystemRemindsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{72, 24}})
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(29, 16, 0), engine.ByRecipient)
	w.must(a, err)
	w.work()
	before := len(w.sent)
	w.clock.set(at(29, 9, 0)) // nothing ran meanwhile
	w.work()
	if n := len(w.sent) - before; n != 2 {
		t.Errorf("%d messages went out at once, want one reminder on each channel", n)
	}
	if r := w.appointment(a.ID).Reminders[1]; r.State != engine.ReminderSkipped {
		t.Errorf("the second reminder is %+v", r)
	}
}
