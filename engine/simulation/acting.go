package simulation

import (
	"context"
	"errors"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"relance/engine"
)

// acts does the errands of a moment. Who takes or gives up a slot decides what the next one finds: they go one
// after the other. The others concern nobody else, and go meanwhile; who does several things does them in order.
func (sim *Simulation) acts(ctx context.Context, all []errand) error {
	var alone, ordered []errand
	for n, e := range all {
		several := n > 0 && all[n-1].who == e.who || n+1 < len(all) && all[n+1].who == e.who
		if e.alone() && !several {
			alone = append(alone, e)
		} else {
			ordered = append(ordered, e)
		}
	}
	each := func(ctx context.Context, _ int, some []errand) error {
		for _, e := range some {
			if err := sim.act(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	if len(ordered) > 0 {
		g.Go(func() error { return each(ctx, 0, ordered) })
	}
	return errors.Join(together(ctx, alone, aChunk, each), g.Wait())
}

// alone tells whether the errand neither takes nor frees a slot.
func (e errand) alone() bool {
	switch e.do {
	case deedCome, deedStop:
		return len(e.who.offered) == 0
	}
	return e.do == deedOutcome
}

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
	case deedOutcome:
		return sim.outcome(ctx, e.apt)
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
	p.texts++
	return refused(sim.Engine.Reply(ctx, engine.Inbound{
		Provider: "simulation", ProviderID: string(p.id) + strconv.Itoa(p.texts), From: p.phone, To: sim.o.SMS.From, Text: words,
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

// outcome is staff saying who came to an appointment that is over.
func (sim *Simulation) outcome(ctx context.Context, b *booking) error {
	if b.start.After(sim.Clock.Now()) {
		return nil // it was moved: its end has an errand of its own
	}
	b.who.booking, b.who.held = nil, true
	sim.expect(b)
	state := engine.Attended
	if b.who.chance.draw(drawCame, uint64(b.start.Unix())) < sim.absent(b.imposed) {
		state = engine.NoShow
	}
	_, err := sim.Engine.Record(ctx, sim.Organisation, b.id, state)
	return refused(err)
}

// absent is the share of people who stay away.
func (sim *Simulation) absent(imposed bool) float64 {
	if imposed {
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
