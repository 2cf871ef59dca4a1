package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

const (
	// tries is how often asynq itself runs a task again after an error. It only bridges a
	// short absence of Redis; real failures are the engine's to count (Engine.Fail).
	tries = 5
	// stepTime is the longest a chunk of steps may take.
	stepTime = 60 * time.Second
	// sendTime is the longest a chunk of sends may take, settling included. It must stay
	// under engine.Limits.SendTimeout, or an attempt would be looked into while it runs.
	sendTime = 100 * time.Second
)

// Queues is the asynq side of dispatching: one queue per kind of due entries.
type Queues struct {
	prefix    string
	client    *asynq.Client
	inspector *asynq.Inspector
}

// NewQueues works on asynq queues whose names begin with prefix ("" in production; tests
// that share a Redis have one each). The connections of c are not those of a server: the
// caller closes them.
func NewQueues(c redis.UniversalClient, prefix string) *Queues {
	return &Queues{
		prefix:    prefix,
		client:    asynq.NewClientFromRedisClient(c),
		inspector: asynq.NewInspectorFromRedisClient(c),
	}
}

// Enqueue is the one place where tasks are made. A task that is already there is success:
// names are deterministic, so it is our own, written by an attempt whose answer was lost.
func (q *Queues) Enqueue(ctx context.Context, t Task) error {
	body, err := t.encode()
	if err != nil {
		return fmt.Errorf("workers: encode a task: %w", err)
	}
	limit := stepTime
	if sends(t.Kind) {
		limit = sendTime
	}
	_, err = q.client.EnqueueContext(ctx, asynq.NewTask(t.Kind, body),
		asynq.Queue(q.prefix+t.Kind), asynq.TaskID(t.name()),
		asynq.MaxRetry(tries), asynq.Timeout(limit), asynq.Retention(0))
	if err == nil || errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return fmt.Errorf("workers: enqueue a task of kind %s: %w", t.Kind, err)
}

// Pending counts the tasks of a kind that no server has taken yet.
func (q *Queues) Pending(kind string) (int, error) {
	name := q.prefix + kind
	info, err := q.inspector.GetQueueInfo(name)
	if err != nil {
		// asynq's error for a queue that nothing was ever put in cannot be told from others.
		names, listing := q.inspector.Queues()
		if listing == nil && !slices.Contains(names, name) {
			return 0, nil
		}
		info, err = q.inspector.GetQueueInfo(name) // it may have been made in between
	}
	if err != nil {
		return 0, fmt.Errorf("workers: inspect the queue of kind %s: %w", kind, err)
	}
	return info.Pending, nil
}
