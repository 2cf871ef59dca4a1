package api

import (
	"context"
	"time"

	"relance/engine"
)

// Offer is up to three slots held for one person.
type Offer struct {
	Invitation  engine.InvitationID  `json:"invitation"`
	Appointment engine.AppointmentID `json:"appointment,omitempty" doc:"The coming one that choosing moves; absent: choosing books"`
	Message     engine.MessageID     `json:"message" doc:"The SMS that asks"`
	Slots       []OfferedSlot        `json:"slots" doc:"In the order of the answers 1, 2, 3"`
	Until       time.Time            `json:"until" doc:"From then on the slots are free again"`
}

// OfferedSlot is a slot of an offer, and where it is held.
type OfferedSlot struct {
	Start    time.Time         `json:"start"`
	End      time.Time         `json:"end"`
	Calendar engine.CalendarID `json:"calendar"`
	Location string            `json:"location,omitempty"`
}

func (h invitations) offer(ctx context.Context, in *AtInvitation) (*one[Offer], error) {
	if err := ofKind(string(in.Invitation), "inv_"); err != nil {
		return nil, err
	}
	o, err := h.verbs.Offer(ctx, orgOf(ctx), in.Invitation)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Offer]{Offer{
		Invitation: o.Invitation, Appointment: o.Appointment, Message: o.Message, Until: o.Until,
		Slots: each(o.Slots, func(s engine.Offered) OfferedSlot {
			return OfferedSlot{s.Start, s.End, s.Calendar, s.Location}
		}),
	}}, nil
}
