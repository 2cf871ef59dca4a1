package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// NoShowPolicy is what a service does after a no-show.
type NoShowPolicy string

// The policies after a no-show; empty is nothing.
const (
	NoShowNothing NoShowPolicy = "nothing"
	NoShowOffer   NoShowPolicy = "offer"
)

// withAbsence are the reminders for people who missed an appointment before: all of them, the earliest
// first, none twice.
func (s *Service) withAbsence() []Hours {
	all := slices.Concat(s.Reminders, s.AbsenceReminders)
	slices.SortFunc(all, func(a, b Hours) int { return int(b - a) })
	return slices.Compact(all)
}

func (s *Service) validateAbsence(f *fields) {
	for n, h := range s.AbsenceReminders {
		f.between(fmt.Sprintf("/absence_reminders_hours/%d", n), int(h), 1, 24*30)
	}
	f.between("/absence_reminders_hours", len(s.AbsenceReminders), 0, 5)
	switch s.AfterNoShow {
	case "", NoShowNothing, NoShowOffer:
	default:
		f.add("/after_no_show", "unknown", "must be offer or nothing")
	}
	f.between("/after_no_show_days", *s.AfterNoShowDays, 0, 60)
}

// missed counts the person's absences; a corrected outcome takes its own back.
func (d *dossier) missed(previous, outcome AppointmentState) {
	switch {
	case outcome == NoShow && previous != NoShow:
		d.r.Absences++
	case outcome != NoShow && previous == NoShow && d.r.Absences > 0:
		d.r.Absences--
	default:
		return
	}
	d.saveR = true
}

// remindMore adds the reminders for people who missed an appointment to those that they have coming already.
func (d *dossier) remindMore(ctx context.Context, c *Change) error {
	others, err := d.e.dossiers(ctx, d.o.ID.Partition(), texts(slices.Sorted(maps.Values(d.r.Open)))...)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o != nil && o.coming() && o.apt.ID != d.apt.ID && o.apt.remindMore(o.s, o.now) {
			o.apt.Next = o.apt.nextStep(o.q, o.now)
			c.put(o.apt)
		}
	}
	return nil
}

// remindMore adds the reminders after an absence that the appointment has not, and tells whether there were any.
func (a *Appointment) remindMore(s *Service, now time.Time) bool {
	had := len(a.Reminders)
	for _, r := range s.planReminders(a.Start, now, true) {
		same := func(is Reminder) bool { return is.Before == r.Before }
		if slices.Contains(s.AbsenceReminders, r.Before) && !slices.ContainsFunc(a.Reminders, same) {
			a.Reminders = append(a.Reminders, r)
		}
	}
	slices.SortStableFunc(a.Reminders, func(x, y Reminder) int { return int(y.Before - x.Before) })
	return len(a.Reminders) > had
}

// lateNoShow is for how long after its appointment a no-show gives the invitation back that the end of the
// appointment had closed: staff who tidy up a season's outcomes write to nobody.
const lateNoShow = 30 * 24 * time.Hour

// unlapse takes back that the invitation was closed by its appointment being over, for the person did not
// come: what follows is as if that had been said in time. It stays closed when staff or the person closed
// it, when its last day passed and the policy offers nothing, and when there was another round since.
func (d *dossier) unlapse(ctx context.Context) error {
	offers := d.s.AfterNoShow == NoShowOffer
	switch {
	case d.inv.Appointment != d.apt.ID, !d.inv.closedByAppointment(), d.r.Open[d.inv.Service] != "",
		d.expired() && !offers, d.now.Sub(d.apt.End) > lateNoShow:
		return nil
	}
	since := d.r.Invitations[slices.Index(d.r.Invitations, d.inv.ID)+1:]
	rounds, err := loadAll[Invitation](ctx, d.e, d.o.ID.Partition(), texts(since))
	if err != nil || slices.ContainsFunc(rounds, func(i *Invitation) bool { return i.Service == d.inv.Service }) {
		return err
	}
	d.inv.State, d.inv.Reason = InvitationBooked, ""
	d.r.open(d.inv, d.now)
	d.saveInv, d.saveR = true, true
	return nil
}

// anew makes the invitation valid as long from when it is said as an invitation is, where it was not longer.
func (d *dossier) anew(when time.Time) {
	if end := d.s.lastMoment(when, d.zone()); d.inv.ExpiresAt != nil && (end == nil || end.After(*d.inv.ExpiresAt)) {
		d.inv.ExpiresAt, d.saveInv = end, true
	}
}

// offerAgain opens the invitation of a no-show anew, and plans to say so: valid as long from then as an
// invitation is.
func (d *dossier) offerAgain() {
	planned := d.now.Add(time.Duration(*d.s.AfterNoShowDays) * 24 * time.Hour)
	when := d.q.next(planned)
	d.anew(when)
	d.inv.State, d.inv.Next, d.saveInv = InvitationSent, step(StepFollowUp, 0, when, planned), true
}

// followUp tells the person that they can choose another appointment, unless they did something since.
func (d *dossier) followUp(c *Change) {
	if d.inv.State != InvitationSent || d.apt == nil || d.apt.State != NoShow {
		d.inv.Next = d.inv.expiry()
		return
	}
	if d.rests(c) {
		return
	}
	planned := d.inv.Next.planned()
	if !d.q.allowed(d.now) {
		d.inv.Next = step(StepFollowUp, 0, d.q.next(d.now), planned)
		return
	}
	d.anew(d.now) // the system was stopped when it was to be said
	if len(d.tell(c, KindNoShow, nil, planned)) == 0 {
		d.unreachable(c)
	}
	d.inv.AskedAt, d.inv.Next = at(d.now), d.inv.expiry()
}
