package board_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/redis/go-redis/v9"

	"relance/channels"
	"relance/engine/store/redistest"
	"relance/workers/board"
)

// wrist is a clock that is moved by hand.
type wrist struct {
	mu  sync.Mutex
	now time.Time
}

func watch() *wrist { return &wrist{now: time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)} }

func (w *wrist) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wrist) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// mute is a provider that is never really asked.
type mute string

func (m mute) Name() string            { return string(m) }
func (mute) Channel() channels.Channel { return channels.SMS }
func (mute) Send(context.Context, channels.Message) channels.Answer {
	return channels.Answer{Outcome: channels.Sent}
}

// process is one of several over a Redis: a router and its board.
func process(t testing.TB, c redis.UniversalClient, w *wrist, prefix string, change ...func(*board.Options)) *board.Board {
	t.Helper()
	r, err := channels.NewRouter(channels.RouterConfig{Now: w.Now, Random: func() float64 { return .5 }},
		channels.Lane{Provider: mute("a"), Weight: 1, Receipts: time.Minute}, channels.Lane{Provider: mute("b"), Weight: 1})
	if err != nil {
		t.Fatal(err)
	}
	o := board.Options{Redis: c, Router: r, Now: w.Now, Prefix: prefix}
	for _, f := range change {
		f(&o)
	}
	b, err := board.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func exchange(t testing.TB, all ...*board.Board) {
	t.Helper()
	for _, b := range all {
		if err := b.Exchange(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func stateOf(b *board.Board, name string) channels.LaneState {
	for _, s := range b.Router.States() {
		if s.Name == name {
			return s
		}
	}
	return channels.LaneState{}
}

// TestKnowledgeIsShared, on one server and on a cluster: what one process saw counts in all, and
// once; where it leads to, a process started later knows.
func TestKnowledgeIsShared(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]redis.UniversalClient{
		"single": redis.NewClient(redistest.Server(t)), "cluster": redistest.ClusterClient(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() { _ = c.Close() })
			w, prefix := watch(), redistest.Prefix()
			one, two := process(t, c, w, prefix), process(t, c, w, prefix)
			for range 60 {
				for i := range 3 {
					answer := channels.Answer{Outcome: channels.Sent}
					if i == 0 {
						answer = channels.Answer{Outcome: channels.Temporary}
					}
					one.Router.Note("a", answer)
					two.Router.Heard("a", w.Now(), true)
				}
				exchange(t, one, two)
				w.forward(time.Second)
			}
			exchange(t, one, two, one)
			late := process(t, c, w, prefix)
			exchange(t, late)
			for _, b := range []*board.Board{two, late} {
				a, want := stateOf(b, "a"), stateOf(one, "a")
				if a.Standing != want.Standing || a.Lately != want.Lately || a.Step < 2 || a.Lately.Answers.Bad == 0 {
					t.Errorf("knows %+v\nwant %+v", a, want)
				}
			}
			w.forward(30 * time.Minute)
			exchange(t, one)
			if n := c.HLen(t.Context(), prefix+"{provider:a}:seen").Val(); n != 0 {
				t.Errorf("half an hour later %d counts are still kept", n)
			}
		})
	}
}

// TestAPauseOutlivesTheProcess and holds in the others, until somebody resumes it anywhere.
func TestAPauseOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	c, w, prefix := redistest.Client(t), watch(), redistest.Prefix()
	one, two := process(t, c, w, prefix), process(t, c, w, prefix)
	exchange(t, one, two)
	if !one.Pause(t.Context(), "a", "maintenance") || one.Pause(t.Context(), "nobody", "") {
		t.Error("Pause tells whether the provider exists")
	}
	late := process(t, c, w, prefix)
	exchange(t, two, late)
	for _, b := range []*board.Board{two, late} {
		if s := stateOf(b, "a"); !s.Paused || s.Why != "maintenance" {
			t.Errorf("%+v", s)
		}
	}
	if !late.Resume(t.Context(), "a") || late.Resume(t.Context(), "nobody") {
		t.Error("Resume tells whether the provider exists")
	}
	exchange(t, one, two)
	if stateOf(one, "a").Paused || stateOf(two, "a").Paused {
		t.Error("resumed in one process, paused in another")
	}
}

// broken fails every command while it is on.
type broken struct{ on atomic.Bool }

var errAway = errors.New("away")

func (b *broken) DialHook(next redis.DialHook) redis.DialHook { return next }
func (b *broken) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if b.on.Load() {
			cmd.SetErr(errAway)
			return errAway
		}
		return next(ctx, cmd)
	}
}
func (b *broken) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if b.on.Load() {
			return errAway
		}
		return next(ctx, cmds)
	}
}

// TestNothingIsForgottenWhileRedisIsAway: the process goes by what it sees, and tells it later.
func TestNothingIsForgottenWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	c, w, prefix := redistest.Client(t), watch(), redistest.Prefix()
	var away broken
	c.AddHook(&away)
	one := process(t, c, w, prefix, func(o *board.Options) { o.Rates = map[string]board.Rate{"a": {PerSecond: 1}} })
	away.on.Store(true)
	for range 30 {
		one.Router.Note("a", channels.Answer{Outcome: channels.Unknown})
	}
	if err := one.Exchange(t.Context()); !errors.Is(err, errAway) {
		t.Errorf("error %v", err)
	}
	if ok, err := one.Take(t.Context(), "a"); ok || err == nil {
		t.Errorf("a rate that cannot be read: %v, %v", ok, err)
	}
	if !one.Pause(t.Context(), "b", "by hand") {
		t.Error("a pause needs no Redis")
	}
	away.on.Store(false)
	two := process(t, c, w, prefix)
	exchange(t, one, two)
	if a := stateOf(two, "a"); a.Lately.Answers.Bad != 30 || !stateOf(two, "b").Paused {
		t.Errorf("told %+v", a)
	}
}

// TestRatesAreSharedByAllProcesses: however many ask, no more leave than the provider takes, and
// those who wait come back one after the other, a little more slowly than they may leave.
func TestRatesAreSharedByAllProcesses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]redis.UniversalClient{
		"single": redis.NewClient(redistest.Server(t)), "cluster": redistest.ClusterClient(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() { _ = c.Close() })
			w, prefix := watch(), redistest.Prefix()
			slow := func(o *board.Options) { // so slow that no second one leaves while the test runs
				o.Rates = map[string]board.Rate{"a": {PerSecond: 0.002, Burst: 5}}
			}
			all := []*board.Board{process(t, c, w, prefix, slow), process(t, c, w, prefix, slow), process(t, c, w, prefix, slow)}
			var left atomic.Int64
			var g sync.WaitGroup
			for i := range 60 {
				g.Go(func() {
					if ok, err := all[i%3].Take(t.Context(), "a"); err != nil {
						t.Error(err)
					} else if ok {
						left.Add(1)
					}
				})
			}
			g.Wait()
			if left.Load() != 5 {
				t.Errorf("%d left, want 5", left.Load())
			}
			const interval = 500 * time.Second * 10 / 9
			for i := range 5 {
				wait, err := all[i%3].Line(t.Context(), "a")
				want := time.Duration(i+1) * interval
				if err != nil || wait > want+time.Second || wait < want-time.Minute {
					t.Errorf("place %d: %v, %v; want %v", i, wait, err, want)
				}
			}
			for range 3 {
				if wait, err := all[0].Line(t.Context(), "a"); err != nil || wait > time.Hour {
					t.Errorf("the longest line: %v, %v", wait, err)
				}
			}
			if ok, err := all[0].Take(t.Context(), "b"); !ok || err != nil {
				t.Errorf("without a rate: %v, %v", ok, err)
			}
		})
	}
}

func TestRatesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	for _, r := range []board.Rate{{}, {PerSecond: -1}, {PerSecond: 1e9}, {PerSecond: 1, Burst: -1}} {
		if _, err := board.New(board.Options{Rates: map[string]board.Rate{"a": r}}); err == nil || !strings.Contains(err.Error(), "a") {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// TestMetrics: what ops watch of the providers.
func TestMetrics(t *testing.T) {
	t.Parallel()
	registry, w := prometheus.NewRegistry(), watch()
	b := process(t, redistest.Client(t), w, redistest.Prefix(), func(o *board.Options) { o.Registry = registry })
	b.Pause(t.Context(), "b", "by hand")
	for range 30 {
		b.Router.Note("a", channels.Answer{Outcome: channels.Temporary})
		w.forward(time.Second)
	}
	want := `
# HELP relance_provider_paused 1 while nothing is given to the provider until somebody resumes it.
# TYPE relance_provider_paused gauge
relance_provider_paused{channel="sms",provider="a"} 0
relance_provider_paused{channel="sms",provider="b"} 1
# HELP relance_provider_failed_ratio Failures among its latest answers, of all processes.
# TYPE relance_provider_failed_ratio gauge
relance_provider_failed_ratio{channel="sms",provider="a"} 1
relance_provider_failed_ratio{channel="sms",provider="b"} 0
# HELP relance_provider_resting 1 while the provider is left alone for a moment: it asked for it, or failed ten times in a row.
# TYPE relance_provider_resting gauge
relance_provider_resting{channel="sms",provider="a"} 1
relance_provider_resting{channel="sms",provider="b"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want),
		"relance_provider_paused", "relance_provider_failed_ratio", "relance_provider_resting"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry); err != nil || n != 12 {
		t.Errorf("%d numbers, %v", n, err)
	}
}

// TestStartAndStop: exchanges go on by themselves, and end with Stop.
func TestStartAndStop(t *testing.T) {
	t.Parallel()
	c, w, prefix := redistest.Client(t), watch(), redistest.Prefix()
	often := func(o *board.Options) { o.Every = time.Millisecond }
	one, two := process(t, c, w, prefix, often), process(t, c, w, prefix)
	one.Start(t.Context())
	two.Pause(t.Context(), "a", "by hand")
	for end := time.Now().Add(20 * time.Second); !stateOf(one, "a").Paused; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("one never hears of the pause")
		}
	}
	one.Stop()
	one.Stop()
	two.Stop() // never started
	two.Resume(t.Context(), "a")
	if !stateOf(one, "a").Paused {
		t.Error("a stopped board hears nothing")
	}
}
