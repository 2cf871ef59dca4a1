package workers

import (
	"context"
	"time"

	"relance/engine"
)

const (
	firstPause   = 50 * time.Millisecond
	longestPause = 3 * time.Second
)

// settle records all answers of a chunk in one call, and does not give up while the
// store is away: an answer lost here must be found out later. It goes on when the task
// is being shut down, until the task's own time is over.
func (s *sender) settle(ctx context.Context, t Task, done []engine.Settled) error {
	if len(done) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := safely(func() error { return s.engine.Settle(ctx, t.Partition, done) })
		switch {
		case err == nil:
			return nil
		case !passing(ctx, err):
			return s.settleApart(ctx, t, done, err)
		case !wait(ctx, pause):
			s.log.Error("answers of providers could not be recorded; they will be found out later",
				"kind", t.Kind, "partition", t.Partition, "messages", len(done), "error", err)
			return err
		}
	}
}

// settleApart settles one by one after a failure that is not the store's, so that one
// bad record keeps only its own answer from being written.
func (s *sender) settleApart(ctx context.Context, t Task, done []engine.Settled, err error) error {
	if len(done) == 1 {
		return failing(ctx, s.engine, t, s.log)(string(done[0].Message.ID), err)
	}
	var first error
	for i := range done {
		if err := s.settle(ctx, t, done[i:i+1]); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// wait pauses for d; it tells whether ctx is still alive then.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
