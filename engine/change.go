package engine

import (
	"context"
	"time"
)

// MoveRequest asks to move an appointment.
type MoveRequest struct {
	Organisation OrganisationID
	Appointment  AppointmentID
	Start        time.Time
	Calendar     CalendarID // optional
	Location     *string    // only there, as Slot.Locations says; nil: wherever a calendar is free
	By           Actor
	Force        Force // optional, staff only

	earlier bool // to a freed slot that was offered: no move of the person's own
}

// Reschedule moves an appointment: the new slot is claimed before the old one is released, in one
// change; the appointment keeps its id, its Sequence goes up. Recipients are bound by the service's
// cut-off and number of moves (RULES §2): CodeTooLate, CodeTooManyMoves. CodeTaken carries the three
// nearest free slots.
func (e *Engine) Reschedule(ctx context.Context, r MoveRequest) (*Appointment, error) {
	var moved *Appointment
	err := e.claiming(ctx, "reschedule", r.Organisation.Partition(), func(taken held) (*Change, error) {
		d, err := e.appointmentDossier(ctx, r.Organisation, r.Appointment)
		if err != nil {
			return nil, err
		}
		moved = d.apt
		if err := r.Force.by("reschedule", r.By); err != nil {
			return nil, err
		}
		if d.apt.State == Booked && d.apt.Start.Equal(r.Start) {
			return nil, nil
		}
		if err := d.movable(r.By); err != nil {
			return nil, err
		}
		return d.move(ctx, r, taken)
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

// appointmentDossier reads an appointment with all that decisions about it need.
func (e *Engine) appointmentDossier(ctx context.Context, org OrganisationID, id AppointmentID) (*dossier, error) {
	apt, err := e.Appointment(ctx, org, id)
	if err != nil {
		return nil, err
	}
	d, err := e.dossier(ctx, org, apt.Invitation)
	if err != nil {
		return nil, err
	}
	d.apt = apt
	return d, nil
}

// movable tells whether the actor may move the appointment now.
func (d *dossier) movable(by Actor) error {
	if d.apt.State != Booked || !d.apt.End.After(d.now) {
		return refuse("reschedule", CodeWrongState, "this appointment is over or cancelled")
	}
	if by == ByStaff {
		return nil
	}
	if d.late(*d.s.MoveCutoffHours) {
		return refuse("reschedule", CodeTooLate, "it is too late to move this appointment here; please call")
	}
	if d.apt.Moves >= *d.s.MaxMoves {
		return refuse("reschedule", CodeTooManyMoves, "this appointment was moved %d times already; please call", d.apt.Moves)
	}
	return nil
}

// late tells whether less than hours are left before the appointment.
func (d *dossier) late(hours int) bool {
	return d.apt.Start.Sub(d.now) < time.Duration(hours)*time.Hour
}

func (d *dossier) move(ctx context.Context, r MoveRequest, taken held) (*Change, error) {
	start := r.Start.UTC().Truncate(time.Second)
	found, err := d.place(ctx, "reschedule", ask{start: start, only: r.Calendar, at: r.Location, by: r.By, force: r.Force}, taken)
	if err != nil {
		return nil, err
	}
	held := found.heldBy(string(d.apt.ID), time.Time{})
	c := &Change{Releases: d.apt.Held, Claims: held}
	c.frees(d.freed())
	c.guard(found.cal)
	d.used(c, held[0])
	d.apt.Location, d.apt.Forced = found.Location, found.forced
	d.apt.Calendar, d.apt.Start, d.apt.End, d.apt.Held = found.cal.ID, start, found.end(), held
	d.apt.Sequence++
	if d.acted = r.By == ByRecipient; d.acted && !r.earlier {
		d.apt.Moves++
	}
	d.apt.ConfirmedAt = nil
	d.apt.Reminders = d.s.planReminders(start, d.now, d.r.Absences > 0)
	d.apt.Next = d.apt.nextStep(d.q, d.now)
	c.Lists = append(c.Lists, ListEntry{List: listOf("appointments", d.o.ID), Score: start.Unix(), Member: string(d.apt.ID)})
	ev := d.appointmentEvent(EventAppointmentMoved)
	ev.Reason = string(r.By)
	c.emit(ev)
	if r.earlier {
		d.served(c)
	}
	d.tell(c, KindMoved, nil, d.now)
	d.saveApt, d.saveInv = true, true
	return d.save(c), nil
}

// Cancel frees the slot and tells the person. Cancelling again answers the same. Recipients are
// bound by the service's cut-off: CodeTooLate.
func (e *Engine) Cancel(ctx context.Context, org OrganisationID, id AppointmentID, by Actor) (*Appointment, error) {
	var out *Appointment
	err := e.change(ctx, "cancel", org.Partition(), func() (*Change, error) {
		d, err := e.appointmentDossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		out = d.apt
		if d.apt.cancelled() {
			return nil, nil
		}
		return d.cancel(by)
	})
	return out, err
}

// cancellable tells whether the actor may cancel the appointment now.
func (d *dossier) cancellable(by Actor) error {
	switch {
	case d.apt.State != Booked || !d.apt.End.After(d.now):
		return refuse("cancel", CodeWrongState, "this appointment is over")
	case by == ByRecipient && d.late(*d.s.CancelCutoffHours):
		return refuse("cancel", CodeTooLate, "it is too late to cancel this appointment here; please call")
	}
	return nil
}

// cancel makes the change of a cancellation; the invitation offers slots again while it is valid. Whom we
// cancel did nothing wrong: they have as long to choose another as when they were invited.
func (d *dossier) cancel(by Actor) (*Change, error) {
	if err := d.cancellable(by); err != nil {
		return nil, err
	}
	c := &Change{Releases: d.apt.Held}
	c.frees(d.freed())
	kind := KindCancelledByRecipient
	d.apt.State = CancelledByRecipient
	if by == ByStaff {
		d.apt.State, kind = CancelledByOrganisation, KindCancelledByOrganisation
	}
	d.acted = by == ByRecipient
	d.apt.Sequence++
	d.apt.unremind()
	d.apt.Next = nil
	ev := d.appointmentEvent(EventAppointmentCancelled)
	ev.Reason = string(by)
	c.emit(ev)
	if d.inv.Appointment == d.apt.ID && d.inv.State == InvitationBooked {
		if by == ByStaff && d.r.Open[d.inv.Service] == d.inv.ID { // there is no newer one to choose by
			d.anew(d.q.next(d.now))
		}
		d.reopen(c)
	}
	d.tell(c, kind, nil, d.now)
	d.saveApt, d.saveInv = true, true
	return d.save(c), nil
}

// Record keeps an outcome of an appointment that has begun: attended or no_show. It may be
// corrected; History keeps what was said before. After a no-show the link offers new slots while
// the invitation is valid, also when the end of the appointment had closed it.
func (e *Engine) Record(ctx context.Context, org OrganisationID, id AppointmentID, outcome AppointmentState) (*Appointment, error) {
	if outcome != Attended && outcome != NoShow {
		return nil, invalid("record", []Field{{Pointer: "/state", Code: "unknown", Message: "must be attended or no_show"}})
	}
	var out *Appointment
	err := e.change(ctx, "record", org.Partition(), func() (*Change, error) {
		d, err := e.appointmentDossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		out = d.apt
		switch {
		case d.apt.State == outcome:
			return nil, nil
		case d.apt.cancelled():
			return nil, refuse("record", CodeWrongState, "this appointment was cancelled")
		case d.apt.Start.After(d.now):
			return nil, refuse("record", CodeWrongState, "this appointment has not begun yet")
		}
		return d.record(ctx, outcome)
	})
	return out, err
}

func (d *dossier) record(ctx context.Context, outcome AppointmentState) (*Change, error) {
	c := &Change{}
	previous := d.apt.judged(d.inv)
	d.apt.State, d.apt.Next, d.saveApt = outcome, nil, true
	d.apt.History = append(d.apt.History, Recorded{State: outcome, At: d.now})
	ev := d.appointmentEvent(EventAppointmentOutcome)
	ev.Previous = previous
	c.emit(ev)
	if d.missed(previous, outcome); outcome == NoShow {
		if err := d.remindMore(ctx, c); err != nil {
			return nil, err
		}
		if err := d.unlapse(ctx); err != nil {
			return nil, err
		}
	}
	switch {
	case d.inv.Appointment != d.apt.ID || !d.inv.Alive():
	case outcome == Attended: // also when a no-show is corrected: its link was open again
		d.finish(InvitationClosed, string(Attended))
		c.emit(d.event(EventInvitationClosed))
	case d.inv.State == InvitationBooked && outcome == NoShow && d.s.AfterNoShow == NoShowOffer:
		d.offerAgain()
	case d.inv.State == InvitationBooked:
		d.reopen(c)
	}
	return d.save(c), nil
}

// Close ends an open invitation and its ladder: a case closed by staff, a refusal by the person.
// A coming appointment must be cancelled first: CodePending. Closing again answers the same.
func (e *Engine) Close(ctx context.Context, org OrganisationID, id InvitationID, by Actor, reason string) (*Invitation, error) {
	var out *Invitation
	err := e.change(ctx, "close", org.Partition(), func() (*Change, error) {
		d, err := e.dossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		out = d.inv
		switch {
		case !d.inv.Alive():
			return d.done(ctx, ByStaff)
		case d.coming():
			return nil, refuse("close", CodePending, "cancel the coming appointment first")
		}
		c := &Change{}
		d.finish(InvitationClosed, reason)
		d.settled(c)
		ev := d.event(EventInvitationClosed)
		ev.Reason = string(by)
		c.emit(ev)
		return d.save(c), nil
	})
	return out, err
}
