package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// rush lets everybody try at once.
func rush(n int, try func(i int) error) []error {
	out := make([]error, n)
	var wait sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wait.Go(func() {
			<-start
			out[i] = try(i)
		})
	}
	close(start)
	wait.Wait()
	return out
}

func TestTwoHundredPeopleOneSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(200)
	wanted := w.slots()[30].Start
	winners := 0
	answers := rush(len(people), func(i int) error {
		_, err := w.bookAt(people[i], wanted, engine.ByRecipient)
		return err
	})
	free := w.slots()
	for _, err := range answers {
		if err == nil {
			winners++
			continue
		}
		wantCode(t, err, engine.CodeTaken)
		wantNearest(t, err, wanted, free)
	}
	if winners != 1 {
		t.Errorf("%d people got the slot", winners)
	}
	if n := len(all[engine.Appointment](w, "apt_")); n != 1 {
		t.Errorf("%d appointments are stored", n)
	}
}

// wantNearest: three slots, all free, none the one taken, no other free one closer.
func wantNearest(t *testing.T, err error, wanted time.Time, free []engine.Slot) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || len(e.Nearest) != 3 {
		t.Fatalf("not three slots in %v", err)
	}
	far := func(s engine.Slot) time.Duration { return s.Start.Sub(wanted).Abs() }
	farthest := time.Duration(0)
	for _, s := range e.Nearest {
		if s.Start.Equal(wanted) || !slices.ContainsFunc(free, func(f engine.Slot) bool { return f.Start.Equal(s.Start) }) {
			t.Fatalf("%v is offered and is not free", s.Start)
		}
		farthest = max(farthest, far(s))
	}
	closer := slices.DeleteFunc(slices.Clone(free), func(s engine.Slot) bool { return far(s) >= farthest })
	if len(closer) > 2 {
		t.Fatalf("offered %v, but %v are closer", e.Nearest, closer)
	}
}

func TestAPoolGivesEveryCalendarItHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := []engine.CalendarID{"desk-1", "desk-2", "desk-3", "desk-4", "desk-5"}
	for _, id := range pool {
		w.calendar(id)
	}
	w.service(engine.Service{Calendars: pool})
	people := w.crowd(40)
	wanted := w.slots()[5].Start
	won := 0
	for _, err := range rush(len(people), func(i int) error { _, err := w.bookAt(people[i], wanted, engine.ByRecipient); return err }) {
		if err == nil {
			won++
		} else {
			wantCode(t, err, engine.CodeTaken)
		}
	}
	if won != len(pool) {
		t.Errorf("%d people got one of %d calendars", won, len(pool))
	}
}

func TestWhichCalendarOfThePool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.calendar("desk-3")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1", "desk-2", "desk-3"}})
	people := w.crowd(6)
	for n, step := range []struct {
		why   string
		start time.Time
		want  engine.CalendarID
	}{
		{"all alike: the first", at(27, 9, 0), "desk-1"},
		{"less loaded that week", at(28, 9, 0), "desk-2"},
		{"least loaded that week", at(27, 9, 0), "desk-3"},
		{"another week: least recently used", at(19, 9, 30), "desk-1"},
		{"less loaded, then least recently used", at(20, 9, 30), "desk-2"},
		{"a free week: the one not used for longest", at(18+14, 9, 30), "desk-3"},
	} {
		w.clock.set(w.clock.Now().Add(time.Second))
		a, err := w.bookAt(people[n], step.start, engine.ByRecipient)
		w.must(a, err)
		if a.Calendar != step.want {
			t.Errorf("%s: got %s, want %s", step.why, a.Calendar, step.want)
		}
	}
}

func TestTheReferentComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1", "desk-2"}})
	var got []engine.CalendarID
	for _, name := range []string{"awa", "bo", "chloe"} {
		res := w.tryInvite(engine.Person{ExternalID: name, Phone: phoneOf(name), Referent: "desk-2"})
		start := at(27, 9, 0)
		if name == "bo" {
			start = at(27, 9, 30)
		}
		a, err := w.bookAt(res.Invitation, start, engine.ByRecipient)
		w.must(a, err)
		got = append(got, a.Calendar)
	}
	// chloe wants the hour that her referent gave to awa: somebody else of the pool takes it
	if want := []engine.CalendarID{"desk-2", "desk-2", "desk-1"}; !slices.Equal(got, want) {
		t.Errorf("booked with %v, want %v", got, want)
	}
}

func TestSeatsOfAGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(calendars.Calendar{ID: "room", Capacity: 2})
	w.service(engine.Service{Calendars: []engine.CalendarID{"room"}})
	people, start := w.crowd(4), at(20, 9, 0)
	first, err := w.bookAt(people[0], start, engine.ByRecipient)
	w.must(first, err)
	w.must(w.bookAt(people[1], start, engine.ByRecipient))
	_, err = w.bookAt(people[2], start, engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	w.must(w.e.Cancel(w.ctx, w.org, first.ID, engine.ByRecipient))
	w.must(w.bookAt(people[2], start, engine.ByRecipient))
	_, err = w.bookAt(people[3], start, engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
}

func TestADoubleSubmitGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	start := w.slots()[3].Start
	ids := make([]engine.AppointmentID, 12)
	for _, err := range rush(len(ids), func(i int) error {
		a, err := w.bookAt(inv, start, engine.ByRecipient)
		if err == nil {
			ids[i] = a.ID
		}
		return err
	}) {
		w.must(nil, err)
	}
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("one person got the appointments %v", ids)
	}
	if n := w.events(engine.EventAppointmentBooked); n != 1 {
		t.Errorf("%d bookings are recorded", n)
	}
	_, err := w.bookAt(inv, w.slots()[8].Start, engine.ByRecipient)
	wantCode(t, err, engine.CodePending)
}

func TestCutOffs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before time.Duration
		by     engine.Actor
		want   engine.Code
	}{
		{"four hours before", 4 * time.Hour, engine.ByRecipient, ""},
		{"a second later", 4*time.Hour - time.Second, engine.ByRecipient, engine.CodeTooLate},
		{"staff are exempt", time.Minute, engine.ByStaff, ""},
		{"staff, during it", -time.Minute, engine.ByStaff, ""},
		{"staff, after it", -time.Hour, engine.ByStaff, engine.CodeWrongState},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, NoticeHours: hours(0)})
			apt, err := w.bookAt(w.invite("awa"), at(20, 14, 0), engine.ByRecipient)
			w.must(apt, err)
			w.clock.set(apt.Start.Add(-c.before))
			_, err = w.moveTo(apt, at(21, 9, 0), c.by)
			wantCode(t, err, c.want)
		})
		t.Run("cancel "+c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			apt, err := w.bookAt(w.invite("awa"), at(20, 14, 0), engine.ByRecipient)
			w.must(apt, err)
			w.clock.set(apt.Start.Add(-c.before))
			_, err = w.e.Cancel(w.ctx, w.org, apt.ID, c.by)
			wantCode(t, err, c.want)
		})
	}
}

func TestMovesAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	apt, err := w.bookAt(w.invite("awa"), at(26, 9, 0), engine.ByRecipient)
	w.must(apt, err)
	w.must(w.moveTo(apt, at(26, 9, 30), engine.ByStaff)) // does not count
	for n := range 3 {
		w.must(w.moveTo(apt, at(27, 9+n, 0), engine.ByRecipient))
	}
	_, err = w.moveTo(apt, at(28, 9, 0), engine.ByRecipient)
	wantCode(t, err, engine.CodeTooManyMoves)
	w.must(w.moveTo(apt, at(28, 9, 0), engine.ByStaff))
	got := w.appointment(apt.ID)
	if got.Moves != 3 || got.Sequence != 5 || !got.Start.Equal(at(28, 9, 0)) {
		t.Errorf("after five moves: %d counted, sequence %d, start %v", got.Moves, got.Sequence, got.Start)
	}
	v, err := w.e.Open(w.ctx, w.linkOf("awa"))
	w.must(v, err)
	if v.CanMove || !v.CanCancel || v.MovesLeft != 0 {
		t.Errorf("the page offers move %v, cancel %v, %d moves", v.CanMove, v.CanCancel, v.MovesLeft)
	}
}

// linkOf lets the messages go and reads the link.
func (w *world) linkOf(name string) string { w.t.Helper(); w.work(); return w.token(name) }

func TestAMoveFreesTheOldSlotAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(3)
	apt, err := w.bookAt(people[0], at(20, 9, 0), engine.ByRecipient)
	w.must(apt, err)
	w.must(w.bookAt(people[1], at(20, 9, 30), engine.ByRecipient))
	_, err = w.moveTo(apt, at(20, 9, 30), engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	if got := w.appointment(apt.ID); !got.Start.Equal(at(20, 9, 0)) || got.Sequence != 0 {
		t.Errorf("a refused move changed the appointment: %v, sequence %d", got.Start, got.Sequence)
	}
	_, err = w.bookAt(people[2], at(20, 9, 0), engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken) // still held
	w.must(w.moveTo(apt, at(20, 10, 0), engine.ByRecipient))
	w.must(w.bookAt(people[2], at(20, 9, 0), engine.ByRecipient))
}

func TestAMoveMayOverlapItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, DurationMin: 60, StepMin: 30})
	apt, err := w.bookAt(w.invite("awa"), at(20, 9, 0), engine.ByRecipient)
	w.must(apt, err)
	w.must(w.moveTo(apt, at(20, 9, 30), engine.ByRecipient))
}

func TestNotBookable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(calendars.Calendar{ID: "agent", Closures: []calendars.Closure{{FirstDay: "2026-05-21", EndDay: "2026-05-21"}}})
	w.service(engine.Service{Calendars: []engine.CalendarID{"agent"}})
	inv := w.invite("awa")
	for _, c := range []struct {
		name  string
		start time.Time
		want  string
		by    engine.Actor
	}{
		{"closed", at(21, 9, 0), "closed", engine.ByRecipient},
		{"holiday", at(25, 9, 0), "holiday", engine.ByRecipient},
		{"notice", at(18, 10, 0), "notice", engine.ByRecipient},
		{"past", at(18, 8, 30), "past", engine.ByStaff},
		{"horizon", at(18+47, 9, 0), "horizon", engine.ByRecipient},
		{"lunch", at(20, 12, 30), "no_window", engine.ByRecipient},
		{"over the end", at(20, 11, 45), "no_window", engine.ByRecipient},
		{"Saturday", at(23, 9, 0), "no_window", engine.ByRecipient},
	} {
		_, err := w.bookAt(inv, c.start, c.by)
		var e *engine.Error
		if !errors.As(err, &e) || e.Code != engine.CodeNotBookable || len(e.Fields) != 1 || e.Fields[0].Code != c.want || strings.Contains(e.Message, "_") || !strings.HasPrefix(e.Message, "this moment cannot be booked: th") {
			t.Errorf("%s: answered %v, want %s", c.name, err, c.want)
		}
	}
	w.must(w.bookAt(inv, at(18, 10, 0), engine.ByStaff)) // the notice does not bind staff
}

func TestAShownSlotCanStillBeBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(2)
	shown := w.slots()[0].Start
	if !shown.Equal(monday.Add(day)) {
		t.Fatalf("the first slot shown is %v", shown)
	}
	w.clock.set(monday.Add(31 * time.Minute))
	_, err := w.bookAt(people[0], shown, engine.ByRecipient)
	wantCode(t, err, engine.CodeNotBookable)
	w.clock.set(monday.Add(29 * time.Minute))
	w.must(w.bookAt(people[0], shown, engine.ByRecipient))
}

func TestBuffersAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, BeforeMin: 10, AfterMin: 20, StepMin: 30})
	people := w.crowd(2)
	a, err := w.bookAt(people[0], at(20, 10, 10), engine.ByRecipient)
	w.must(a, err)
	if a.Held[0].End.Sub(a.Held[0].Start) != time.Hour || a.End.Sub(a.Start) != 30*time.Minute {
		t.Errorf("half an hour with buffers holds %v, lasts %v", a.Held[0].End.Sub(a.Held[0].Start), a.End.Sub(a.Start))
	}
	_, err = w.bookAt(people[1], at(20, 10, 40), engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
}

// commits counts what is written.
type commits struct {
	engine.Store
	n int
}

func (c *commits) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	c.n++
	return c.Store.Commit(ctx, p, changes)
}

// Who is too late for a slot of a large pool is told so at once: calendars that are full are not tried one by one.
func TestAFullPoolIsNotTriedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := make([]engine.CalendarID, 12)
	for i := range pool {
		pool[i] = engine.CalendarID(fmt.Sprint("desk-", i))
		w.opens(calendars.Calendar{ID: pool[i]})
	}
	w.service(engine.Service{Calendars: pool})
	people := w.crowd(len(pool) + 1)
	start := at(20, 10, 0)
	counted := &commits{Store: w.e.Store}
	w.e.Store = counted
	for _, id := range people[:len(pool)] {
		a, err := w.bookAt(id, start, engine.ByRecipient)
		w.must(a, err)
	}
	if counted.n != len(pool) {
		t.Errorf("%d people took %d commits", len(pool), counted.n)
	}
	counted.n = 0
	_, err := w.bookAt(people[len(pool)], start, engine.ByRecipient)
	var e *engine.Error
	if engine.CodeOf(err) != engine.CodeTaken || !errors.As(err, &e) || len(e.Nearest) != 3 {
		t.Fatalf("too late: %v", err)
	}
	if counted.n != 0 {
		t.Errorf("one who was too late took %d commits", counted.n)
	}
}
