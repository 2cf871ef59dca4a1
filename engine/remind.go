package engine

import (
	"context"
	"time"
)

// appointmentSteps decides the due steps of appointments.
func (e *Engine) appointmentSteps(ctx context.Context, p Partition, ids []string) ([]pending, error) {
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return nil, err
	}
	apts, invs := make([]*Appointment, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		if apts[i], err = pick[Appointment](sh, id); err != nil {
			return nil, err
		}
		if apts[i] != nil {
			invs[i] = string(apts[i].Invitation)
		}
	}
	ds, err := e.dossiers(ctx, p, invs...)
	if err != nil {
		return nil, err
	}
	for i, d := range ds {
		if d != nil {
			d.apt = apts[i]
		}
	}
	if err := e.together(ctx, p, ds); err != nil {
		return nil, err
	}
	out := make([]pending, 0, len(ids))
	for i, d := range ds {
		c := gone(DueAppointment, ids[i])
		switch {
		case d != nil && apts[i] != nil:
			c = d.appointmentStep()
		case apts[i] != nil: // its person was erased meanwhile
			apts[i].Next = nil
			c = early(apts[i])
		}
		out = append(out, pending{ids[i], c})
	}
	return out, nil
}

// appointmentStep does what the appointment waits for, reading its state again as it is now.
func (d *dossier) appointmentStep() *Change {
	next := d.apt.Next
	if next == nil || next.At.After(d.now) {
		return early(d.apt)
	}
	c := &Change{}
	d.saveApt = true
	switch {
	case next.Kind == StepRemind && d.apt.State == Booked:
		d.remind(c, next)
	case next.Kind == StepOutcome && d.apt.State == Booked:
		d.apt.Next = &Step{Kind: StepLapse, At: d.apt.End.Add(linkLife)}
		c.emit(d.appointmentEvent(EventOutcomeMissing))
	case next.Kind == StepLapse:
		d.lapse(c)
	default:
		d.apt.Next = nil
	}
	return d.save(c)
}

// remind queues the reminder, or moves or skips it with its reason.
func (d *dossier) remind(c *Change, next *Step) {
	r := &d.apt.Reminders[next.N]
	when := d.now
	if !d.q.allowed(d.now) {
		when = d.q.next(d.now)
	}
	switch {
	case when.After(remindUntil(d.apt.Start, r.At)):
		r.State, r.Reason = ReminderSkipped, ReasonTooLate
	case when.After(d.now):
		d.apt.Next = step(StepRemind, next.N, when, r.At)
		return
	default:
		told := d.tell(c, KindReminder, nil, r.At)
		if len(told) == 0 {
			r.State, r.Reason = ReminderSkipped, ReasonUnreachable
			break
		}
		r.State = ReminderQueued
		d.merge(c, r.At, told[0].ID)
		d.apt.overtake(d.now)
	}
	d.apt.Next = d.apt.nextStep(d.q, d.now)
}

// overtake skips the reminders whose moments passed while the system was stopped: one was just
// queued, and nobody needs two at once.
func (a *Appointment) overtake(now time.Time) {
	for n := range a.Reminders {
		if r := &a.Reminders[n]; r.State == ReminderPlanned && !r.At.After(now) {
			r.State, r.Reason = ReminderSkipped, ReasonTooLate
		}
	}
}

// unremind skips the reminders of an appointment that is cancelled (RULES §2).
func (a *Appointment) unremind() {
	for n := range a.Reminders {
		if r := &a.Reminders[n]; r.State == ReminderPlanned {
			r.State, r.Reason = ReminderSkipped, ReasonCancelled
		}
	}
}

// lapse closes the invitation of an appointment that is over; its link dies (RULES §5). A no-show that is
// said later gives both back (unlapse).
func (d *dossier) lapse(c *Change) {
	d.apt.Next = nil
	if d.inv.State == InvitationBooked && d.inv.Appointment == d.apt.ID {
		d.finish(InvitationClosed, reasonPast)
		c.emit(d.event(EventInvitationClosed))
	}
}
