package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

type events struct {
	*server
	verbs eventVerbs
}

const eventsPath = "/v1/events"

func (h events) register(a huma.API) {
	huma.Register(a, operation("list-events", http.MethodGet, eventsPath, forOrganisation, "Read what happened",
		"Oldest first, ids and states only. next is there even on the last page: keep it and ask again later, nothing is seen twice and nothing is missed. "+
			"The Link header is there only when more is waiting. service.dry tells, at most once a day of the organisation, that a service has no free slot for those it invited or who wait; "+
			"invitation.policy_changed, that an invitation follows the newest policy from now on."), h.list)
	huma.Register(a, operation("get-counts", http.MethodGet, "/v1/counts", forOrganisation, "Count what happened",
		"The organisation's events by type since it began, and all of them as events. No-show rate = no_show / (attended + cancelled + no_show)."), h.counts)
}

func (h events) list(ctx context.Context, in *Paging) (*pageOut[engine.Event], error) {
	found, next, err := h.verbs.Events(ctx, orgOf(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	out := pageOf(h.server, eventsPath, *in, found, next)
	if next == "" { // the end for now: say where to go on
		out.Body.Next = in.Cursor
		if len(found) > 0 {
			out.Body.Next = found[len(found)-1].ID
		}
	}
	return out, nil
}

// Counts are events by type.
type Counts struct {
	Counts map[string]int64 `json:"counts"`
}

func (h events) counts(ctx context.Context, _ *struct{}) (*one[Counts], error) {
	n, err := h.verbs.Counts(ctx, orgOf(ctx))
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Counts]{Counts{n}}, nil
}
