package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Recipient is a person as far as the API tells: who they are to the organisation and how
// they can be reached, never their name, phone or email, which the organisation has.
type Recipient struct {
	ID         engine.RecipientID                       `json:"id"`
	ExternalID string                                   `json:"external_id"`
	Language   string                                   `json:"language,omitempty"`
	Reach      []engine.Channel                         `json:"reach" nullable:"false" doc:"The channels that can carry a message now"`
	BadPhone   string                                   `json:"bad_phone,omitempty" doc:"Why the phone no longer works"`
	BadPhoneAt *time.Time                               `json:"bad_phone_at,omitempty" doc:"Since when"`
	BadEmail   string                                   `json:"bad_email,omitempty" doc:"Why the email no longer works"`
	PausedAt   *time.Time                               `json:"paused_at,omitempty" doc:"Since when the person is asked nothing; absent when they are not paused"`
	BadEmailAt *time.Time                               `json:"bad_email_at,omitempty" doc:"Since when"`
	OptedOut   *time.Time                               `json:"opted_out,omitempty" doc:"When the person stopped SMS"`
	OptOuts    []OptOut                                 `json:"opt_outs" nullable:"false" doc:"The channels that the person stopped; only they can take them up again"`
	Open       map[engine.ServiceID]engine.InvitationID `json:"open,omitempty" doc:"The open invitation of each service"`
	CreatedAt  time.Time                                `json:"created_at"`
	ActiveAt   time.Time                                `json:"active_at" doc:"Retention counts from it"`
}

// OptOut is a channel that a person stopped.
type OptOut struct {
	Channel engine.Channel   `json:"channel" enum:"sms,email"`
	At      time.Time        `json:"at"`
	How     engine.OptOutHow `json:"how,omitempty" enum:"reply,page,one_click,provider,complaint,staff" doc:"reply: STOP by SMS. page: behind their link. one_click: the button of a mail program. provider: the carrier or the provider says so. complaint: they called an email spam. staff: noted by the organisation"`
}

func optOutsOf(r *engine.Recipient) []OptOut {
	out := []OptOut{}
	if r.OptedOut != nil {
		out = append(out, OptOut{engine.SMS, *r.OptedOut, r.OptedOutHow})
	}
	if r.EmailOptedOut != nil {
		out = append(out, OptOut{engine.Email, *r.EmailOptedOut, r.EmailOptedOutHow})
	}
	return out
}

func recipientOf(r *engine.Recipient) Recipient {
	return Recipient{
		ID: r.ID, ExternalID: r.ExternalID, Language: r.Language, Reach: append([]engine.Channel{}, r.Reach()...),
		BadPhone: r.BadPhone, BadPhoneAt: r.BadPhoneAt, BadEmail: r.BadEmail, BadEmailAt: r.BadEmailAt,
		OptedOut: r.OptedOut, OptOuts: optOutsOf(r), PausedAt: r.PausedAt, Open: r.Open, CreatedAt: r.CreatedAt, ActiveAt: r.ActiveAt,
	}
}

type recipients struct {
	*server
	verbs recipientVerbs
}

func (h recipients) register(a huma.API) {
	const at = "/v1/recipients/{recipient}"
	huma.Register(a, operation("get-recipient", http.MethodGet, at, forOrganisation, "Read how a person can be reached", ""), h.get)
	huma.Register(a, operation("erase-recipient", http.MethodDelete, at, forOrganisation, "Erase a person",
		"The person, their invitations, appointments and messages; events keep ids only. A coming appointment must be cancelled first."), h.erase)
	registerPauses(a, at, "recipient", "a person", h.pause, h.resume)
	h.registerWays(a, at)
}

// AtRecipient names the recipient in the path.
type AtRecipient struct {
	Recipient engine.RecipientID `path:"recipient" maxLength:"64" doc:"The recipient's id"`
}

func (h recipients) get(ctx context.Context, in *AtRecipient) (*one[Recipient], error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	r, err := h.verbs.Recipient(ctx, orgOf(ctx), in.Recipient)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Recipient]{recipientOf(r)}, nil
}

func (h recipients) erase(ctx context.Context, in *AtRecipient) (*struct{}, error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	if err := h.verbs.Erase(ctx, orgOf(ctx), in.Recipient); err != nil {
		return nil, problemOf(err)
	}
	return nil, nil
}
