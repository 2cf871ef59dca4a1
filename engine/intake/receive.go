package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"relance/engine"
)

const (
	maxLines = 100_000 // of a batch (RULES §6)
	chunk    = 256     // lines invited in one call
	workers  = 4       // calls at a time: while one waits for the store, others decide
)

// Inviter is what Receive asks of the engine. *engine.Engine is one.
type Inviter interface {
	OpenBatch(ctx context.Context, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID) (*engine.Batch, error)
	Invite(ctx context.Context, org engine.OrganisationID, reqs []engine.InviteRequest) ([]engine.InviteResult, error)
	KeepLines(ctx context.Context, org engine.OrganisationID, id engine.BatchID, chunk int, lines []engine.BatchLine) error
	CloseBatch(ctx context.Context, b *engine.Batch) error
}

// Receive reads a batch, invites everybody it can and keeps why the other lines were refused;
// it answers when everything is stored. It reads no faster than it stores. Lines beyond 100,000
// are refused as one and left unread.
//
// CodeInvalid, before anything is stored: the batch cannot be read at all. CodeUnavailable: the
// upload broke off or the store did not answer; the batch stays "receiving", and receiving it
// again under the same id completes it. A batch that is complete is answered as it is.
func Receive(ctx context.Context, e Inviter, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID, r io.Reader, f Format) (*engine.Batch, error) {
	return receive(ctx, e, org, service, id, r, f, workers)
}

// ReceiveInOrder is Receive with one call at a time, line after line: what the lines make does not depend on
// who is faster.
func ReceiveInOrder(ctx context.Context, e Inviter, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID, r io.Reader, f Format) (*engine.Batch, error) {
	return receive(ctx, e, org, service, id, r, f, 1)
}

func receive(ctx context.Context, e Inviter, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID, r io.Reader, f Format, workers int) (*engine.Batch, error) {
	src, err := open(r, f)
	if err != nil {
		return nil, err
	}
	b, err := e.OpenBatch(ctx, org, service, id)
	if err != nil || b.State == engine.BatchComplete {
		return b, err
	}
	rc := &receiving{e: e, batch: b}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	broke := rc.read(gctx, g, src)
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if broke != nil {
		return nil, broke
	}
	if err := ctx.Err(); err != nil {
		return nil, brokenOff(err)
	}
	b.Lines, b.Accepted, b.Refused = rc.accepted+rc.refused, rc.accepted, rc.refused
	if err := e.CloseBatch(ctx, b); err != nil {
		return nil, err
	}
	return b, nil
}

// receiving is one batch on its way in.
type receiving struct {
	e     Inviter
	batch *engine.Batch

	mu                sync.Mutex
	accepted, refused int
}

// portion is lines that are stored together. How a batch is cut depends on its lines alone, so
// that sending it again makes the same portions.
type portion struct {
	n       int // from 0
	reqs    []engine.InviteRequest
	refused []engine.BatchLine
}

// read hands portions to the workers until the lines or ctx end; Go waits while all are at work.
func (rc *receiving) read(ctx context.Context, g *errgroup.Group, src source) error {
	for n, next := 0, 0; ctx.Err() == nil; next++ {
		p, err := rc.portion(src, min(chunk, maxLines-n))
		p.n = next
		if n += p.size(); n == maxLines && err == nil {
			err = rc.beyond(src, &p)
		}
		if p.size() > 0 {
			g.Go(func() error { return rc.store(ctx, p) })
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// beyond refuses what comes after the last line a batch may have.
func (rc *receiving) beyond(src source, p *portion) error {
	line, err := src.next()
	if err != nil {
		return err
	}
	p.refused = append(p.refused, refused(line.N, refusal("read line", "too_many_lines", "",
		fmt.Sprintf("a batch has at most %d lines; this one and those after it were not read, send them as another batch", maxLines))))
	return io.EOF
}

func (rc *receiving) portion(src source, size int) (portion, error) {
	p := portion{reqs: make([]engine.InviteRequest, 0, size)}
	for p.size() < size {
		line, err := src.next()
		if err != nil {
			return p, err
		}
		if line.Err != nil {
			p.refused = append(p.refused, refused(line.N, line.Err))
			continue
		}
		p.reqs = append(p.reqs, engine.InviteRequest{
			Service: rc.batch.Service, Batch: rc.batch.ID, Line: line.N, Person: line.Person, Channels: line.Channels,
		})
	}
	return p, nil
}

func (p *portion) size() int { return len(p.reqs) + len(p.refused) }

// store invites a portion and keeps what became of its lines.
func (rc *receiving) store(ctx context.Context, p portion) error {
	org, lines := rc.batch.Organisation, p.refused
	accepted := 0
	if len(p.reqs) > 0 {
		results, err := rc.e.Invite(ctx, org, p.reqs)
		if err != nil {
			return err
		}
		lines = slices.Grow(lines, len(results))
		for i, res := range results {
			if res.Err != nil {
				lines = append(lines, refused(p.reqs[i].Line, res.Err))
				continue
			}
			accepted++
			lines = append(lines, engine.BatchLine{Line: p.reqs[i].Line, Invitation: res.Invitation})
		}
	}
	if err := rc.e.KeepLines(ctx, org, rc.batch.ID, p.n, lines); err != nil {
		return err
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.accepted += accepted
	rc.refused += len(lines) - accepted
	return nil
}

func refused(n int, err *engine.Error) engine.BatchLine {
	return engine.BatchLine{Line: n, Refused: &engine.RefusedLine{Line: n, Code: err.Code, Message: err.Message, Fields: err.Fields}}
}
