package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// change saves a calendar with what the test changes.
func (w *world) change(id engine.CalendarID, f func(*engine.Calendar)) {
	w.t.Helper()
	cal, err := w.e.Calendar(w.ctx, w.org, id)
	w.must(cal, err)
	f(cal)
	w.must(w.e.SaveCalendar(w.ctx, w.org, *cal))
}

// clashes walks all conflicts of desk-1 by pages, as "20 09:00 closed".
func (w *world) clashes(page int) (out []string, ids []engine.AppointmentID) {
	w.t.Helper()
	for cursor := ""; ; {
		some, next, err := w.e.Conflicts(w.ctx, w.org, "desk-1", cursor, page)
		w.must(nil, err)
		if len(some) > page || next != "" && len(some) != page {
			w.t.Fatalf("a page of %d has %d, and goes on: %q", page, len(some), next)
		}
		for _, c := range some {
			out = append(out, c.Start.In(paris).Format("2 15:04 ")+string(c.Why))
			ids = append(ids, c.Appointment)
		}
		if cursor = next; cursor == "" {
			return out, ids
		}
	}
}

func (w *world) wantClashes(want ...string) {
	w.t.Helper()
	for _, page := range []int{1, 2, 100} {
		if got, _ := w.clashes(page); !slices.Equal(got, want) {
			w.t.Errorf("in conflict by pages of %d\n\t%s\nwant\n\t%s", page, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
}

// resolved settles and gives "result start calendar why" by appointment.
func (w *world) resolved(how engine.Remedy, ids ...engine.AppointmentID) map[engine.AppointmentID]string {
	w.t.Helper()
	out := map[engine.AppointmentID]string{}
	err := w.e.Resolve(w.ctx, engine.ResolveRequest{Organisation: w.org, Calendar: "desk-1", How: how, Appointments: ids}, func(r engine.Resolved) error {
		out[r.Appointment] = strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Result, r.Start.In(paris).Format("2 15:04"), r.Calendar, r.Why))
		return nil
	})
	w.must(nil, err)
	return out
}

// booked books people at the starts, in order.
func (w *world) booked(starts ...time.Time) []*engine.Appointment {
	w.t.Helper()
	out := make([]*engine.Appointment, len(starts))
	for i, inv := range w.crowd(len(starts)) {
		a, err := w.bookAt(inv, starts[i], engine.ByRecipient)
		w.must(a, err)
		out[i] = a
	}
	return out
}

func closed(days ...calendars.Date) func(*engine.Calendar) {
	return func(c *engine.Calendar) {
		for _, d := range days {
			c.Closures = append(c.Closures, calendars.Closure{FirstDay: d})
		}
	}
}

func TestAChangedCalendarListsWhomItLeavesOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*engine.Calendar)
		want   []string
	}{
		"nothing changed":     {func(*engine.Calendar) {}, nil},
		"a closure":           {closed("2026-05-20"), []string{"20 09:00 closed", "20 16:30 closed"}},
		"a closure of hours":  {func(c *engine.Calendar) { c.Closures = []calendars.Closure{{FirstDay: "2026-05-20", End: "12:00"}} }, []string{"20 09:00 closed"}},
		"a closed date":       {func(c *engine.Calendar) { c.Holidays = []calendars.Date{"2026-05-22"} }, []string{"22 11:30 holiday"}},
		"a window less":       {func(c *engine.Calendar) { c.Windows = c.Windows[:1] }, []string{"20 16:30 no_window"}},
		"an exception":        {func(c *engine.Calendar) { c.Windows[0].Except = []calendars.Date{"2026-05-22"} }, []string{"22 11:30 no_window"}},
		"a shorter window":    {func(c *engine.Calendar) { c.Windows[0].Start = "09:15" }, []string{"20 09:00 no_window"}},
		"off the grid":        {func(c *engine.Calendar) { c.Windows[0].Start, c.Windows[0].FirstDay = "08:40", "2026-01-05" }, nil},
		"another service's":   {func(c *engine.Calendar) { c.Windows[1].Services = []string{"other"} }, []string{"20 16:30 no_window"}},
		"another zone":        {func(c *engine.Calendar) { c.Zone = "Europe/London" }, []string{"20 09:00 no_window"}},
		"a session instead":   {func(c *engine.Calendar) { c.Windows[1].Seats = 8 }, []string{"20 16:30 no_window"}},
		"no window any more":  {func(c *engine.Calendar) { c.Windows = nil }, []string{"20 09:00 no_window", "20 16:30 no_window", "22 11:30 no_window"}},
		"another place":       {func(c *engine.Calendar) { c.Windows[0].Location, c.Windows[1].Location = "msa", "msa" }, nil},
		"fewer a day is none": {func(c *engine.Calendar) { c.MaxPerDay = 1 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.booked(at(22, 11, 30), at(20, 9, 0), at(20, 16, 30))
			cancelled := w.bookedAlone(at(20, 10, 0))
			w.must(w.e.Cancel(w.ctx, w.org, cancelled.ID, engine.ByStaff))
			before := len(w.eventsOf())
			w.change("desk-1", c.change)
			w.wantClashes(c.want...)
			if n := len(w.eventsOf()); n != before {
				t.Errorf("%d things happened: nothing may be cancelled silently", n-before)
			}
		})
	}
}

// bookedAlone is one more person.
func (w *world) bookedAlone(start time.Time) *engine.Appointment {
	w.t.Helper()
	inv := w.invite(fmt.Sprintf("more-%d", start.Unix()))
	a, err := w.bookAt(inv, start, engine.ByRecipient)
	w.must(a, err)
	return a
}

func (w *world) eventsOf() []engine.Event {
	w.t.Helper()
	out, _, err := w.e.Events(w.ctx, w.org, "", 10000)
	w.must(nil, err)
	return out
}

func TestALaterServiceDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.booked(at(20, 11, 30))
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, DurationMin: 90, AfterMin: 60})
	w.wantClashes()
}

func TestLessRoomLeavesOutWhoBookedLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("desk-1", func(c *engine.Calendar) { c.Capacity = 4 })
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, StepMin: 15})
	nine, late := at(20, 9, 0), at(20, 9, 15)
	// Two stay at nine: the first two. Who came at a quarter past third overlaps both.
	a := w.booked(nine, nine, late, at(20, 9, 30), late)
	w.change("desk-1", func(c *engine.Calendar) { c.Capacity = 2 })
	w.wantClashes("20 09:15 taken", "20 09:15 taken")
	w.change("desk-1", func(c *engine.Calendar) { c.Capacity = 1 })
	w.wantClashes("20 09:00 taken", "20 09:15 taken", "20 09:15 taken")
	got := w.resolved(engine.CancelThem, a[0].ID) // of those at nine staff choose the first to go
	if got[a[0].ID] != "cancelled 20 09:00 desk-1" {
		t.Errorf("the one named: %v", got)
	}
	w.wantClashes("20 09:15 taken", "20 09:15 taken")
	if got := w.resolved(engine.CancelThem, a[3].ID); got[a[3].ID] != "cancelled 20 09:30 desk-1" {
		t.Errorf("shares its time with those of a quarter past: %v", got)
	}
	w.resolved(engine.CancelThem)
	w.wantClashes()
	if left := w.states(a); left != "cancelled booked cancelled cancelled cancelled" {
		t.Errorf("left: %s", left)
	}
}

// states are those of the appointments now, in short.
func (w *world) states(all []*engine.Appointment) string {
	w.t.Helper()
	var out []string
	for _, a := range all {
		now, err := w.e.Appointment(w.ctx, w.org, a.ID)
		w.must(now, err)
		s, _, _ := strings.Cut(string(now.State), "_")
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestASessionWithFewerSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("desk-1", func(c *engine.Calendar) { c.Windows[0].Seats = 3 })
	start := at(20, 9, 0)
	w.booked(start, start, start)
	w.wantClashes()
	w.change("desk-1", func(c *engine.Calendar) { c.Windows[0].Seats = 2 })
	w.wantClashes("20 09:00 full")
	w.change("desk-1", func(c *engine.Calendar) { c.Windows[0].End = "11:00" })
	w.wantClashes("20 09:00 no_window", "20 09:00 no_window", "20 09:00 no_window")
}

func TestWhatStaffForcedIsNotInConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("desk-1", closed("2026-05-21"))
	people := w.crowd(3)
	for i, start := range []time.Time{at(20, 12, 30), at(21, 9, 0), at(20, 9, 0)} {
		_, err := w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: people[i], Start: start, By: engine.ByStaff, Force: engine.ForceWindows})
		w.must(nil, err)
	}
	w.wantClashes()
	w.change("desk-1", closed("2026-05-20"))
	w.wantClashes("20 09:00 closed", "20 12:30 closed")
}

func TestFortyPeopleOfAClosedWeekAreCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var starts []time.Time
	for day := 25; day < 30; day++ {
		for _, hour := range []int{9, 10, 11, 14} {
			starts = append(starts, at(day, hour, 0), at(day, hour, 30))
		}
	}
	starts = starts[8:] // the 25th is a holiday
	all := w.booked(starts...)
	w.work()
	_, err := w.e.AddClosure(w.ctx, w.org, "desk-1", calendars.Closure{FirstDay: "2026-05-26", EndDay: "2026-05-29"})
	w.must(nil, err)
	if got, _ := w.clashes(7); len(got) != len(all) {
		t.Fatalf("%d of %d are in conflict", len(got), len(all))
	}
	got := w.resolved(engine.CancelThem)
	for i, a := range all {
		if want := "cancelled " + starts[i].Format("2 15:04") + " desk-1"; got[a.ID] != want {
			t.Errorf("%s: %q, want %q", a.ID, got[a.ID], want)
		}
	}
	if again := w.resolved(engine.CancelThem); len(again) != 0 {
		t.Errorf("again: %v", again)
	}
	if again := w.resolved(engine.CancelThem, all[0].ID); again[all[0].ID] != "settled "+starts[0].Format("2 15:04")+" desk-1" {
		t.Errorf("one again: %v", again)
	}
	w.work()
	for i := range all {
		who := fmt.Sprintf("crowd-%d", i)
		if got := w.got(who); !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "cancelled_by_organisation/email") }) {
			t.Errorf("%s was told %v", who, got)
		}
	}
	if held := w.timeTaken("desk-1"); len(held) != 0 {
		t.Errorf("time is still held: %v", held)
	}
}

// timeTaken are the starts of what holds time of a calendar.
func (w *world) timeTaken(id engine.CalendarID) []string {
	w.t.Helper()
	all, _, err := w.e.AppointmentsBetween(w.ctx, w.org, engine.Between{Calendar: id}, "", 1000)
	w.must(nil, err)
	var out []string
	for _, a := range all {
		out = append(out, a.Start.In(paris).Format("2 15:04"))
	}
	return out
}

func TestMovingGoesToTheNearestFreeSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	a := w.booked(at(20, 9, 0), at(20, 9, 30), at(20, 16, 30))
	taken := w.bookedAlone(at(21, 9, 0))
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1", "desk-2"}})
	other := w.bookedAlone(at(20, 9, 0)) // desk-1 has this time, so desk-2 takes it
	w.change("desk-1", closed("2026-05-20"))
	got := w.resolved(engine.MoveThem)
	for i, want := range []string{
		"moved 20 09:30 desk-2", // nearest to nine; and half past nine, the time of the next, goes first
		"moved 20 10:00 desk-2",
		"moved 20 16:30 desk-2", // the same time with somebody else
	} {
		if got[a[i].ID] != want {
			t.Errorf("%d: %q, want %q", i, got[a[i].ID], want)
		}
	}
	if got := w.states([]*engine.Appointment{a[0], taken, other}); got != "booked booked booked" {
		t.Errorf("states %s", got)
	}
	moved, err := w.e.Appointment(w.ctx, w.org, a[0].ID)
	w.must(moved, err)
	if moved.Sequence != 1 || moved.Moves != 0 {
		t.Errorf("moved by staff: sequence %d, moves %d", moved.Sequence, moved.Moves)
	}
	w.wantClashes()
	w.work()
	if got := w.got("crowd-2"); !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "moved/email") }) {
		t.Errorf("was told %v", got)
	}
}

func TestMovingIsForTomorrowAndTheNotice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		notice int
		want   string
	}{"a notice of two days": {48, "moved 20 09:00 desk-1"}, "none": {0, "moved 19 09:00 desk-1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, NoticeHours: hours(0)})
			a := w.booked(at(18, 15, 0))
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, NoticeHours: hours(c.notice)})
			w.change("desk-1", closed("2026-05-18"))
			if got := w.resolved(engine.MoveThem)[a[0].ID]; got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhoCannotBeMovedIsLeftAndListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.booked(at(20, 9, 0), at(20, 9, 30))
	w.change("desk-1", func(c *engine.Calendar) {
		c.Windows = []calendars.Window{{FirstDay: "2026-05-28", Start: "09:00", End: "09:30"}}
	})
	got := w.resolved(engine.MoveThem)
	if got[a[0].ID] != "moved 28 09:00 desk-1" || got[a[1].ID] != "left 20 09:30 desk-1 no_free_slot" {
		t.Errorf("%v", got)
	}
	w.wantClashes("20 09:30 no_window")
	w.change("desk-1", func(c *engine.Calendar) { c.Windows[0].End = "10:00" })
	if got := w.resolved(engine.MoveThem); len(got) != 1 || got[a[1].ID] != "moved 28 09:30 desk-1" {
		t.Errorf("with more time: %v", got)
	}
}

func TestResolvingIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.booked(at(20, 9, 0))
	none := func(engine.Resolved) error { return nil }
	ask := engine.ResolveRequest{Organisation: w.org, Calendar: "desk-1", How: "erase"}
	wantCode(t, w.e.Resolve(w.ctx, ask, none), engine.CodeInvalid)
	ask.How, ask.Calendar = engine.CancelThem, "desk-9"
	wantCode(t, w.e.Resolve(w.ctx, ask, none), engine.CodeNotFound)
	if got := w.resolved(engine.CancelThem, a[0].ID, "apt_none"); got[a[0].ID] != "settled 20 09:00 desk-1" || !strings.HasPrefix(got["apt_none"], "left") {
		t.Errorf("an appointment in no conflict, and none: %v", got)
	}
	for _, cursor := range []string{"x", "1.2", "1.2.inv_1", "a.b.apt_1"} {
		_, _, err := w.e.Conflicts(w.ctx, w.org, "desk-1", cursor, 10)
		wantCode(t, err, engine.CodeInvalid)
	}
	_, _, err := w.e.Conflicts(w.ctx, w.org, "desk-9", "", 10)
	wantCode(t, err, engine.CodeNotFound)
}

func TestAClosureIsAddedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	week := calendars.Closure{FirstDay: "2026-05-26", EndDay: "2026-05-29"}
	for range 2 {
		c, err := w.e.AddClosure(w.ctx, w.org, "desk-1", week)
		w.must(nil, err)
		if len(c.Closures) != 1 || len(c.Windows) != 2 {
			t.Errorf("%+v", c)
		}
	}
	_, err := w.e.AddClosure(w.ctx, w.org, "desk-1", calendars.Closure{FirstDay: "2026-05-29", EndDay: "2026-05-26"})
	wantPointers(t, "backwards", err, "/end_day")
	_, err = w.e.AddClosure(w.ctx, w.org, "desk-9", week)
	wantCode(t, err, engine.CodeNotFound)
}

// Whatever is booked while a closure is saved is either listed afterwards or not on the closed day.
func TestNothingSlipsPastAClosure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(24)
	w.work()
	slots := w.slots()
	day := slices.IndexFunc(slots, func(s engine.Slot) bool { return s.Start.Equal(at(20, 9, 0)) })
	answers := rush(len(people)+1, func(i int) error {
		if i == len(people) {
			_, err := w.e.AddClosure(w.ctx, w.org, "desk-1", calendars.Closure{FirstDay: "2026-05-20"})
			return err
		}
		_, err := w.bookAt(people[i], slots[day+i/2].Start, engine.ByRecipient)
		return err
	})
	w.must(nil, answers[len(people)])
	onDay := 0
	for _, a := range all[engine.Appointment](w, "apt_") {
		if a.Start.In(paris).Day() == 20 {
			onDay++
		}
	}
	got, _ := w.clashes(5)
	if len(got) != onDay {
		t.Errorf("%d are booked on the closed day, %d are listed", onDay, len(got))
	}
	w.resolved(engine.MoveThem)
	w.wantClashes()
}

// Staff settle twice at once, and people move and cancel meanwhile: everybody is settled once.
func TestSettlingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	starts := []time.Time{at(20, 9, 0), at(20, 9, 30), at(20, 10, 0), at(20, 10, 30), at(20, 11, 0), at(20, 11, 30)}
	a := w.booked(starts...)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1", "desk-2"}})
	w.change("desk-1", closed("2026-05-20"))
	for _, err := range rush(4, func(i int) error {
		if i == 3 {
			_, err := w.e.Cancel(w.ctx, w.org, a[5].ID, engine.ByRecipient)
			return err
		}
		return w.e.Resolve(w.ctx, engine.ResolveRequest{Organisation: w.org, Calendar: "desk-1", How: engine.MoveThem}, func(engine.Resolved) error { return nil })
	}) {
		w.must(nil, err)
	}
	moved := map[engine.AppointmentID]int{}
	for _, ev := range w.eventsOf() {
		if ev.Type == engine.EventAppointmentMoved {
			moved[ev.Appointment]++
		}
	}
	for i, one := range a[:5] {
		if moved[one.ID] != 1 {
			t.Errorf("%d was moved %d times", i, moved[one.ID])
		}
	}
	w.wantClashes()
}

func TestAppointmentsOfACalendarAndSomeDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	a := w.booked(at(20, 9, 0), at(21, 9, 0), at(22, 9, 0), at(26, 9, 0))
	w.must(w.e.Cancel(w.ctx, w.org, a[1].ID, engine.ByStaff))
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-2"}})
	w.bookedAlone(at(21, 10, 0))
	for name, c := range map[string]struct {
		b    engine.Between
		want string
	}{
		"all":              {engine.Between{}, "20 21 21 22 26"},
		"some days":        {engine.Between{From: at(21, 0, 0), To: at(22, 9, 0)}, "21 21 22"},
		"from the second":  {engine.Between{From: at(20, 9, 0).Add(time.Nanosecond)}, "21 21 22 26"},
		"a calendar":       {engine.Between{Calendar: "desk-1"}, "20 22 26"},
		"a calendar, days": {engine.Between{Calendar: "desk-1", From: at(21, 0, 0), To: at(23, 0, 0)}, "22"},
		"none":             {engine.Between{Calendar: "desk-1", From: at(27, 0, 0), To: at(28, 0, 0)}, ""},
	} {
		for _, page := range []int{1, 3, 100} {
			var days []string
			for cursor := ""; ; {
				some, next, err := w.e.AppointmentsBetween(w.ctx, w.org, c.b, cursor, page)
				w.must(nil, err)
				for _, a := range some {
					days = append(days, a.Start.In(paris).Format("2"))
				}
				if cursor = next; cursor == "" {
					break
				}
			}
			if got := strings.Join(days, " "); got != c.want {
				t.Errorf("%s by pages of %d: %q, want %q", name, page, got, c.want)
			}
		}
	}
	_, _, err := w.e.AppointmentsBetween(w.ctx, w.org, engine.Between{Calendar: "desk-9"}, "", 10)
	wantCode(t, err, engine.CodeNotFound)
}
