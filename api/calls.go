package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// callVerbs are about people who asked to be called.
type callVerbs interface {
	Calls(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]*engine.Call, string, error)
	Call(ctx context.Context, org engine.OrganisationID, id engine.CallID) (*engine.Call, error)
	MarkCalled(ctx context.Context, org engine.OrganisationID, id engine.CallID) (*engine.Call, error)
}

// Call is a person who asked to be called.
type Call struct {
	ID         engine.CallID       `json:"id"`
	Recipient  engine.RecipientID  `json:"recipient" doc:"Whom; GET /v1/recipients/{id} has the organisation's own reference"`
	Invitation engine.InvitationID `json:"invitation" doc:"The one they were asked about last"`
	Service    engine.ServiceID    `json:"service"`
	Reply      string              `json:"reply,omitempty" doc:"The text that asked: GET /v1/replies/{id} has its words"`
	Reason     string              `json:"reason" enum:"asked" doc:"asked: the person asked for it by SMS"`
	Since      time.Time           `json:"since"`
	DoneAt     *time.Time          `json:"done_at,omitempty"`
	Version    int64               `json:"version"`
}

// CallAsked is the call that an invitation waits for.
type CallAsked struct {
	ID    engine.CallID `json:"id"`
	Since time.Time     `json:"since"`
}

func callOf(k *engine.Call) Call {
	return Call{k.ID, k.Recipient, k.Invitation, k.Service, k.Reply, "asked", k.Since, k.DoneAt, k.Version}
}

type calls struct {
	*server
	verbs callVerbs
}

const callsPath = "/v1/calls"

func (h calls) register(a huma.API) {
	huma.Register(a, operation("list-calls", http.MethodGet, callsPath, forOrganisation, "List people to call",
		"Those who asked to be called by replying APPEL, CALL and the like, who waits longest first. One is on the list once, however often they ask."), h.list)
	huma.Register(a, operation("get-call", http.MethodGet, callsPath+"/{call}", forOrganisation, "Read a call that was asked for", ""), h.get)
	huma.Register(a, operation("mark-call-done", http.MethodPost, callsPath+"/{call}/done", forOrganisation, "Mark a call as done",
		"The person is off the list until they ask again. Again changes nothing."), h.done)
}

func (h calls) list(ctx context.Context, in *Paging) (*pageOut[Call], error) {
	all, next, err := h.verbs.Calls(ctx, orgOf(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	return pageOf(h.server, callsPath, *in, each(all, callOf), next), nil
}

// AtCall names the call in the path.
type AtCall struct {
	Call engine.CallID `path:"call" maxLength:"64" doc:"The call's id"`
}

func (h calls) get(ctx context.Context, in *AtCall) (*one[Call], error) {
	return h.with(ctx, in, h.verbs.Call)
}

func (h calls) done(ctx context.Context, in *AtCall) (*one[Call], error) {
	return h.with(ctx, in, h.verbs.MarkCalled)
}

func (h calls) with(ctx context.Context, in *AtCall, do func(context.Context, engine.OrganisationID, engine.CallID) (*engine.Call, error)) (*one[Call], error) {
	if err := ofKind(string(in.Call), "call_"); err != nil {
		return nil, err
	}
	k, err := do(ctx, orgOf(ctx), in.Call)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Call]{callOf(k)}, nil
}
