package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// actionVerbs are about where invitations stand and which of them wait for staff.
type actionVerbs interface {
	Statuses(ctx context.Context, org engine.OrganisationID, invs []*engine.Invitation) ([]engine.Status, error)
	ActionsRequired(ctx context.Context, org engine.OrganisationID, q engine.ActionQuery, cursor string, limit int) ([]*engine.Invitation, string, error)
	MarkDone(ctx context.Context, org engine.OrganisationID, id engine.InvitationID) (*engine.Invitation, error)
}

// Action is what staff should look at.
type Action struct {
	Reason      engine.ActionReason  `json:"reason" enum:"expired,no_show,cancelled,outcome_missing,unreachable" doc:"expired: without answer"`
	Since       time.Time            `json:"since"`
	Appointment engine.AppointmentID `json:"appointment,omitempty" doc:"The one it is about"`
	DoneAt      *time.Time           `json:"done_at,omitempty" doc:"When staff dealt with it: it is off the list until something new happens"`
}

// shown are invitations as this API shows them, their statuses read in one go.
func shown(ctx context.Context, verbs actionVerbs, invs ...*engine.Invitation) ([]Invitation, error) {
	statuses, err := verbs.Statuses(ctx, orgOf(ctx), invs)
	if err != nil {
		return nil, problemOf(err)
	}
	out := each(invs, invitationOf)
	for i, inv := range invs {
		out[i].Status = statuses[i]
		if a := inv.Action; a != nil {
			out[i].Action = &Action{a.Reason, a.Since, a.Appointment, a.DoneAt}
		}
	}
	return out, nil
}

// waiting is the page of those that wait for staff.
func (h invitations) waiting(ctx context.Context, in Paging, q engine.ActionQuery) (*pageOut[Invitation], error) {
	all, next, err := h.verbs.ActionsRequired(ctx, orgOf(ctx), q, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	items, err := shown(ctx, h.verbs, all...)
	if err != nil {
		return nil, err
	}
	out := pageOf(h.server, invitationsPath, in, items, next)
	if next != "" {
		query := url.Values{"action_required": {"true"}, "cursor": {next}, "limit": {strconv.Itoa(in.Limit)}}
		for name, value := range map[string]string{"reason": string(q.Reason), "service": string(q.Service)} {
			if value != "" {
				query.Set(name, value)
			}
		}
		out.Link = h.next(invitationsPath, query)
	}
	return out, nil
}

// shownAlone is one invitation as it is shown.
func shownAlone(ctx context.Context, verbs actionVerbs, inv *engine.Invitation) (*one[Invitation], error) {
	all, err := shown(ctx, verbs, inv)
	if err != nil {
		return nil, err
	}
	return &one[Invitation]{all[0]}, nil
}

type actions struct {
	*server
	verbs actionVerbs
}

func (h actions) register(a huma.API) {
	huma.Register(a, operation("mark-invitation-done", http.MethodPost, invitationsPath+"/{invitation}/done", forOrganisation, "Mark an action as done",
		"Staff dealt with it in a way that nothing here can see, such as a call. The invitation leaves the list of those that wait for staff until something new happens; "+
			"its state stays. Where nothing waits, nothing changes."), h.done)
}

func (h actions) done(ctx context.Context, in *AtInvitation) (*one[Invitation], error) {
	if err := ofKind(string(in.Invitation), "inv_"); err != nil {
		return nil, err
	}
	inv, err := h.verbs.MarkDone(ctx, orgOf(ctx), in.Invitation)
	if err != nil {
		return nil, problemOf(err)
	}
	return shownAlone(ctx, h.verbs, inv)
}
