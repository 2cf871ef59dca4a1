package engine_test

import (
	"slices"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// sessions opens a room with a session of so many seats on weekday afternoons.
func (w *world) sessions(id engine.CalendarID, seats int) {
	w.t.Helper()
	w.opens(calendars.Calendar{ID: id, Windows: []calendars.Window{
		{FirstDay: "2026-01-05", Start: "14:00", End: "16:30", RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", Seats: seats},
	}})
	w.service(engine.Service{Calendars: []engine.CalendarID{id}, BeforeMin: 5, AfterMin: 5, StepMin: 40})
}

// sessionAt is the slot that begins then; false when none is shown.
func (w *world) sessionAt(start time.Time) (engine.Slot, bool) {
	w.t.Helper()
	all := w.slots()
	i := slices.IndexFunc(all, func(s engine.Slot) bool { return s.Start.Equal(start) })
	if i < 0 {
		return engine.Slot{}, false
	}
	return all[i], true
}

func TestASessionOfTwelveNeverHasThirteen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sessions("room", 12)
	people, start := w.crowd(60), at(20, 14, 0)
	booked := make([]*engine.Appointment, len(people))
	free := 0
	for _, err := range rush(len(people), func(i int) (err error) {
		booked[i], err = w.bookAt(people[i], start, engine.ByRecipient)
		return err
	}) {
		if err != nil {
			free++
			wantCode(t, err, engine.CodeTaken)
		}
	}
	if free != 48 {
		t.Fatalf("%d of 60 were refused", free)
	}
	in := booked[slices.IndexFunc(booked, func(a *engine.Appointment) bool { return a != nil })]
	if !in.End.Equal(at(20, 16, 30)) || in.Held[0].Seats != 12 || !in.Held[0].End.Equal(in.End) {
		t.Errorf("the appointment ends %v and holds %+v", in.End, in.Held)
	}
	if _, ok := w.sessionAt(start); ok {
		t.Error("a full session is shown")
	}
	// Who leaves makes room for one; who moves to another day too.
	w.must(w.e.Cancel(w.ctx, w.org, in.ID, engine.ByRecipient))
	if s, ok := w.sessionAt(start); !ok || s.Seats != 12 || s.Left != 1 || !s.End.Equal(in.End) {
		t.Errorf("after one left it is shown as %+v", s)
	}
	won := 0
	var out []engine.InvitationID
	for i, a := range booked {
		if a == nil {
			out = append(out, people[i])
		}
	}
	for _, err := range rush(10, func(i int) error { _, err := w.bookAt(out[i], start, engine.ByRecipient); return err }) {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d joined on one seat", won)
	}
	if _, err := w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: out[20], Start: start, By: engine.ByStaff, Force: engine.ForceOverlap}); engine.CodeOf(err) != engine.CodeTaken {
		t.Errorf("staff forced a thirteenth: %v", err)
	}
}

func TestLimitsOfADayAndAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(calendars.Calendar{ID: "agent", MaxPerDay: 2, MaxPerWeek: 3})
	w.calendar("other")
	w.service(engine.Service{Calendars: []engine.CalendarID{"agent"}})
	people := w.crowd(8)
	first, err := w.bookAt(people[0], at(20, 9, 0), engine.ByRecipient)
	w.must(first, err)
	w.must(w.bookAt(people[1], at(20, 9, 30), engine.ByRecipient))
	if len(first.Held) != 3 {
		t.Errorf("it holds %+v", first.Held)
	}
	_, err = w.bookAt(people[2], at(20, 10, 0), engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	w.must(w.moveTo(first, at(20, 11, 0), engine.ByRecipient)) // within a full day
	won := 0
	for _, err := range rush(4, func(i int) error {
		_, err := w.bookAt(people[2+i], at(21, 9+i/2, i%2*30), engine.ByRecipient)
		return err
	}) {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d had the last place of the week", won)
	}
	w.must(w.e.Cancel(w.ctx, w.org, first.ID, engine.ByRecipient))
	w.must(w.bookAt(people[6], at(22, 9, 0), engine.ByRecipient))
	// The calendar whose day is full is not the pool's.
	w.service(engine.Service{Calendars: []engine.CalendarID{"agent", "other"}})
	a, err := w.bookAt(people[7], at(22, 9, 30), engine.ByRecipient)
	if err != nil || a.Calendar != "other" {
		t.Errorf("with another calendar in the pool: %v, %v", a, err)
	}
}

// TestALimitCountsWhatWasBookedBefore: those appointments claimed nothing of a limit that was not there.
func TestALimitCountsWhatWasBookedBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(calendars.Calendar{ID: "agent"})
	w.service(engine.Service{Calendars: []engine.CalendarID{"agent"}})
	people := w.crowd(3)
	w.must(w.bookAt(people[0], at(20, 9, 0), engine.ByRecipient))
	w.opens(calendars.Calendar{ID: "agent", MaxPerDay: 1})
	_, err := w.bookAt(people[1], at(20, 9, 30), engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	w.must(w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: people[2], Start: at(20, 9, 30), By: engine.ByStaff, Force: engine.ForceOverlap}))
}

func TestOldAppointmentsHoldOneClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(2)
	a, err := w.bookAt(people[0], at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	old := `{"id":"` + string(a.ID) + `","organisation":"org_test","service":"rsa","invitation":"` + string(a.Invitation) + `","recipient":"` + string(a.Recipient) +
		`","calendar":"desk-1","start":"2026-05-20T07:00:00Z","end":"2026-05-20T07:30:00Z","state":"booked","sequence":0,` +
		`"held":{"Calendar":"org_test/desk-1","Holder":"` + string(a.ID) + `","Start":"2026-05-20T07:00:00Z","End":"2026-05-20T07:30:00Z","Capacity":1},"created_at":"2026-05-18T07:00:00Z"}`
	res, err := w.store.Commit(w.ctx, w.org.Partition(), []engine.Change{{Puts: []engine.Put{{ID: string(a.ID), Expect: w.appointment(a.ID).Version, Body: []byte(old)}}}})
	w.must(nil, err)
	if res[0] != engine.Done {
		t.Fatalf("the old record was not put there: %v", res)
	}
	got := w.appointment(a.ID)
	if len(got.Held) != 1 || got.Held[0].Holder != string(a.ID) || !got.Held[0].End.Equal(at(20, 9, 30)) {
		t.Fatalf("an old record holds %+v", got.Held)
	}
	w.must(w.moveTo(a, at(20, 10, 0), engine.ByRecipient))
	w.must(w.bookAt(people[1], at(20, 9, 0), engine.ByRecipient))
}
