package workers

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"relance/engine"
)

// enqueuers is how many tasks are enqueued at once: asynq has no batch, and this is five
// times what one goroutine does (DESIGN, "The limits it lives in").
const enqueuers = 64

// round looks at every partition once, then again at those that had more than one sweep
// takes, until they have not or the time of the next full look has come, so that a busy
// partition never starves another. It tells whether something was left behind.
func (d *Dispatcher) round(ctx context.Context, until time.Time) (more bool, err error) {
	busy := allPartitions()
	for len(busy) > 0 {
		busy, err = d.sweep(ctx, busy)
		if err != nil || d.stopping() || time.Now().After(until) {
			break
		}
	}
	return len(busy) > 0, err
}

// sweep takes up to ChunkSize entries of each partition and enqueues them. It returns
// the partitions that may have more. Entries that cannot be enqueued come back with
// their lease.
func (d *Dispatcher) sweep(ctx context.Context, partitions []engine.Partition) (full []engine.Partition, err error) {
	free, err := d.throttle.open(time.Now())
	if len(free) == 0 {
		return nil, err
	}
	now := d.cfg.Clock.Now()
	until := now.Add(d.cfg.Clock.Span(d.cfg.Lease))
	entries, taking := d.cfg.Timetable.Take(ctx, now, until, ChunkSize, free, partitions...)
	d.cfg.Metrics.took(entries, now)
	enqueueing := d.enqueue(ctx, chunks(entries, until))
	return overfull(entries), errors.Join(err, taking, enqueueing)
}

func (d *Dispatcher) enqueue(ctx context.Context, tasks []Task) error {
	var g errgroup.Group
	g.SetLimit(enqueuers)
	for _, t := range tasks {
		d.throttle.add(t.Kind)
		g.Go(func() error {
			err := d.cfg.Queue.Enqueue(ctx, t)
			if err == nil {
				d.cfg.Metrics.enqueued(t.Kind)
			}
			return err
		})
	}
	return g.Wait()
}

func (d *Dispatcher) stopping() bool {
	select {
	case <-d.quit:
		return true
	default:
		return false
	}
}

// overfull lists the partitions that gave as many entries as were asked for.
func overfull(entries []engine.Due) []engine.Partition {
	var full []engine.Partition
	var given [engine.Partitions]int
	for _, e := range entries {
		if given[e.Partition]++; given[e.Partition] == ChunkSize {
			full = append(full, e.Partition)
		}
	}
	return full
}

func allPartitions() []engine.Partition {
	all := make([]engine.Partition, engine.Partitions)
	for i := range all {
		all[i] = engine.Partition(i)
	}
	return all
}
