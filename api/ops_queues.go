package api

import (
	"context"
	"net/http"
	"time"

	"relance/engine"
)

// Queues are the services for which people wait. Errors: CodeUnavailable.
type Queues interface {
	Queues(ctx context.Context, limit int) ([]engine.Queue, error)
	ServiceWaiting(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) (out int64, w *engine.Waiting, err error)
}

// Queue is a service for which people wait to be asked.
type Queue struct {
	Organisation engine.OrganisationID `json:"organisation"`
	Service      engine.ServiceID      `json:"service"`
	Waiting      int64                 `json:"waiting"`
	Unanswered   int64                 `json:"unanswered"`         // asked, and not answered
	Reason       string                `json:"reason"`             // no_free_slots, pacing, paused
	Expected     *time.Time            `json:"expected,omitempty"` // of the last
}

// queues lists them with the reason; ?limit= says how many, 100 unless told.
func (h *ops) queues(w http.ResponseWriter, r *http.Request) {
	limit, ok := limited(w, r)
	if !ok {
		return
	}
	all, err := h.Queues.Queues(r.Context(), limit)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	out := make([]Queue, 0, len(all))
	for _, q := range all {
		asked, wait, err := h.Queues.ServiceWaiting(r.Context(), q.Organisation, q.Service)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		if wait != nil { // else the last has just been asked
			out = append(out, Queue{q.Organisation, q.Service, wait.People, asked, wait.Reason, wait.Expected})
		}
	}
	reply(w, http.StatusOK, Page[Queue]{Items: out})
}
