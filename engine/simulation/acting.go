package simulation

import (
	"context"
	"errors"
	"strconv"
	"time"

	"relance/engine"
)

// act does one errand, if there is still reason for it. What the engine refuses is what a person is refused:
// they leave it at that.
func (sim *Simulation) act(ctx context.Context, e errand) error {
	p := e.who
	switch e.do {
	case deedVisit:
		return sim.visit(ctx, e)
	case deedConvene:
		return sim.convene(ctx, p)
	case deedStop:
		return sim.text(ctx, p, "STOP")
	case deedTake:
		return sim.text(ctx, p, "1")
	}
	if e.apt == nil || p.booking != e.apt {
		return nil // it was cancelled, or is over
	}
	switch e.do {
	case deedCome:
		return sim.text(ctx, p, "1")
	case deedChange:
		return sim.text(ctx, p, "2")
	case deedRefuse:
		return sim.text(ctx, p, "3")
	case deedCancel:
		_, err := sim.Engine.Cancel(ctx, sim.Organisation, e.apt.id, engine.ByRecipient)
		return refused(err)
	}
	return sim.move(ctx, e)
}

// refused is nil for what the engine answers to somebody; other errors end the simulation.
func refused(err error) error {
	switch engine.CodeOf(err) {
	case engine.CodeInternal, engine.CodeUnavailable, engine.CodeConflict:
		return err
	}
	var known *engine.Error
	if errors.As(err, &known) {
		return nil
	}
	return err
}

// text is a person sending an SMS.
func (sim *Simulation) text(ctx context.Context, p *person, words string) error {
	if p.phone == "" {
		return nil
	}
	sim.inbound++
	return refused(sim.Engine.Reply(ctx, engine.Inbound{
		Provider: "simulation", ProviderID: strconv.Itoa(sim.inbound), From: p.phone, To: sim.o.SMS.From, Text: words,
	}))
}

// searches is how often somebody looks who found nothing, a day apart; and how many starts they try that turn
// out to be gone.
const searches = 3

// taking has a person choose a start and do something with it; when somebody was faster they look again.
// found tells whether there was a start at all.
func (sim *Simulation) taking(ctx context.Context, p *person, has time.Time, do func(start time.Time) error) (found bool, err error) {
	for range searches {
		start, err := sim.choose(ctx, p, has)
		if err != nil || start.IsZero() {
			return false, err
		}
		err = do(start)
		if code := engine.CodeOf(err); code != engine.CodeTaken && code != engine.CodeNotBookable {
			return true, refused(err)
		}
		sim.gone(start)
	}
	return false, nil
}

// visit is a person opening their page and choosing. Who finds nothing looks again the next days.
func (sim *Simulation) visit(ctx context.Context, e errand) error {
	p := e.who
	if p.booking != nil {
		return nil
	}
	found, err := sim.taking(ctx, p, time.Time{}, func(start time.Time) error {
		_, err := sim.Engine.Book(ctx, engine.BookRequest{Organisation: sim.Organisation, Invitation: p.invitation, Start: start, By: engine.ByRecipient})
		return err
	})
	if p.searched = !found; found || err != nil {
		return err
	}
	if e.n++; e.n < searches {
		sim.agenda.note(sim.Clock.Now().Add(aDay), e)
	}
	return nil
}

// move is a person taking another slot than they have; who finds none keeps theirs.
func (sim *Simulation) move(ctx context.Context, e errand) error {
	_, err := sim.taking(ctx, e.who, e.apt.start, func(start time.Time) error {
		_, err := sim.Engine.Reschedule(ctx, engine.MoveRequest{Organisation: sim.Organisation, Appointment: e.apt.id, Start: start, By: engine.ByRecipient})
		return err
	})
	return err
}

// outcomes is staff saying who came, of appointments that are over.
func (sim *Simulation) outcomes(ctx context.Context, over []*booking) error {
	held := over[:0]
	for _, b := range over {
		if b.who.booking != b || b.start.After(sim.Clock.Now()) {
			continue // cancelled, or moved meanwhile: its end has an errand of its own
		}
		b.who.booking, b.who.held = nil, true
		if day := sim.dayOf(b.start); day != nil {
			day.NoShows += sim.absent(b)
		}
		held = append(held, b)
	}
	return together(ctx, held, func(ctx context.Context, _ int, some []*booking) error {
		for _, b := range some {
			state := engine.Attended
			if b.who.chance.draw(drawCame, uint64(b.start.Unix())) < sim.absent(b) {
				state = engine.NoShow
			}
			if _, err := sim.Engine.Record(ctx, sim.Organisation, b.id, state); refused(err) != nil {
				return err
			}
		}
		return nil
	})
}

// absent is the share of people like this one who stay away.
func (sim *Simulation) absent(b *booking) float64 {
	if b.imposed {
		return sim.Behaviour.NoShow.Imposed
	}
	return sim.Behaviour.NoShow.Chosen
}

// convene is staff booking somebody in whose invitation ended without an answer.
func (sim *Simulation) convene(ctx context.Context, p *person) error {
	r, err := sim.Engine.Recipient(ctx, sim.Organisation, p.id)
	if err != nil {
		return refused(err)
	}
	who := engine.Person{ExternalID: r.ExternalID, FirstName: r.FirstName, LastName: r.LastName, Phone: r.Phone, Email: r.Email, Language: r.Language}
	found, err := sim.taking(ctx, p, time.Time{}, func(start time.Time) error {
		_, err := sim.Engine.Convene(ctx, engine.ConveneRequest{Organisation: sim.Organisation, Service: sim.Service, Person: who, Start: start})
		return err
	})
	p.searched = !found
	return err
}
