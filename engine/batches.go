package engine

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
)

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
	if b.Version == 0 {
		b.Version = 1
	}
	return b, nil
}

// RefuseLines keeps why lines of a batch were refused; no values, only places and reasons.
func (e *Engine) RefuseLines(ctx context.Context, org OrganisationID, id BatchID, lines []RefusedLine) error {
	c := Change{}
	for _, l := range lines {
		body, err := json.Marshal(l)
		if err != nil {
			return &Error{Code: CodeInternal, Op: "refuse lines", Message: "a refusal cannot be written", Cause: err}
		}
		c.Lists = append(c.Lists, ListEntry{List: "lines:" + string(id), Score: int64(l.Line), Member: string(body)})
	}
	_, err := e.commit(ctx, org.Partition(), []Change{c})
	return err
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
		c := &Change{}
		c.put(b)
		c.emit(Event{At: now, Type: EventBatchStored, Organisation: b.Organisation, Service: b.Service, Batch: b.ID, State: b.State, Version: b.Version + 1})
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

// RefusedLine is a line of a batch that could not be taken, and why.
type RefusedLine struct {
	Line    int     `json:"line"`
	Code    Code    `json:"code"`
	Message string  `json:"message"`
	Fields  []Field `json:"fields,omitempty"`
}

// BatchLine is the result of one line: an invitation or a refusal.
type BatchLine struct {
	Line       int          `json:"line"`
	Invitation InvitationID `json:"invitation,omitempty"`
	Refused    *RefusedLine `json:"refused,omitempty"`
}

// BatchLines pages through the results by line.
func (e *Engine) BatchLines(ctx context.Context, org OrganisationID, id BatchID, cursor string, limit int) ([]BatchLine, string, error) {
	if _, err := e.Batch(ctx, org, id); err != nil {
		return nil, "", err
	}
	members, next, err := e.Lister.List(ctx, org.Partition(), "lines:"+string(id), cursor, limit)
	if err != nil {
		return nil, "", err
	}
	out := make([]BatchLine, len(members))
	for i, m := range members {
		out[i] = BatchLine{Line: int(m.Score)}
		if !strings.HasPrefix(m.Member, "{") {
			out[i].Invitation = InvitationID(m.Member)
			continue
		}
		out[i].Refused = &RefusedLine{}
		if err := json.Unmarshal([]byte(m.Member), out[i].Refused); err != nil {
			return nil, "", &Error{Code: CodeInternal, Op: "read lines", Message: "line " + strconv.FormatInt(m.Score, 10) + " cannot be read", Cause: err}
		}
	}
	return out, next, nil
}
