package engine

import "context"

// OpenBatch starts receiving a batch. The same id again (derived from an Idempotency-Key)
// resumes it: lines stored before are answered with what they made. "" mints an id.
func (e *Engine) OpenBatch(ctx context.Context, org OrganisationID, service ServiceID, id BatchID) (*Batch, error) {
	now := e.Clock.Now()
	if id == "" {
		id = BatchID(e.Minter.Mint("bat", now))
	}
	if _, err := e.Service(ctx, org, service); err != nil {
		return nil, err
	}
	var b *Batch
	err := e.change(ctx, "open batch", org.Partition(), func() (*Change, error) {
		sh, err := e.fetch(ctx, org.Partition(), string(id))
		if err != nil {
			return nil, err
		}
		if b, err = pick[Batch](sh, string(id)); err != nil || b != nil {
			return nil, err
		}
		b = &Batch{ID: id, Organisation: org, Service: service, State: BatchReceiving, CreatedAt: now}
		c := &Change{Lists: []ListEntry{{List: listOf("batches", org), Score: now.UnixMilli(), Member: string(id)}}}
		c.put(b)
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	if b.Organisation != org || b.Service != service {
		return nil, refuse("open batch", CodeConflict, "this batch was begun for another service")
	}
	return b, nil
}

// CloseBatch writes the totals when everything is stored.
func (e *Engine) CloseBatch(ctx context.Context, b *Batch) error {
	total := *b
	return e.change(ctx, "close batch", b.Organisation.Partition(), func() (*Change, error) {
		now := e.Clock.Now()
		was, err := e.Batch(ctx, b.Organisation, b.ID)
		if err != nil || was.State == BatchComplete {
			return nil, err
		}
		*b = total
		b.State, b.StoredAt, b.Version = BatchComplete, at(now), was.Version
		o, err := e.organisation(ctx, b.Organisation)
		if err != nil {
			return nil, err
		}
		c := &Change{}
		c.put(b)
		c.emit(Event{
			At: now.In(e.quiet(o).zone), Type: EventBatchStored, Organisation: b.Organisation, Service: b.Service, Batch: b.ID,
			State: b.State, Version: b.Version + 1, Facts: Facts{Accepted: b.Accepted},
		})
		return c, nil
	})
}

// Batch reads one; CodeNotFound.
func (e *Engine) Batch(ctx context.Context, org OrganisationID, id BatchID) (*Batch, error) {
	return read[Batch](ctx, e, org, string(id))
}

// BatchProgress counts what became of the batch's people, by event ("invitation.sent",
// "appointment.booked", …) and the rung on which they booked ("booked.rung.0").
func (e *Engine) BatchProgress(ctx context.Context, org OrganisationID, id BatchID) (map[string]int64, error) {
	if _, err := e.Batch(ctx, org, id); err != nil {
		return nil, err
	}
	return e.Lister.Counts(ctx, org.Partition(), "batch:"+string(id))
}

// Counts are the organisation's events by type since it began.
func (e *Engine) Counts(ctx context.Context, org OrganisationID) (map[string]int64, error) {
	return e.Lister.Counts(ctx, org.Partition(), "org:"+string(org))
}
