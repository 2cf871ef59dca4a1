package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Message is what became of one SMS or email. Its text is in the person's conversation, without the link
// that opens their appointment.
type Message struct {
	ID          engine.MessageID     `json:"id"`
	Recipient   engine.RecipientID   `json:"recipient"`
	Service     engine.ServiceID     `json:"service,omitempty"`
	Invitation  engine.InvitationID  `json:"invitation,omitempty"`
	Appointment engine.AppointmentID `json:"appointment,omitempty"`
	Batch       engine.BatchID       `json:"batch,omitempty"`
	Kind        engine.MessageKind   `json:"kind"`
	Channel     engine.Channel       `json:"channel" enum:"sms,email"`
	Rung        int                  `json:"rung,omitempty" doc:"Of a relance"`
	State       engine.MessageState  `json:"state" enum:"queued,sending,sent,delivered,undelivered,failed,skipped"`
	Reason      string               `json:"reason,omitempty" doc:"Why it was skipped, failed or not delivered"`
	Delayed     string               `json:"delayed,omitempty" enum:"quiet,cap,paused,pacing,spacing,later,retried,other_channel,provider,behind" doc:"Why it leaves at another moment than planned_at. quiet: outside the allowed hours, also sooner; cap: the person had their share of the day; paused: the person, their batch or the service was; pacing: there was no slot for it; spacing: a day must pass between two relances; later: the phone was off or out of reach; retried: a provider refused it before, or did not say; provider: none could take it at once, code says rate or no_provider; other_channel: it replaces one that failed; behind: the system was stopped or busy"`
	Code        string               `json:"code,omitempty" doc:"The provider's own"`
	Attempts    int                  `json:"attempts" doc:"Sends begun"`
	Doubts      int                  `json:"doubts,omitempty" doc:"Sends made although an earlier one may have arrived"`
	Provider    string               `json:"provider,omitempty"`
	ProviderID  string               `json:"provider_id,omitempty"`
	Parts       int                  `json:"parts,omitempty" doc:"Of an SMS"`
	Wording     *Wording             `json:"wording,omitempty" doc:"Which text it was made from; absent until then"`
	PlannedAt   time.Time            `json:"planned_at" doc:"When the policy wanted it"`
	SentAt      *time.Time           `json:"sent_at,omitempty"`
	DeliveredAt *time.Time           `json:"delivered_at,omitempty" doc:"When a receipt said so"`
	Next        *Step                `json:"next,omitempty"`
	Version     int64                `json:"version"`
}

// Wording is the text that a message was made from.
type Wording struct {
	Language string `json:"language" doc:"The one it is written in"`
	Rung     int    `json:"rung,omitempty" doc:"When the text is for this relance alone: fr/sms/relance_2"`
	Source   string `json:"source" enum:"service,policy,organisation,built_in" doc:"Written for the service, of the service's texts, written for every service, ours"`
	Number   int64  `json:"version,omitempty" doc:"Of the text, see /v1/texts/…/versions; of the service when the source is policy"`
	Digest   string `json:"digest,omitempty" doc:"Of the template: the same words have the same"`
}

func messageOf(m *engine.Message) Message {
	return Message{
		ID: m.ID, Recipient: m.Recipient, Service: m.Service, Invitation: m.Invitation, Appointment: m.Appointment,
		Batch: m.Batch, Kind: m.Kind, Channel: m.Channel, Rung: m.Rung, State: m.State, Reason: m.Reason, Delayed: m.Delayed, Code: m.Code,
		Attempts: m.Attempt, Doubts: m.Doubts, Provider: m.Provider, ProviderID: m.ProviderID, Parts: m.Parts,
		PlannedAt: m.PlannedAt, SentAt: m.SentAt, DeliveredAt: m.DeliveredAt, Next: stepOf(m.Next), Version: m.Version,
		Wording: (*Wording)(m.Wording),
	}
}

type messages struct {
	*server
	verbs messageVerbs
}

func (h messages) register(a huma.API) {
	huma.Register(a, operation("get-message", http.MethodGet, "/v1/messages/{message}", forOrganisation, "Read what became of a message", ""), h.get)
}

func (h messages) get(ctx context.Context, in *struct {
	Message engine.MessageID `path:"message" maxLength:"64" doc:"The message's id"`
}) (*one[Message], error) {
	if err := ofKind(string(in.Message), "msg_"); err != nil {
		return nil, err
	}
	m, err := h.verbs.Message(ctx, orgOf(ctx), in.Message)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Message]{messageOf(m)}, nil
}
