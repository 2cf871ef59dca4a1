package engine

import (
	"fmt"
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

// offerAgain opens the invitation of a no-show anew, and plans to say so: valid as long from then as an
// invitation is.
func (d *dossier) offerAgain() {
	planned := d.now.Add(time.Duration(*d.s.AfterNoShowDays) * 24 * time.Hour)
	when := d.q.next(planned)
	if end := d.s.lastMoment(when, d.zone()); d.inv.ExpiresAt != nil && (end == nil || end.After(*d.inv.ExpiresAt)) {
		d.inv.ExpiresAt = end
	}
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
	if end := d.s.lastMoment(d.now, d.zone()); d.inv.ExpiresAt != nil && (end == nil || end.After(*d.inv.ExpiresAt)) {
		d.inv.ExpiresAt = end // the system was stopped when it was to be said
	}
	if len(d.tell(c, KindNoShow, nil, planned)) == 0 {
		d.unreachable(c)
	}
	d.inv.AskedAt, d.inv.Next = at(d.now), d.inv.expiry()
}
