package simulation

import (
	"context"
	"time"

	"relance/engine"
)

// person is somebody who got a message.
type person struct {
	id         engine.RecipientID
	chance     chance
	phone      string
	invitation engine.InvitationID
	booking    *booking    // the one that is coming; nil when there is none
	offered    []time.Time // starts held for them that they read of
	held       bool        // an appointment of theirs took place, with or without them

	searched    bool   // wanted to choose, and found nothing since
	unreachable bool   // no channel carried a message
	changes     uint64 // bookings whose fate was drawn
	choices     uint64 // starts drawn
	texts       int    // they sent: each has a number of its own
}

// booking is an appointment that was made.
type booking struct {
	id      engine.AppointmentID
	who     *person
	start   time.Time
	imposed bool
	fate    bool // it was drawn whether they move or cancel it
}

func (sim *Simulation) person(id engine.RecipientID) *person {
	p := sim.people[id]
	if p == nil {
		p = &person{id: id, chance: sim.chance(id)}
		sim.people[id] = p
	}
	return p
}

// reads is a person getting a message; what they do about it comes later.
func (sim *Simulation) reads(ctx context.Context, out *engine.Outgoing) error {
	m := out.Message
	p := sim.person(m.Recipient)
	if p.invitation = m.Invitation; m.Channel == engine.SMS {
		p.phone = out.To
	}
	n := uint64(m.Rung)<<2 | channelNumber(m.Channel)
	switch m.Kind {
	case engine.KindInvitation, engine.KindRelance, engine.KindNoShow:
		sim.asked(p, m, n)
	case engine.KindConfirmation, engine.KindMoved, engine.KindConvocation:
		sim.told(p)
	case engine.KindReminder:
		if m.Channel == engine.SMS && sim.o.SMS.Replies && p.booking != nil {
			sim.reminded(p)
		}
	case engine.KindReplyChange:
		return sim.offered(ctx, p)
	}
	return nil
}

// asked is somebody reading that they may choose.
func (sim *Simulation) asked(p *person, m *engine.Message, n uint64) {
	r := sim.Behaviour.Channels.of(m.Channel)
	if p.chance.draw(drawOpened, n) >= r.Opened {
		return
	}
	if m.Channel == engine.SMS && sim.o.SMS.Replies && p.chance.draw(drawStop, n) < sim.Behaviour.Answers.Stop {
		sim.later(p, errand{do: deedStop}, n)
		return
	}
	if p.chance.draw(drawBooked, n) < r.booking(m.Rung) {
		sim.later(p, errand{do: deedVisit}, n)
	}
}

// told is somebody reading that they have an appointment: some will change it, once.
func (sim *Simulation) told(p *person) {
	b := p.booking
	if b == nil || b.fate {
		return
	}
	b.fate = true
	p.changes++
	switch u, c := p.chance.draw(drawChange, p.changes), sim.Behaviour.AfterBooking; {
	case u < c.Move:
		sim.later(p, errand{do: deedMove, apt: b}, 1<<20+p.changes)
	case u < c.Move+c.Cancel:
		sim.later(p, errand{do: deedCancel, apt: b}, 1<<20+p.changes)
	}
}

// reminded is somebody reading a reminder that can be answered.
func (sim *Simulation) reminded(p *person) {
	n := 1<<21 + p.changes
	switch u, a := p.chance.draw(drawAnswer, n), sim.Behaviour.Answers; {
	case u < a.Come:
		sim.later(p, errand{do: deedCome, apt: p.booking}, n)
	case u < a.Come+a.Change:
		sim.later(p, errand{do: deedChange, apt: p.booking}, n)
	case u < a.Come+a.Change+a.Cancel:
		sim.later(p, errand{do: deedRefuse, apt: p.booking}, n)
	}
}

// decides is how long somebody takes who is offered slots by SMS: they are held for half an hour.
const decides = 10 * time.Minute

// offered is somebody reading which slots they can have instead; who was offered none has the link.
func (sim *Simulation) offered(ctx context.Context, p *person) error {
	r, err := sim.Engine.Recipient(ctx, sim.Organisation, p.id)
	if err != nil {
		return err
	}
	if now := sim.Clock.Now(); r.Offer != nil && r.Offer.Stands(now) {
		for _, s := range r.Offer.Slots {
			p.offered = append(p.offered, s.Start)
		}
		sim.agenda.note(now.Add(decides), errand{who: p, do: deedTake})
	} else {
		sim.later(p, errand{do: deedMove, apt: p.booking}, 1<<22+p.changes)
	}
	return nil
}

// later notes what a person does when they have taken their time, at an hour at which people act.
func (sim *Simulation) later(p *person, e errand, n uint64) {
	at := sim.Clock.Now().Add(p.chance.after(sim.Behaviour.DelayHours, n))
	e.who = p
	sim.agenda.note(sim.awake(at, p, n), e)
}

// awake is at, or some time in the next morning.
func (sim *Simulation) awake(at time.Time, p *person, n uint64) time.Time {
	day := sim.midnight(at, 0)
	from, until := day.Add(sim.hours[0]), day.Add(sim.hours[1])
	if !at.Before(from) && at.Before(until) {
		return at
	}
	if !at.Before(until) {
		day = sim.midnight(at, 1)
		from, until = day.Add(sim.hours[0]), day.Add(sim.hours[1])
	}
	const morning = 3 * time.Hour
	return from.Add(time.Duration(p.chance.draw(drawMorning, n) * float64(min(morning, until.Sub(from)-time.Minute))))
}
