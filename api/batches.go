package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Batch is a list of people to invite, and how far it is.
type Batch struct {
	ID        engine.BatchID   `json:"id"`
	Service   engine.ServiceID `json:"service"`
	State     string           `json:"state" enum:"receiving,stored" doc:"receiving for long: its sender went away; send it again with the same Idempotency-Key"`
	Lines     int              `json:"lines"`
	Accepted  int              `json:"accepted"`
	Refused   int              `json:"refused" doc:"Read why line by line at /v1/batches/{id}/lines"`
	CreatedAt time.Time        `json:"created_at"`
	StoredAt  *time.Time       `json:"stored_at,omitempty"`
	PausedAt  *time.Time       `json:"paused_at,omitempty" doc:"Since when its people are asked nothing; absent when it is not paused"`
	Progress  map[string]int64 `json:"progress,omitempty" doc:"How many of its people reached each state; waiting: how many wait now for slots to open; paused: how many a pause keeps from being asked now"`
	Waiting   *Waiting         `json:"waiting,omitempty" doc:"Why some of its people wait, and until when at the latest the last of them"`
}

// BatchLine is the result of one line: an invitation or a refusal.
type BatchLine struct {
	Line       int                 `json:"line" doc:"Where it began: the line of a file, the element of an array, from 1"`
	Invitation engine.InvitationID `json:"invitation,omitempty"`
	Refused    *Refusal            `json:"refused,omitempty"`
}

// Refusal is why a line was not taken.
type Refusal struct {
	Code   string  `json:"code"`
	Detail string  `json:"detail"`
	Errors []Fault `json:"errors,omitempty"`
}

func batchOf(b *engine.Batch) Batch {
	return Batch{
		ID: b.ID, Service: b.Service, State: b.State, Lines: b.Lines, Accepted: b.Accepted, Refused: b.Refused,
		CreatedAt: b.CreatedAt, StoredAt: b.StoredAt,
	}
}

func batchLineOf(l engine.BatchLine) BatchLine {
	out := BatchLine{Line: l.Line, Invitation: l.Invitation}
	if r := l.Refused; r != nil {
		out.Refused = &Refusal{Code: string(r.Code), Detail: r.Message, Errors: faultsOf(r.Fields)}
	}
	return out
}

type batches struct {
	*server
	verbs batchVerbs
}

const batchesPath = "/v1/batches"

func (h batches) register(a huma.API) {
	h.registerPost(a)
	huma.Register(a, operation("get-batch", http.MethodGet, batchesPath+"/{batch}", forOrganisation, "Read a batch's totals and progress", ""), h.get)
	huma.Register(a, operation("list-batch-lines", http.MethodGet, batchesPath+"/{batch}/lines", forOrganisation, "Read the result of each line",
		"In the order of the lines: an invitation, or why there is none."), h.lines)
	registerPauses(a, batchesPath+"/{batch}", "batch", "the people of a batch", h.pause, h.resume)
}

// AtBatch names the batch in the path.
type AtBatch struct {
	Batch engine.BatchID `path:"batch" maxLength:"64" doc:"The batch's id"`
}

func (h batches) get(ctx context.Context, in *AtBatch) (*one[Batch], error) {
	if err := ofKind(string(in.Batch), "bat_"); err != nil {
		return nil, err
	}
	b, err := h.verbs.Batch(ctx, orgOf(ctx), in.Batch)
	if err != nil {
		return nil, problemOf(err)
	}
	out := batchOf(b)
	if out.PausedAt, err = h.verbs.BatchPause(ctx, b); err != nil {
		return nil, problemOf(err)
	}
	if out.Progress, err = h.verbs.BatchProgress(ctx, orgOf(ctx), in.Batch); err != nil {
		return nil, problemOf(err)
	}
	wait, err := h.verbs.BatchWaiting(ctx, orgOf(ctx), in.Batch)
	if err != nil {
		return nil, problemOf(err)
	}
	out.Waiting = waitingOf(wait)
	return &one[Batch]{out}, nil
}

func (h batches) lines(ctx context.Context, in *struct {
	AtBatch
	Paging
}) (*pageOut[BatchLine], error) {
	if err := ofKind(string(in.Batch), "bat_"); err != nil {
		return nil, err
	}
	if _, err := h.verbs.Batch(ctx, orgOf(ctx), in.Batch); err != nil {
		return nil, problemOf(err) // a page of nothing would hide a wrong id
	}
	all, next, err := h.verbs.BatchLines(ctx, orgOf(ctx), in.Batch, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	path := batchesPath + "/" + string(in.Batch) + "/lines"
	return pageOf(h.server, path, in.Paging, each(all, batchLineOf), next), nil
}
