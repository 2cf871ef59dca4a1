package pagestest

import (
	"context"
	"fmt"
	"time"

	"relance/engine"
)

// claim takes a start for a link, or tells who is near.
func (e *Engine) claim(l *link, start time.Time) error {
	if by := e.taken[start.Unix()]; by != "" && by != l.token {
		near := e.free(start.In(e.Zone), nil)
		return &engine.Error{Code: engine.CodeTaken, Op: "pagestest", Nearest: near[:min(3, len(near))]}
	}
	if !start.After(e.Now()) {
		return refuse(engine.CodeNotBookable)
	}
	e.taken[start.Unix()] = l.token
	e.changes++
	return nil
}

// Book implements pages.Bookings.
func (e *Engine) Book(_ context.Context, r engine.BookRequest) (*engine.Appointment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("book"); err != nil {
		return nil, err
	}
	l := e.find(func(l *link) bool { return l.invitation.ID == r.Invitation })
	switch {
	case l == nil:
		return nil, refuse(engine.CodeNotFound)
	case l.appointment != nil && l.appointment.Start.Equal(r.Start):
		return l.appointment, nil
	case l.appointment != nil:
		return nil, refuse(engine.CodePending)
	}
	if err := e.claim(l, r.Start); err != nil {
		return nil, err
	}
	e.minted++
	l.appointment = &engine.Appointment{
		ID: engine.AppointmentID(fmt.Sprintf("apt_%d", e.minted)), State: engine.Booked,
		Start: r.Start, End: r.Start.Add(e.duration()), CreatedAt: e.Now(),
	}
	if r.Location != nil {
		l.appointment.Location = *r.Location
	}
	l.invitation.State, l.invitation.Appointment = engine.InvitationBooked, l.appointment.ID
	return l.appointment, nil
}

// Reschedule implements pages.Bookings.
func (e *Engine) Reschedule(_ context.Context, r engine.MoveRequest) (*engine.Appointment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("reschedule"); err != nil {
		return nil, err
	}
	l := e.find(func(l *link) bool { return l.appointment != nil && l.appointment.ID == r.Appointment })
	switch {
	case l == nil:
		return nil, refuse(engine.CodeWrongState)
	case l.appointment.Start.Equal(r.Start):
		return l.appointment, nil
	case l.appointment.Start.Sub(e.Now()) < Cutoff:
		return nil, refuse(engine.CodeTooLate)
	case l.appointment.Moves >= *e.Service.MaxMoves:
		return nil, refuse(engine.CodeTooManyMoves)
	}
	if err := e.claim(l, r.Start); err != nil {
		return nil, err
	}
	a := l.appointment
	delete(e.taken, a.Start.Unix())
	a.Start, a.End = r.Start, r.Start.Add(e.duration())
	if r.Location != nil {
		a.Location = *r.Location
	}
	a.Sequence++
	a.Moves++
	return a, nil
}

// Cancel implements pages.Bookings.
func (e *Engine) Cancel(_ context.Context, _ engine.OrganisationID, id engine.AppointmentID, _ engine.Actor) (*engine.Appointment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("cancel"); err != nil {
		return nil, err
	}
	l := e.find(func(l *link) bool { return l.invitation.Appointment == id })
	switch {
	case l == nil:
		return nil, refuse(engine.CodeNotFound)
	case l.appointment == nil: // the same answer again
		return &engine.Appointment{ID: id, State: engine.CancelledByRecipient}, nil
	case l.appointment.Start.Sub(e.Now()) < Cutoff:
		return nil, refuse(engine.CodeTooLate)
	}
	a := *l.appointment
	a.State = engine.CancelledByRecipient
	delete(e.taken, a.Start.Unix())
	l.appointment, l.invitation.State = nil, engine.InvitationSent
	e.changes++
	return &a, nil
}
