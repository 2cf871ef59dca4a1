package simulation

import (
	"slices"
	"time"

	"relance/engine"
)

// Hear is told what happened, as the store keeps it.
func (sim *Simulation) Hear(events []engine.Event) {
	sim.mu.Lock()
	defer sim.mu.Unlock()
	for i := range events {
		sim.hear(&events[i])
	}
}

func (sim *Simulation) hear(ev *engine.Event) {
	day := sim.dayOf(ev.At)
	if day == nil {
		return
	}
	switch ev.Type {
	case engine.EventMessageSent:
		if ev.Channel == engine.SMS {
			day.SMS, day.Parts = day.SMS+1, day.Parts+ev.Parts
		} else {
			day.Emails++
		}
	case engine.EventInvitationSent:
		day.Invited++
		sim.invited[ev.Invitation] = true
	case engine.EventInvitationUnreachable:
		sim.person(ev.Recipient).unreachable = true
	case engine.EventInvitationExpired:
		sim.expired(ev)
	case engine.EventAppointmentBooked:
		day.Booked++
		sim.booked(ev)
	case engine.EventAppointmentMoved:
		day.Moved++
		sim.moved(ev)
	case engine.EventAppointmentCancelled:
		day.Cancelled++
		sim.cancelled(ev)
	case engine.EventRecipientOfferEnded:
		sim.unheld(sim.person(ev.Recipient))
	}
}

// dayOf is the day of a moment; nil when it is none of those simulated.
func (sim *Simulation) dayOf(t time.Time) *Day {
	n, _ := slices.BinarySearch(sim.ends, t.Unix()+1)
	if n == len(sim.ends) || t.Before(sim.start) {
		return nil
	}
	return &sim.days[n]
}

// uses counts a slot of a day that is taken, or free again.
func (sim *Simulation) uses(start time.Time, slots int) {
	if day := sim.dayOf(start); day != nil {
		day.Used += slots
	}
}

func (sim *Simulation) booked(ev *engine.Event) {
	p := sim.person(ev.Recipient)
	p.invitation = ev.Invitation
	p.booking = &booking{id: ev.Appointment, who: p, start: *ev.Start, imposed: ev.Imposed}
	sim.bookings[ev.Appointment] = p.booking
	sim.uses(*ev.Start, 1)
	sim.chosen(*ev.Start)
	sim.judge(p.booking)
}

func (sim *Simulation) moved(ev *engine.Event) {
	b := sim.bookings[ev.Appointment]
	sim.frees(b.start)
	b.start = *ev.Start
	sim.uses(b.start, 1)
	sim.chosen(b.start)
	sim.judge(b)
}

func (sim *Simulation) cancelled(ev *engine.Event) {
	b := sim.bookings[ev.Appointment]
	sim.frees(b.start)
	if b.who.booking == b {
		b.who.booking = nil
	}
}

// unheld puts the starts of an offer back onto the pages, the one they took too: who finds it gone looks again.
// Of an offer that nobody read it is not known which they were, and every page is asked for again.
func (sim *Simulation) unheld(p *person) {
	if len(p.offered) == 0 {
		clear(sim.pages)
	}
	for _, start := range p.offered {
		sim.freed(start)
	}
	p.offered = nil
}

func (sim *Simulation) frees(start time.Time) {
	sim.uses(start, -1)
	sim.freed(start)
}

// judge has staff say who came when the appointment is over.
func (sim *Simulation) judge(b *booking) {
	sim.agenda.note(b.start.Add(time.Duration(sim.s.DurationMin)*time.Minute), errand{who: b.who, do: deedOutcome, apt: b})
}

// expect counts an appointment that took place, with or without the person.
func (sim *Simulation) expect(b *booking) {
	sim.mu.Lock()
	defer sim.mu.Unlock()
	if day := sim.dayOf(b.start); day == nil {
		return
	} else if b.imposed {
		day.imposed++
	} else {
		day.chosen++
	}
}

// expired has staff book in some of those who never had an appointment, two days later or on Monday.
func (sim *Simulation) expired(ev *engine.Event) {
	p := sim.person(ev.Recipient)
	if p.held || p.chance.draw(drawConvened, 0) >= sim.Behaviour.Convened {
		return
	}
	day := sim.midnight(ev.At, 2)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = sim.midnight(day, 1)
	}
	sim.agenda.note(day.Add(10*time.Hour), errand{who: p, do: deedConvene})
}

// census sorts people by what had become of them at the end.
func (sim *Simulation) census(r *Report) {
	t := &r.Total
	t.Waiting = sim.days[len(sim.days)-1].Waiting
	for _, p := range sim.people {
		switch {
		case p.booking != nil || p.held:
			t.WithAppointment++
			if p.booking != nil {
				t.Coming++
			}
		case p.searched:
			t.FoundNone++
		case p.unreachable:
			t.Unreachable++
		}
	}
	t.NoAnswer = r.Accepted - t.Waiting - t.WithAppointment - t.FoundNone - t.Unreachable
}
