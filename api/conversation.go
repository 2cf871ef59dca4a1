package api

import (
	"context"
	"time"

	"relance/engine"
)

// Line is one message of a conversation.
type Line struct {
	ID          string               `json:"id" doc:"Of the message, or of the reply"`
	Direction   string               `json:"direction" enum:"out,in" doc:"out: ours"`
	At          time.Time            `json:"at" doc:"When it left or came; of one that has not left, when it was meant to"`
	Channel     engine.Channel       `json:"channel" enum:"sms,email"`
	Invitation  engine.InvitationID  `json:"invitation,omitempty"`
	Appointment engine.AppointmentID `json:"appointment,omitempty"`
	Subject     string               `json:"subject,omitempty"`
	Text        string               `json:"text,omitempty" doc:"While it is kept; not before it left"`

	Kind        engine.MessageKind  `json:"kind,omitempty" doc:"Of ours"`
	State       engine.MessageState `json:"state,omitempty" enum:"queued,sending,sent,delivered,undelivered,failed,skipped"`
	Reason      string              `json:"reason,omitempty" doc:"Why it was skipped, failed or not delivered"`
	Delayed     string              `json:"delayed,omitempty" doc:"Why it leaves later than planned"`
	PlannedAt   *time.Time          `json:"planned_at,omitempty"`
	SentAt      *time.Time          `json:"sent_at,omitempty"`
	DeliveredAt *time.Time          `json:"delivered_at,omitempty"`

	Understood *Understood `json:"understood,omitempty" doc:"Of theirs: what it was taken for and what was done"`
}

func lineOf(l engine.Line) Line {
	if in := l.Theirs; in != nil {
		u := understoodOf(in)
		return Line{ID: in.ID, Direction: "in", At: in.At, Channel: engine.SMS, Invitation: in.Invitation, Text: in.Text, Understood: &u}
	}
	m := l.Ours
	return Line{
		ID: string(m.ID), Direction: "out", At: l.At(), Channel: m.Channel, Invitation: m.Invitation, Appointment: m.Appointment,
		Subject: m.Subject, Text: m.Body, Kind: m.Kind, State: m.State, Reason: m.Reason, Delayed: m.Delayed,
		PlannedAt: &m.PlannedAt, SentAt: m.SentAt, DeliveredAt: m.DeliveredAt,
	}
}

func (h replies) conversation(ctx context.Context, in *struct {
	AtRecipient
	Paging
}) (*pageOut[Line], error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	all, next, err := h.verbs.Conversation(ctx, orgOf(ctx), in.Recipient, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	return pageOf(h.server, "/v1/recipients/"+string(in.Recipient)+"/messages", in.Paging, each(all, lineOf), next), nil
}
