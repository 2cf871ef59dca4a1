package store

import (
	"context"
	"sync"
	"time"

	"relance/engine"
)

// What costs is the round trip, not the record (DESIGN): of callers who ask small things of one
// partition at the same moment, the first few go at once and the others gather meanwhile and go as one.
const (
	joinedAtOnce = 4                // calls under way per partition
	joinedMost   = 16               // asks in one joined call: more would wait for each other
	joinedSmall  = 16               // asks of a caller that still joins; more are a round trip's worth
	joinedFor    = 30 * time.Second // a joined call outlives the callers that gave up, this long
)

// joint runs the calls of many callers together. Each gets the answers to what it asked.
type joint[Q, A any] struct {
	run func(ctx context.Context, p engine.Partition, ask []Q) ([]A, error)

	mu    sync.Mutex
	lanes [engine.Partitions]struct {
		running int
		waiting []*ticket[Q, A]
	}
}

// ticket is a caller that waits.
type ticket[Q, A any] struct {
	ask     []Q
	answers []A
	err     error
	done    chan struct{}
}

// do answers what is asked, alone or together with others. A caller whose ctx ends while it waits
// does not know whether it was done.
func (j *joint[Q, A]) do(ctx context.Context, p engine.Partition, ask []Q) ([]A, error) {
	if len(ask) > joinedSmall {
		return j.run(ctx, p, ask)
	}
	j.mu.Lock()
	lane := &j.lanes[p]
	if lane.running < joinedAtOnce {
		lane.running++
		j.mu.Unlock()
		defer j.next(p)
		return j.run(ctx, p, ask)
	}
	t := &ticket[Q, A]{ask: ask, done: make(chan struct{})}
	lane.waiting = append(lane.waiting, t)
	j.mu.Unlock()
	select {
	case <-t.done:
		return t.answers, t.err
	case <-ctx.Done():
		return nil, unavailable("wait", ctx.Err())
	}
}

// next lets those go who gathered while a call was under way.
func (j *joint[Q, A]) next(p engine.Partition) {
	j.mu.Lock()
	defer j.mu.Unlock()
	lane := &j.lanes[p]
	if len(lane.waiting) == 0 {
		lane.running--
		return
	}
	n, asks := 0, 0
	for n < len(lane.waiting) && asks+len(lane.waiting[n].ask) <= joinedMost {
		asks += len(lane.waiting[n].ask)
		n++
	}
	together := lane.waiting[:n:n]
	lane.waiting = lane.waiting[n:]
	go func() {
		defer j.next(p)
		ctx, cancel := context.WithTimeout(context.Background(), joinedFor)
		defer cancel()
		j.together(ctx, p, together, asks)
	}()
}

// together asks for all and hands the answers out. What one caller's ask makes impossible must not
// fail the others: then each is asked alone.
func (j *joint[Q, A]) together(ctx context.Context, p engine.Partition, all []*ticket[Q, A], asks int) {
	ask := make([]Q, 0, asks)
	for _, t := range all {
		ask = append(ask, t.ask...)
	}
	answers, err := j.run(ctx, p, ask)
	for _, t := range all {
		switch {
		case err == nil:
			n := len(t.ask)
			t.answers, answers = answers[:n:n], answers[n:]
		case engine.CodeOf(err) == engine.CodeUnavailable || len(all) == 1:
			t.err = err
		default:
			t.answers, t.err = j.run(ctx, p, t.ask)
		}
		close(t.done)
	}
}
