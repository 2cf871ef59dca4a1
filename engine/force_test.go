package engine_test

import (
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

func TestForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(calendars.Calendar{ID: "agent", Closures: []calendars.Closure{{FirstDay: "2026-05-21", EndDay: "2026-05-21"}}})
	w.service(engine.Service{Calendars: []engine.CalendarID{"agent"}})
	people := w.crowd(12)
	w.must(w.bookAt(people[11], at(20, 9, 0), engine.ByRecipient))
	book := func(n int, start time.Time, by engine.Actor, f engine.Force) (*engine.Appointment, error) {
		return w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: people[n], Start: start, By: by, Force: f})
	}
	for n, c := range []struct {
		name  string
		start time.Time
		by    engine.Actor
		force engine.Force
		want  engine.Code
	}{
		{"a recipient", at(20, 13, 0), engine.ByRecipient, engine.ForceWindows, engine.CodeInvalid},
		{"an unknown force", at(20, 13, 0), engine.ByStaff, "brute", engine.CodeInvalid},
		{"lunch", at(20, 13, 0), engine.ByStaff, engine.ForceWindows, ""},
		{"a closure", at(21, 9, 0), engine.ByStaff, engine.ForceWindows, ""},
		{"a holiday", at(25, 9, 0), engine.ByStaff, engine.ForceWindows, ""},
		{"beyond the horizon", at(18+60, 9, 0), engine.ByStaff, engine.ForceWindows, ""},
		{"the past", at(18, 8, 0), engine.ByStaff, engine.ForceOverlap, engine.CodeNotBookable},
		{"over another, told once", at(20, 9, 0), engine.ByStaff, engine.ForceWindows, engine.CodeTaken},
		{"over a forced one, told once", at(20, 13, 15), engine.ByStaff, engine.ForceWindows, engine.CodeTaken},
		{"over another, told twice", at(20, 9, 0), engine.ByStaff, engine.ForceOverlap, ""},
		{"over a forced one, told twice", at(20, 13, 15), engine.ByStaff, engine.ForceOverlap, ""},
	} {
		a, err := book(n, c.start, c.by, c.force)
		if got := engine.CodeOf(err); got != c.want {
			t.Errorf("%s: answered %v, want %q", c.name, err, c.want)
		}
		if c.want == "" && err == nil && (a.Forced == "" || !a.End.Equal(c.start.Add(30*time.Minute))) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
	if clashes, _, err := w.e.Conflicts(w.ctx, w.org, "agent", "", 10); err != nil || len(clashes) != 0 {
		t.Errorf("what staff forced is in conflict: %v, %v", clashes, err)
	}
}

func TestForcedMovesAndConvocations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(2)
	a, err := w.bookAt(people[0], at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.must(w.bookAt(people[1], at(20, 10, 0), engine.ByRecipient))
	move := engine.MoveRequest{Organisation: w.org, Appointment: a.ID, Start: at(23, 9, 0), By: engine.ByRecipient, Force: engine.ForceWindows}
	_, err = w.e.Reschedule(w.ctx, move)
	wantCode(t, err, engine.CodeInvalid)
	move.By = engine.ByStaff
	got, err := w.e.Reschedule(w.ctx, move)
	w.must(got, err)
	if got.Forced == "" || !got.Start.Equal(at(23, 9, 0)) {
		t.Errorf("moved to %v, forced %v", got.Start, got.Forced)
	}
	back, err := w.moveTo(a, at(20, 9, 0), engine.ByStaff)
	w.must(back, err)
	if back.Forced != "" {
		t.Error("back in a window it is still forced")
	}
	c := engine.ConveneRequest{Organisation: w.org, Service: w.svc, Person: engine.Person{ExternalID: "x", Phone: phoneOf("x")}, Start: at(20, 10, 0), Force: engine.ForceWindows}
	_, err = w.e.Convene(w.ctx, c)
	wantCode(t, err, engine.CodeTaken)
	c.Force = engine.ForceOverlap
	w.must(w.e.Convene(w.ctx, c))
}
