package workers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"relance/engine"
)

// Engine is the part of engine.Engine that work is done with.
type Engine interface {
	// Advance takes the due steps of records that are not messages. An error means that
	// some may not have been taken; calling again is harmless.
	Advance(ctx context.Context, p engine.Partition, kind string, ids []string) error
	// Claim wins messages to send. What it returns is won even beside an error.
	Claim(ctx context.Context, p engine.Partition, ids []engine.MessageID) ([]*engine.Outgoing, error)
	// Settle records the answers to what was claimed; calling again is harmless.
	Settle(ctx context.Context, p engine.Partition, done []engine.Settled) error
	// Fail notes that the work on one entry failed and when to try it again.
	Fail(ctx context.Context, d engine.Due, cause error) error
}

// handler runs tasks for one asynq server, and knows when none is running any more:
// asynq abandons a handler at its ShutdownTimeout, but the answer of a provider must
// still be recorded.
type handler struct {
	work    func(ctx context.Context, t Task) error
	metrics *Metrics
	log     *slog.Logger
	running sync.WaitGroup
}

// ProcessTask is asynq's handler. nil means that the task is over, for good or because
// its failure is recorded; an error makes asynq run it again.
func (h *handler) ProcessTask(ctx context.Context, at *asynq.Task) error {
	h.running.Add(1)
	defer h.running.Done()
	t, err := decode(at.Type(), at.Payload())
	if err != nil {
		h.log.Error("a task was thrown away", "kind", at.Type(), "error", err)
		return errors.Join(err, asynq.SkipRetry)
	}
	began := time.Now()
	err = safely(func() error { return h.work(ctx, t) })
	h.metrics.worked(t, time.Since(began), err)
	if err != nil {
		h.log.Warn("a task failed and will be run again",
			"kind", t.Kind, "partition", t.Partition, "entries", len(t.IDs), "error", err)
	}
	return err
}

// steps is the work of RoleSteps.
func steps(e Engine, log *slog.Logger) func(ctx context.Context, t Task) error {
	return func(ctx context.Context, t Task) error {
		return apart(ctx, t.IDs,
			func(ids []string) error { return e.Advance(ctx, t.Partition, t.Kind, ids) },
			failing(ctx, e, t, log))
	}
}

// failing records with the engine that the work on one entry failed. Its error means
// that not even this could be recorded.
func failing(ctx context.Context, e Engine, t Task, log *slog.Logger) func(id string, cause error) error {
	return func(id string, cause error) error {
		log.Error("a step failed; it will be tried again later", "kind", t.Kind, "id", id, "error", cause)
		return safely(func() error {
			return e.Fail(ctx, engine.Due{Partition: t.Partition, Kind: t.Kind, ID: id}, cause)
		})
	}
}

// apart does a chunk at once and, when that fails, each id on its own, so that one bad
// record fails alone and not with 63 others. Nothing is blamed on a record while the
// store is away or time has run out: those errors are returned.
func apart(ctx context.Context, ids []string, do func(ids []string) error, fail func(id string, cause error) error) error {
	err := safely(func() error { return do(ids) })
	if err == nil {
		return nil
	}
	if passing(ctx, err) {
		return err
	}
	if len(ids) == 1 {
		return fail(ids[0], err)
	}
	var errs []error
	for i := range ids {
		err := apart(ctx, ids[i:i+1], do, fail)
		if err != nil && passing(ctx, err) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// passing tells whether err says nothing about the records: the same call may work later.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || engine.CodeOf(err) == engine.CodeUnavailable ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// retryDelay is asynq's wait before it runs a task again: 2 s, doubled each time, at
// most a minute. The lease of the entries ends about then, and makes a task of its own.
func retryDelay(n int, _ error, _ *asynq.Task) time.Duration {
	return min(2*time.Second<<min(n, 5), time.Minute)
}
