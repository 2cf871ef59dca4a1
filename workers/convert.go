package workers

import (
	"strconv"

	"relance/channels"
	"relance/engine"
)

// The engine and the channels do not know each other; this file is where one's words
// become the other's. The names of channels and outcomes are the same on both sides.

// message is what a provider is given to carry. Callback is filled per provider.
func message(o *engine.Outgoing) channels.Message {
	return channels.Message{
		ID:             string(o.Message.ID),
		Channel:        channels.Channel(o.Message.Channel),
		From:           o.From,
		FromName:       o.FromName,
		To:             o.To,
		ReplyTo:        o.ReplyTo,
		Body:           o.Text.Body,
		Subject:        o.Text.Subject,
		HTML:           o.Text.HTML,
		Calendar:       o.Calendar,
		CalendarMethod: o.CalendarMethod,
		References:     string(o.References),
		Unsubscribe:    o.Unsubscribe,
		ValidFor:       o.ValidFor,
		Ticket:         strconv.Itoa(int(o.Partition)),
	}
}

// answer is a provider's answer as the engine settles it.
func answer(d channels.Delivery) engine.Answer {
	return engine.Answer{
		Outcome:    engine.Outcome(d.Outcome),
		Provider:   d.Provider,
		ProviderID: d.ProviderID,
		Code:       d.Code,
		Reason:     d.Reason,
		After:      d.After,
		BadAddress: d.BadAddress,
		OptedOut:   d.OptedOut,
	}
}
