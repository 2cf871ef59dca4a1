package simulation

import (
	"context"
	"slices"

	"relance/engine"
)

// advance does due steps of one kind, as a worker does. Whose turn to be invited it is depends on who was invited
// before, unless there is room for all; the other steps of one moment do not depend on each other.
func (sim *Simulation) advance(ctx context.Context, kind string, ids []string) error {
	step := func(ctx context.Context, _ int, ids []string) error {
		if len(ids) == 0 {
			return nil
		}
		return sim.Engine.Advance(ctx, sim.partition, kind, ids)
	}
	switch kind {
	case engine.DueSMS, engine.DueEmail:
		return sim.send(ctx, ids)
	case engine.DueInvitation:
		first, later := sim.firstSteps(ids)
		if err := sim.invite(ctx, first, step); err != nil {
			return err
		}
		ids = later
	case engine.DueAppointment:
	default:
		return step(ctx, 0, ids)
	}
	return together(ctx, ids, aChunk, step)
}

// invite does first steps. Each look at the calendars costs more than many steps: a chunk has as many as it can.
func (sim *Simulation) invite(ctx context.Context, ids []string, step func(context.Context, int, []string) error) error {
	if len(ids) == 0 {
		return nil
	}
	if now := sim.Clock.Now(); !now.Equal(sim.looked) {
		o, err := sim.Engine.Outlook(ctx, sim.Organisation, sim.Service)
		if err != nil {
			return err
		}
		sim.looked, sim.roomy = now, o.Next(int64(sim.batch.Accepted)-1) == nil
	}
	if !sim.roomy {
		return step(ctx, 0, ids)
	}
	return together(ctx, ids, portion, step)
}

// firstSteps parts invitations of which nothing was sent yet from the others.
func (sim *Simulation) firstSteps(ids []string) (first, later []string) {
	for _, id := range ids {
		if sim.invited[engine.InvitationID(id)] {
			later = append(later, id)
		} else {
			first = append(first, id)
		}
	}
	return first, later
}

// send claims messages, answers for the carrier and settles. People read in order afterwards.
func (sim *Simulation) send(ctx context.Context, ids []string) error {
	arrived := make([][]*engine.Outgoing, len(ids))
	err := together(ctx, ids, aChunk, func(ctx context.Context, n int, some []string) (err error) {
		arrived[n], err = sim.deliver(ctx, some)
		return err
	})
	if err != nil {
		return err
	}
	for _, out := range slices.Concat(arrived...) {
		if err := sim.reads(ctx, out); err != nil {
			return err
		}
	}
	return nil
}

// deliver sends a chunk to nobody, and answers with what arrived. A receipt that a message arrived changes
// nothing that happens afterwards, so none are sent: the carrier's answer says that none will come.
func (sim *Simulation) deliver(ctx context.Context, ids []string) ([]*engine.Outgoing, error) {
	messages := make([]engine.MessageID, len(ids))
	for i, id := range ids {
		messages[i] = engine.MessageID(id)
	}
	outs, err := sim.Engine.Claim(ctx, sim.partition, messages)
	if err != nil {
		return nil, err
	}
	answers, arrived := make([]engine.Settled, len(outs)), make([]*engine.Outgoing, 0, len(outs))
	for i, out := range outs {
		a := engine.Answer{Outcome: engine.OutcomeSent, Provider: "simulation", NoReceipt: true}
		if m := out.Message; sim.chance(m.Recipient).draw(drawDelivered, channelNumber(m.Channel)) >= sim.Behaviour.Channels.of(m.Channel).Delivered {
			a = engine.Answer{Outcome: engine.OutcomePermanent, Provider: "simulation", Code: "simulated", BadAddress: true}
		} else {
			arrived = append(arrived, out)
		}
		answers[i] = engine.Settled{Outgoing: out, Answer: a}
	}
	return arrived, sim.Engine.Settle(ctx, sim.partition, answers)
}

func channelNumber(ch engine.Channel) uint64 {
	if ch == engine.SMS {
		return 1
	}
	return 2
}

func (sim *Simulation) chance(id engine.RecipientID) chance {
	return chanceOf(sim.Behaviour.Seed, string(id))
}
