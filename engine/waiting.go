package engine

import (
	"context"
	"slices"
	"time"
)

// The reasons for which people wait to be invited.
const (
	WaitNoSlots = "no_free_slots" // the service has none until its horizon
	WaitForRoom = "pacing"        // the free slots are for those invited before, and for those ahead
	WaitPaused  = ReasonPaused    // somebody said to wait; nobody can tell until when
)

// Waiting says why people of a service wait to be invited, and until when at the latest.
type Waiting struct {
	People int64  // of a service or a batch: how many; of an invitation: 1
	Reason string // WaitNoSlots, WaitForRoom or WaitPaused
	Ahead  int64  // about how many go before: of a service or a batch, before its last
	// Expected is when the horizon will have reached enough slots, if all those invited before take one:
	// when some do not answer, it is sooner. nil: not within a year.
	Expected *time.Time
	By       PauseScope // WaitPaused: what is paused
	Since    *time.Time // WaitPaused; nil when it is over and what it kept is on its way
}

// Waiting tells why an invitation waits in the queue of its service, or which pause keeps the person from
// being asked; nil when neither.
func (e *Engine) Waiting(ctx context.Context, inv *Invitation) (*Waiting, error) {
	if w, err := e.waitsForPause(ctx, inv); w != nil || err != nil || inv.Pace != PaceWaiting {
		return w, err
	}
	p, list := inv.Organisation.Partition(), queueName(inv.Organisation, inv.Service, inv.queue())
	const looked = 500 // further back, lines tell
	queue, _, err := e.Lister.List(ctx, p, list, "", looked)
	if err != nil {
		return nil, err
	}
	rank := int64(slices.IndexFunc(queue, func(l Listed) bool { return l.Member == string(inv.ID) }))
	if rank < 0 {
		if rank = int64(len(queue)); inv.Batch != "" && len(queue) > 0 {
			rank = max(rank, int64(inv.Line)-queue[0].Score)
		}
	}
	return e.waiting(ctx, inv.Organisation, inv.Service, rank)
}

// BatchWaiting tells why people of a batch wait, or that it is paused; nil when neither. CodeNotFound.
func (e *Engine) BatchWaiting(ctx context.Context, org OrganisationID, id BatchID) (*Waiting, error) {
	b, err := e.Batch(ctx, org, id)
	if err != nil {
		return nil, err
	}
	n, err := e.Lister.Counts(ctx, org.Partition(), "batch:"+string(id))
	if err != nil {
		return nil, err
	}
	if w, err := e.batchPaused(ctx, b, n); w != nil || err != nil || n[countWaiting] == 0 {
		return w, err
	}
	w, err := e.waiting(ctx, org, b.Service, n[countWaiting]-1)
	if w != nil {
		w.People = n[countWaiting]
	}
	return w, err
}

// waiting is for somebody with so many of the same batch before them: the batches take turns.
func (e *Engine) waiting(ctx context.Context, org OrganisationID, id ServiceID, rank int64) (*Waiting, error) {
	o, err := e.Outlook(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return o.after(max(0, min(o.gate.queued-1, (rank+1)*max(1, o.batches)-1))), nil
}
