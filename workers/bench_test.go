package workers

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"relance/channels"
	"relance/engine"
	"relance/engine/store/redistest"
)

// tally is an engine that forgets what it did and counts it, so that a benchmark
// measures the path and not the fake.
type tally struct {
	due  atomic.Int64 // entries left to take
	done atomic.Int64
	goal int64
	over chan struct{}
}

func newTally(n int) *tally {
	t := &tally{goal: int64(n), over: make(chan struct{})}
	t.due.Store(int64(n))
	return t
}

// Take gives limit entries of each partition until none are left.
func (t *tally) Take(_ context.Context, now, _ time.Time, limit int, kinds []string, partitions ...engine.Partition) ([]engine.Due, error) {
	var out []engine.Due
	for _, p := range partitions {
		for range limit {
			n := t.due.Add(-1)
			if n < 0 {
				return out, nil
			}
			out = append(out, engine.Due{Partition: p, Kind: engine.DueSMS, ID: fmt.Sprintf("msg_%026d", n), At: now})
		}
	}
	return out, nil
}

func (t *tally) Overdue(context.Context, time.Time) (map[string]engine.Backlog, error) {
	return nil, nil
}

func (t *tally) finish(n int) error {
	if t.done.Add(int64(n)) == t.goal {
		close(t.over)
	}
	return nil
}

func (t *tally) Advance(_ context.Context, _ engine.Partition, _ string, ids []string) error {
	return t.finish(len(ids))
}

func (t *tally) Claim(_ context.Context, p engine.Partition, ids []engine.MessageID) ([]*engine.Outgoing, error) {
	out := make([]*engine.Outgoing, len(ids))
	for i, id := range ids {
		out[i] = letter(string(id), engine.SMS, p, false)
	}
	return out, nil
}

func (t *tally) Settle(_ context.Context, _ engine.Partition, done []engine.Settled) error {
	return t.finish(len(done))
}

func (t *tally) Fail(context.Context, engine.Due, error) error { return t.finish(1) }

// BenchmarkPath is due entry → task → claim → provider → settle, with an engine and a
// provider that do nothing: what the machinery itself costs per message.
func BenchmarkPath(b *testing.B) {
	t := newTally(b.N)
	cfg := Config{
		Redis: shared(b), Prefix: redistest.Prefix(), Roles: []Role{RoleDispatch, RoleSMS},
		Engine: t, Timetable: t, Clock: engine.WallClock{},
		Router: routing(b, &mute{}),
	}
	b.ResetTimer()
	w := begin(b, cfg)
	<-t.over
	b.StopTimer()
	end(b, w)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// mute is a provider that does nothing and keeps nothing.
type mute struct{}

func (*mute) Name() string              { return "mute" }
func (*mute) Channel() channels.Channel { return channels.SMS }
func (*mute) Send(context.Context, channels.Message) channels.Answer {
	return channels.Answer{Outcome: channels.Sent}
}

// BenchmarkBareAsynq is the peer: a task per record, enqueued by 64 goroutines and
// processed by one server with an empty handler.
func BenchmarkBareAsynq(b *testing.B) { bareAsynq(b, redistest.Server(b).Addr, b.N) }

// bareAsynq passes n empty tasks through asynq alone.
func bareAsynq(b *testing.B, addr string, n int) {
	conn := Connection{Addrs: []string{addr}, PoolSize: 100}
	out, in := conn.Client(), conn.Client()
	defer func() { _, _ = out.Close(), in.Close() }()
	prefix := redistest.Prefix()
	var done atomic.Int64
	over := make(chan struct{})
	server := asynq.NewServerFromRedisClient(in, asynq.Config{
		Concurrency: 16, Queues: map[string]int{prefix + "sms": 1}, TaskCheckInterval: 100 * time.Millisecond, Logger: asynqLog{orSilent(nil)},
	})
	b.ResetTimer()
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		if done.Add(1) == int64(n) {
			close(over)
		}
		return nil
	})); err != nil {
		b.Fatal(err)
	}
	defer server.Shutdown()
	enqueueAll(b, out, prefix, n)
	<-over
	b.StopTimer()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tasks/s")
}

func enqueueAll(b *testing.B, c redis.UniversalClient, prefix string, n int) {
	queues := NewQueues(c, prefix)
	var next atomic.Int64
	done := make(chan error, enqueuers)
	for range enqueuers {
		go func() {
			var err error
			for i := next.Add(1); i <= int64(n) && err == nil; i = next.Add(1) {
				err = queues.Enqueue(context.Background(), Task{Kind: "sms", IDs: []string{fmt.Sprintf("msg_%026d", i)}})
			}
			done <- err
		}()
	}
	for range enqueuers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEnqueue is the dispatcher's side alone, in tasks of one entry.
func BenchmarkEnqueue(b *testing.B) {
	c := Connection{Addrs: shared(b).Addrs, PoolSize: 100}.Client()
	defer func() { _ = c.Close() }()
	b.ResetTimer()
	enqueueAll(b, c, redistest.Prefix(), b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkPending is the cost of one look at a queue for the back-pressure.
func BenchmarkPending(b *testing.B) {
	c := Connection{Addrs: shared(b).Addrs, PoolSize: 100}.Client()
	defer func() { _ = c.Close() }()
	prefix := redistest.Prefix()
	enqueueAll(b, c, prefix, 100)
	queues := NewQueues(c, prefix)
	for b.Loop() {
		if n, err := queues.Pending("sms"); err != nil || n != 100 {
			b.Fatal(n, err)
		}
	}
}
