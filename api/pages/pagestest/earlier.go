package pagestest

import (
	"context"
	"time"

	"relance/engine"
)

// Free offers somebody a slot that was freed, until somebody takes it.
func (e *Engine) Free(token string, start time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.slot(start.UTC())
	e.links[token].offered = &s
}

func (e *Engine) earlier(l *link) engine.EarlierVisit {
	v := engine.EarlierVisit{Asks: l.wants, CanAsk: l.appointment.Start.Sub(e.Now()) > 7*24*time.Hour}
	switch o := l.offered; {
	case o == nil || o.Start.Equal(l.appointment.Start):
	case e.taken[o.Start.Unix()] == "":
		v.Offered = o
	default:
		v.Gone = o
	}
	return v
}

// WantEarlier implements pages.Waiting.
func (e *Engine) WantEarlier(_ context.Context, _ engine.OrganisationID, id engine.AppointmentID, want bool, _ engine.Actor) (*engine.Appointment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("earlier"); err != nil {
		return nil, err
	}
	l := e.find(func(l *link) bool { return l.appointment != nil && l.appointment.ID == id })
	if l == nil || want && !e.earlier(l).CanAsk {
		return nil, refuse(engine.CodeWrongState)
	}
	if l.wants != want {
		l.wants = want
		e.changes++
	}
	return l.appointment, nil
}

// TakeEarlier implements pages.Waiting.
func (e *Engine) TakeEarlier(_ context.Context, r engine.EarlierRequest) (*engine.Appointment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("earlier"); err != nil {
		return nil, err
	}
	l := e.find(func(l *link) bool { return l.appointment != nil && l.appointment.ID == r.Appointment })
	switch {
	case l == nil || l.offered == nil || !l.offered.Start.Equal(r.Start):
		return nil, refuse(engine.CodeWrongState)
	case l.appointment.Start.Equal(r.Start):
		return l.appointment, nil
	}
	if err := e.claim(l, r.Start); err != nil {
		return nil, err
	}
	a := l.appointment
	delete(e.taken, a.Start.Unix())
	a.Start, a.End = r.Start, r.Start.Add(e.duration())
	a.Sequence++
	l.wants = false
	return a, nil
}
