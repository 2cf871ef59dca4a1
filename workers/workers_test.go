package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"

	"relance/channels"
	"relance/engine"
	"relance/engine/store/redistest"
)

// brisk are settings for tests: the same machinery, looking more often.
func brisk(o *office, conn Connection) Config {
	return Config{
		Redis: conn, Prefix: redistest.Prefix(), Roles: Roles(),
		Engine: o, Timetable: o, Clock: o.clock,
		Settings: Settings{CheckInterval: 10 * time.Millisecond, Every: 10 * time.Millisecond, ShutdownTimeout: 10 * time.Second},
	}
}

func shared(t testing.TB) Connection { return Connection{Addrs: []string{redistest.Server(t).Addr}} }

func begin(t testing.TB, cfg Config) *Workers {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func end(t testing.TB, w *Workers) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longEnough)
	defer cancel()
	if err := w.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// Everything taken is handled exactly once when nothing fails, whatever carries the queue.
func TestEverythingIsDoneOnce(t *testing.T) {
	t.Parallel()
	for name, conn := range map[string]func(t testing.TB) Connection{
		"redis":    shared,
		"embedded": func(t testing.TB) Connection { return Connection{Addrs: []string{miniredis.RunT(t).Addr()}} },
		"cluster": func(t testing.TB) Connection {
			return Connection{Addrs: redistest.ClusterClient(t).Options().Addrs, IsClusterMode: true}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice()
			sms := &carrier{name: "sms", ch: channels.SMS}
			mail := &carrier{name: "mail", ch: channels.Email}
			cfg := brisk(o, conn(t))
			cfg.Router = routing(t, sms, mail)
			cfg.Pending = 20
			for _, kind := range kinds() {
				o.add(kind, 5, allPartitions()...)
				o.add(kind, 300, 42)
			}
			each := 63*5 + 300
			w := begin(t, cfg)
			o.emptied(t, each*len(kinds()))
			end(t, w)
			if len(sms.messages()) != each || len(mail.messages()) != each || len(o.failed) != 0 {
				t.Errorf("%d SMS and %d emails were sent, want %d of each; failed: %v", len(sms.messages()), len(mail.messages()), each, o.failed)
			}
		})
	}
}

// A process that dies in the middle of a task leaves entries that come due again, and
// are not waited for longer than their lease.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	o := newOffice()
	var first sync.Once
	begun, died := make(chan struct{}), make(chan struct{})
	o.onAdvance = func(ctx context.Context, ids []string) error {
		mine := false
		first.Do(func() { mine = true })
		if mine {
			close(begun)
			<-died
			return errAway // a dead process writes nothing
		}
		return nil
	}
	o.add(engine.DueInvitation, 10, 3)
	cfg := brisk(o, shared(t))
	cfg.Roles = []Role{RoleDispatch, RoleSteps}
	doomed := begin(t, cfg)
	<-begun
	doomed.cut() // from now on it can tell Redis nothing
	if err := doomed.clients[0].Ping(t.Context()).Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("the doomed process still speaks to Redis: %v", err)
	}
	heir := begin(t, cfg)
	o.mu.Lock()
	if len(o.done) != 0 {
		t.Errorf("%d were done under the lease of another", len(o.done))
	}
	o.mu.Unlock()
	o.clock.forward(61 * time.Second)
	o.emptied(t, 10)
	close(died)
	end(t, heir)
	end(t, doomed)
}

// On SIGTERM nothing is lost: a send that has begun is settled with its answer; messages
// claimed and not begun go back; then the providers are closed.
func TestStopSettlesSendsInFlight(t *testing.T) {
	t.Parallel()
	o := newOffice()
	begun := make(chan struct{}, ChunkSize)
	var stopping <-chan struct{}
	slow := &carrier{name: "slow", ch: channels.SMS, send: func(context.Context, channels.Message) channels.Answer {
		begun <- struct{}{}
		<-stopping
		return channels.Answer{Outcome: channels.Sent, ProviderID: "x"}
	}}
	o.add(engine.DueSMS, 10, 3)
	cfg := brisk(o, shared(t))
	cfg.Roles = []Role{RoleDispatch, RoleSMS}
	cfg.Router = routing(t, slow)
	cfg.Parallel = 4
	var open closer = func() error {
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.answers) != 10 {
			t.Errorf("the providers were closed when %d of 10 answers were settled", len(o.answers))
		}
		return nil
	}
	cfg.Providers = []io.Closer{open}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stopping = w.draining
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		<-begun
	}
	end(t, w)
	count := map[engine.Outcome]int{}
	for _, a := range o.answers {
		count[a.Outcome]++
	}
	if count[engine.OutcomeSent] != 4 || count[engine.OutcomeTemporary] != 6 || len(slow.messages()) != 4 {
		t.Errorf("%d sends gave %v; want 4 sent and 6 to wait", len(slow.messages()), count)
	}
}

type closer func() error

func (c closer) Close() error { return c() }

// A send that outlives ShutdownTimeout is cut short, and settled as what it is: unknown.
func TestStopCutsAStuckSendShort(t *testing.T) {
	t.Parallel()
	o := newOffice()
	begun := make(chan struct{})
	stuck := &carrier{name: "stuck", ch: channels.SMS, send: func(ctx context.Context, _ channels.Message) channels.Answer {
		close(begun)
		<-ctx.Done()
		return channels.Answer{Outcome: channels.Unknown, Code: "timeout"}
	}}
	tries := 0
	o.onSettle = func([]engine.Settled) error { // so that asynq has given up long before
		if tries++; tries < 5 {
			return errAway
		}
		return nil
	}
	o.add(engine.DueSMS, 1, 3)
	cfg := brisk(o, shared(t))
	cfg.Roles = []Role{RoleDispatch, RoleSMS}
	cfg.Router = routing(t, stuck)
	cfg.ShutdownTimeout = 50 * time.Millisecond
	w := begin(t, cfg)
	<-begun
	end(t, w)
	if a := o.answers["sms-3-0"]; a.Outcome != engine.OutcomeUnknown || a.Provider != "stuck" {
		t.Errorf("settled %+v, want unknown", a)
	}
}

// Redis goes away in the middle of the work and comes back: no restart is needed, and
// nothing is left undone.
func TestRedisRestart(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	o := newOffice()
	o.add(engine.DueInvitation, 40, allPartitions()...)
	cfg := brisk(o, Connection{Addrs: []string{r.addr()}})
	cfg.Roles = []Role{RoleDispatch, RoleSteps}
	w := begin(t, cfg)
	o.wait(t, "the work to begin", func() bool { return len(o.done) > 200 })
	r.kill()
	o.add(engine.DueAppointment, 40, allPartitions()...)
	r.start()
	done := make(chan struct{})
	defer close(done)
	go o.ageLeases(done)
	o.emptied(t, 2*40*engine.Partitions)
	end(t, w)
}

// ageLeases lets leases end now and then, as an hour would.
func (o *office) ageLeases(done <-chan struct{}) {
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			o.clock.forward(time.Minute)
		}
	}
}

// A backlog waits in the due set while nobody works, and asynq holds little of it.
func TestBacklogWaitsInTheDueSet(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.add(engine.DueInvitation, 300, allPartitions()...)
	cfg := brisk(o, shared(t))
	cfg.Roles = []Role{RoleDispatch}
	cfg.Pending = 5
	dispatcher := begin(t, cfg)
	o.wait(t, "the queue to fill", func() bool { return o.taken >= 5*ChunkSize })
	queues := dispatcher.dispatcher.cfg.Queue
	for range 20 { // it holds
		n, err := queues.Pending(engine.DueInvitation)
		if err != nil || n > 5+engine.Partitions {
			t.Fatalf("%d tasks wait: %v", n, err)
		}
		dispatcher.Wake(engine.DueInvitation)
	}
	cfg.Roles = []Role{RoleSteps}
	steps := begin(t, cfg)
	o.emptied(t, 300*engine.Partitions)
	end(t, dispatcher)
	end(t, steps)
}

// Not parallel: it counts the goroutines of the whole process.
func TestStopLeavesNoGoroutine(t *testing.T) {
	o := newOffice()
	cfg := brisk(o, shared(t))
	cfg.Router = routing(t, &carrier{name: "a", ch: channels.SMS})
	o.add(engine.DueSMS, 10, 3)
	w := begin(t, cfg)
	o.emptied(t, 10)
	end(t, w)
	if err := w.Stop(t.Context()); err != nil {
		t.Errorf("stopping again: %v", err)
	}
	deadline := time.Now().Add(longEnough)
	for left := strays(); len(left) > 0; left = strays() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
		}
		runtime.Gosched()
	}
}

// strays are the stacks of goroutines that work for this package or what it uses.
func strays() []string {
	buf := make([]byte, 1<<20)
	var left []string
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		ours := strings.Contains(stack, "hibiken/asynq") || strings.Contains(stack, "redis/go-redis") ||
			strings.Contains(stack, "relance/workers.")
		if ours && !strings.Contains(stack, "testing.tRunner") {
			left = append(left, stack)
		}
	}
	return left
}

func TestStopWithoutRedisIsBounded(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	o := newOffice()
	cfg := brisk(o, Connection{Addrs: []string{r.addr()}})
	cfg.Router = routing(t, &carrier{name: "a", ch: channels.SMS})
	cfg.ShutdownTimeout = 100 * time.Millisecond
	w := begin(t, cfg)
	r.kill()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	_ = w.Stop(ctx) // what it says depends on how far asynq came
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestWiringMistakes(t *testing.T) {
	t.Parallel()
	o := newOffice()
	for name, c := range map[string]struct {
		break_ func(*Config)
		says   string
	}{
		"no role":          {func(c *Config) { c.Roles = nil }, "no role is given"},
		"unknown role":     {func(c *Config) { c.Roles = []Role{"smtp"} }, `"smtp" is not a role`},
		"no router":        {func(c *Config) { c.Router = nil }, `"sms" lacks`},
		"no timetable":     {func(c *Config) { c.Timetable = nil }, `"dispatch" lacks`},
		"long SendTimeout": {func(c *Config) { c.SendTimeout = time.Hour }, "SendTimeout is 1h0m0s; at most 1m0s"},
		"metrics twice":    {func(c *Config) { c.Registry = prometheus.NewRegistry(); _, _ = NewMetrics(c.Registry) }, "register the metrics"},
	} {
		cfg := brisk(o, Connection{Addrs: []string{"127.0.0.1:1"}})
		cfg.Router = routing(t)
		c.break_(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	w, err := New(Config{Roles: []Role{RoleSteps}, Engine: o, Redis: Connection{Addrs: []string{"127.0.0.1:1"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := w.Start(ctx); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("start without Redis: %v", err)
	}
	end(t, w)
}

func ExampleRoles() {
	fmt.Println(Roles())
	// Output: [dispatch steps sms email]
}
