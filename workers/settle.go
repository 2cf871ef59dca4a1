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

// gathering is how long answers are waited for before they are recorded together.
const gathering = 5 * time.Millisecond

// settleAll records answers soon after they come, several at a time. A process that dies leaves only
// the last few unwritten, so few messages are ever in doubt.
func (s *sender) settleAll(ctx context.Context, t Task, answers <-chan engine.Settled) error {
	var first error
	for done := gather(answers); len(done) > 0; done = gather(answers) {
		if err := s.settle(ctx, t, done); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// gather takes the answers that come within a moment of the first; none when there are no more.
func gather(answers <-chan engine.Settled) (done []engine.Settled) {
	a, more := <-answers
	timer := time.NewTimer(gathering)
	defer timer.Stop()
	for more {
		done = append(done, a)
		select {
		case a, more = <-answers:
		case <-timer.C:
			return done
		}
	}
	return done
}

// settle records answers in one call, and does not give up while the
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
