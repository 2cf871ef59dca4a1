package engine

import (
	"context"
	"slices"
	"time"
)

// The rules of earlier slots (RULES §2).
const (
	earlierAfter  = 7 * 24 * time.Hour // only people booked further away than this
	earlierOffers = 3                  // the most of one appointment, whatever becomes of them
	earlierPeople = 20                 // the most a freed slot may go to
)

// EarlierOffer is a freed slot that the person was told of. Nothing holds it: the first to answer has it.
type EarlierOffer struct {
	Start    time.Time  `json:"start"`
	End      time.Time  `json:"end"`
	Calendar CalendarID `json:"calendar"`
	Location string     `json:"location,omitempty"`
	Sequence int        `json:"sequence"` // of the appointment when this was offered: once it moved, the offer is over
	Message  MessageID  `json:"message"`  // that asks: before it left nothing can be an answer
	Channel  Channel    `json:"channel"`  // it went by
	At       time.Time  `json:"at"`
	Over     string     `json:"over,omitempty"` // how it was answered: accepted, declined, taken. Silence is no answer
}

// EarlierRequest asks to move an appointment to the freed slot that was offered for it.
type EarlierRequest struct {
	Organisation OrganisationID
	Appointment  AppointmentID
	Start        time.Time // of the slot, as it was offered
}

// WantEarlier has the person asked when an earlier slot is freed, or no longer. Asking again changes
// nothing, and keeps the place among those who ask. CodeWrongState: the appointment is over, too near to
// become earlier, had all its offers, or the service offers none; CodeUnreachable; CodeNotFound.
func (e *Engine) WantEarlier(ctx context.Context, org OrganisationID, id AppointmentID, want bool, by Actor) (*Appointment, error) {
	var out *Appointment
	err := e.change(ctx, "want earlier", org.Partition(), func() (*Change, error) {
		d, err := e.appointmentDossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		out = d.apt
		if want == (d.apt.WantsEarlier != nil) || !want && !d.coming() { // what is over waits for nothing
			return nil, nil
		}
		if want {
			if err := d.mayWant(); err != nil {
				return nil, err
			}
		}
		c := &Change{}
		d.wants(c, want, by)
		return d.save(c), nil
	})
	return out, err
}

// mayWant refuses who could never be offered an earlier slot.
func (d *dossier) mayWant() error {
	switch {
	case !d.coming() || d.inv.Appointment != d.apt.ID:
		return refuse("want earlier", CodeWrongState, "this appointment is over or cancelled")
	case d.s.offersFreed() == 0:
		return refuse("want earlier", CodeWrongState, "this service offers no earlier slots; set earlier_people to how many a freed one goes to")
	case !d.far():
		return refuse("want earlier", CodeWrongState, "earlier slots are for appointments more than 7 days away; move it instead")
	case d.apt.EarlierOffers >= earlierOffers:
		return refuse("want earlier", CodeWrongState, "this appointment had its %d offers of an earlier slot", earlierOffers)
	case len(d.r.Reach()) == 0:
		return refuse("want earlier", CodeUnreachable, "nothing can be sent to this person, so nobody could tell them")
	}
	return nil
}

// far tells whether the appointment is far enough away for an earlier slot.
func (d *dossier) far() bool { return d.apt.Start.Sub(d.now) > earlierAfter }

// wants notes that the person asks for an earlier slot, or no longer does.
func (d *dossier) wants(c *Change, want bool, by Actor) {
	t := EventEarlierWanted
	if d.apt.WantsEarlier, d.saveApt = at(d.now), true; !want {
		t = EventEarlierWithdrawn
		d.unqueue(c)
	}
	ev := d.appointmentEvent(t)
	ev.Reason = string(by)
	c.emit(ev)
}

// TakeEarlier moves the appointment to the freed slot that was offered for it, for who answers first. It
// is no move of the person's own: the organisation proposed it, so neither the number of moves nor the
// count changes. Taking it again answers the same. CodeTaken: somebody else was faster, and the appointment
// stands; CodeTooLate as for moving; CodeWrongState: there is no such offer.
func (e *Engine) TakeEarlier(ctx context.Context, r EarlierRequest) (*Appointment, error) {
	var out *Appointment
	err := e.change(ctx, "take earlier", r.Organisation.Partition(), func() (*Change, error) {
		d, err := e.appointmentDossier(ctx, r.Organisation, r.Appointment)
		if err != nil {
			return nil, err
		}
		out = d.apt
		o := d.apt.Earlier
		switch {
		case o == nil || !o.Start.Equal(r.Start), !d.coming():
			return nil, refuse("take earlier", CodeWrongState, "no such slot was offered for this appointment")
		case d.apt.Start.Equal(r.Start):
			return nil, nil
		case !o.stands(d.apt):
			return nil, refuse("take earlier", CodeWrongState, "this offer is over; the appointment stands")
		}
		return d.takeEarlier(ctx, o)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// stands tells whether the offer waits for an answer; whether the slot is still free is the calendar's to say.
func (o *EarlierOffer) stands(a *Appointment) bool { return o.Over == "" && o.Sequence == a.Sequence }

// takeEarlier makes the change that moves the appointment to the slot of a standing offer.
func (d *dossier) takeEarlier(ctx context.Context, o *EarlierOffer) (*Change, error) {
	if d.late(*d.s.MoveCutoffHours) {
		return nil, refuse("take earlier", CodeTooLate, "it is too late to move this appointment here; please call")
	}
	free, err := d.vacant(ctx, o)
	if err != nil {
		return nil, err
	}
	if !free {
		return nil, refuse("take earlier", CodeTaken, "somebody else has just taken this slot; the appointment stands")
	}
	return d.move(ctx, MoveRequest{Start: o.Start, Calendar: o.Calendar, Location: &o.Location, By: ByRecipient, earlier: true}, nil)
}

// served ends the wish of who got an earlier slot: others who wait come first.
func (d *dossier) served(c *Change) {
	d.overEarlier(c, OverAccepted)
	if d.apt.WantsEarlier != nil {
		d.unqueue(c)
	}
}

// How an offer of an earlier slot was answered.
const (
	OverAccepted = "accepted"
	OverDeclined = "declined"
	OverTaken    = "taken" // the person answered, and was told that it is no longer free
)

// overEarlier notes how the offer was answered; the caller saves.
func (d *dossier) overEarlier(c *Change, how string) {
	over := *d.apt.Earlier
	over.Over = how
	d.apt.Earlier, d.saveApt = &over, true
	ev := d.appointmentEvent(EventEarlierEnded)
	ev.Reason = how
	c.emit(ev)
}

// vacant tells whether an offered slot can be had as the calendar is now, by this person.
func (d *dossier) vacant(ctx context.Context, o *EarlierOffer) (bool, error) {
	members, err := d.e.pool(ctx, d.s)
	if err != nil {
		return false, err
	}
	n := slices.IndexFunc(members, func(m member) bool { return m.cal.ID == o.Calendar })
	if n < 0 {
		return false, nil
	}
	_, err = members[n].fits(ctx, d, ask{start: o.Start, at: &o.Location, by: ByRecipient, hold: true}, asOpen)
	if reasonOf(err) != "" {
		return false, nil
	}
	return err == nil, err
}

// listEarlier is who asks for an earlier slot of a service: invitations, by how long they wait.
func listEarlier(org OrganisationID, id ServiceID) string {
	return "earlier:" + string(org) + ":" + string(id)
}

// queues keeps the list of those who ask true in the change that alters the appointment. Those who come
// near their appointment leave it when the appointment is written next, or when a freed slot passes them by.
func (d *dossier) queues(c *Change) {
	a := d.apt
	if a.WantsEarlier == nil || a.ID != d.inv.Appointment {
		return
	}
	entry := ListEntry{List: listEarlier(d.o.ID, d.s.ID), Member: string(d.inv.ID)}
	if entry.Remove = !d.coming() || !d.far() || a.EarlierOffers >= earlierOffers; !entry.Remove {
		entry.Score = a.waitsSince().UnixMilli()
	}
	c.Lists = append(c.Lists, entry)
}

// unqueue ends the wish.
func (d *dossier) unqueue(c *Change) {
	d.apt.WantsEarlier = nil
	c.Lists = append(c.Lists, ListEntry{List: listEarlier(d.o.ID, d.s.ID), Member: string(d.inv.ID), Remove: true})
}

// waitsSince is when the person asked, or was last offered a slot: who was offered one goes to the back.
func (a *Appointment) waitsSince() time.Time {
	if a.Earlier != nil && a.Earlier.At.After(*a.WantsEarlier) {
		return a.Earlier.At
	}
	return *a.WantsEarlier
}
