package bench_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"relance/channels"
	"relance/engine"
	"relance/workers"
)

// BenchmarkPath sends invitations through the whole path (due step, task, messages, task, claim,
// provider that does nothing, settlement) and compares with bare asynq and an empty handler.
func BenchmarkPath(b *testing.B) {
	const people, tasks = 20_000, 10_000
	for range b.N {
		bare := bareAsynq(b, tasks)
		path := wholePath(b, people)
		b.ReportMetric(bare, "bare_tasks/s")
		b.ReportMetric(path, "messages/s")
		b.ReportMetric(path/bare, "ratio")
	}
	b.ReportMetric(0, "ns/op")
}

// wholePath is messages a second.
func wholePath(b *testing.B, people int) float64 {
	b.Helper()
	in := install(b)
	in.services(1, 20) // slots for everybody: nobody waits for one
	in.invite(people, 1)
	provider := &nothing{}
	router, err := channels.NewRouter(channels.RouterConfig{}, channels.Lane{Provider: provider, Weight: 1})
	if err != nil {
		b.Fatal(err)
	}
	w, err := workers.New(workers.Config{
		Redis: in.conn, Roles: []workers.Role{workers.RoleDispatch, workers.RoleSteps, workers.RoleSMS}, Engine: in.e,
		Timetable: in.store, Router: router, Clock: engine.WallClock{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	in.e.Wake = w.Wake
	start := time.Now()
	if err := w.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	for in.sent() < int64(people) {
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(start)
	if err := w.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	if n := provider.sent.Load(); n != int64(people) {
		b.Fatalf("the provider got %d messages for %d people", n, people)
	}
	return float64(people) / took.Seconds()
}

// sent counts the messages whose settlement is stored.
func (in *installation) sent() int64 {
	counts, err := in.e.Counts(in.b.Context(), org)
	if err != nil {
		in.b.Fatal(err)
	}
	return counts[string(engine.EventMessageSent)]
}

// bareAsynq is tasks a second: enqueued by 64 goroutines while one server handles them with nothing.
func bareAsynq(b *testing.B, tasks int) float64 {
	b.Helper()
	in := install(b)
	client := asynq.NewClient(in.conn)
	defer client.Close()
	var done atomic.Int64
	finished := make(chan struct{})
	server := asynq.NewServer(in.conn, asynq.Config{Concurrency: 64, TaskCheckInterval: 100 * time.Millisecond, LogLevel: asynq.FatalLevel})
	start := time.Now()
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		if done.Add(1) == int64(tasks) {
			close(finished)
		}
		return nil
	})); err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(tasks); n = next.Add(1) {
				if _, err := client.Enqueue(asynq.NewTask("empty", nil, asynq.TaskID(fmt.Sprint(n)))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	<-finished
	took := time.Since(start)
	server.Shutdown()
	return float64(tasks) / took.Seconds()
}
