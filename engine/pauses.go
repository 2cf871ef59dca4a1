package engine

import (
	"context"
	"time"
)

// ServicePauses are since when each of the services is paused, nil for those that are not; in one read.
func (e *Engine) ServicePauses(ctx context.Context, org OrganisationID, ids ...ServiceID) ([]*time.Time, error) {
	all := make([]*pause, len(ids))
	for n, id := range ids {
		all[n] = servicePause(org, id)
	}
	return e.since(ctx, org, all)
}

// BatchPause is since when a batch is paused; nil when it is not.
func (e *Engine) BatchPause(ctx context.Context, b *Batch) (*time.Time, error) {
	since, err := e.since(ctx, b.Organisation, []*pause{batchPause(b.Organisation, b.Service, b.ID)})
	if err != nil {
		return nil, err
	}
	return since[0], nil
}

func (e *Engine) since(ctx context.Context, org OrganisationID, all []*pause) ([]*time.Time, error) {
	ids := make([]string, len(all))
	for n, p := range all {
		ids[n] = p.ID
	}
	sh, err := e.fetch(ctx, org.Partition(), ids...)
	if err != nil {
		return nil, err
	}
	out := make([]*time.Time, len(all))
	for n, p := range all {
		if p, err = p.from(sh); err != nil {
			return nil, err
		}
		out[n] = p.Since
	}
	return out, nil
}

// waitsForPause tells which pause concerns an invitation that may still ask; nil when none does.
func (e *Engine) waitsForPause(ctx context.Context, inv *Invitation) (*Waiting, error) {
	if inv.State != InvitationQueued && inv.State != InvitationSent {
		return nil, nil
	}
	ds, err := e.dossiers(ctx, inv.Organisation.Partition(), string(inv.ID))
	if err != nil || ds[0] == nil {
		return nil, err
	}
	by, since := ds[0].pause()
	if by == "" {
		by = inv.PausedBy
	}
	if by == "" {
		return nil, nil
	}
	return &Waiting{People: 1, Reason: WaitPaused, By: by, Since: since}, nil
}

// batchPaused tells how many of a batch wait because it, or its service, is paused; or, when nobody waits
// for the calendars, because they are themselves. nil when none of that is so.
func (e *Engine) batchPaused(ctx context.Context, b *Batch, n map[string]int64) (*Waiting, error) {
	since, err := e.since(ctx, b.Organisation, []*pause{batchPause(b.Organisation, b.Service, b.ID), servicePause(b.Organisation, b.Service)})
	if err != nil {
		return nil, err
	}
	w := &Waiting{People: n[countPaused] + n[countWaiting], Reason: WaitPaused}
	switch {
	case since[0] != nil:
		w.By, w.Since = PausedBatch, since[0]
	case since[1] != nil:
		w.By, w.Since = PausedService, since[1]
	case n[countPaused] > 0 && n[countWaiting] == 0:
		w.By = PausedRecipient
	default:
		return nil, nil
	}
	return w, nil
}
