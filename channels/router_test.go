package channels_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/channels"
)

// scripted answers what it is told, and counts.
type scripted struct {
	name   string
	answer func() channels.Answer
	mu     sync.Mutex
	sent   int
}

func (p *scripted) Name() string              { return p.name }
func (p *scripted) Channel() channels.Channel { return channels.SMS }
func (p *scripted) Send(context.Context, channels.Message) channels.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	return p.answer()
}

func always(name string, a channels.Answer) *scripted {
	return &scripted{name: name, answer: func() channels.Answer { return a }}
}

var message = channels.Message{ID: "m1", Channel: channels.SMS, To: "+33612345678", Body: "Bonjour"}

func router(t testing.TB, cfg channels.RouterConfig, lanes ...channels.Lane) *channels.Router {
	t.Helper()
	if cfg.Random == nil {
		cfg.Random = rand.New(rand.NewPCG(1, 2)).Float64
	}
	r, err := channels.NewRouter(cfg, lanes...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func outcome(o channels.Outcome) channels.Answer { return channels.Answer{Outcome: o} }

func TestSendFailsOver(t *testing.T) {
	t.Parallel()
	const sent, temporary, permanent = channels.Sent, channels.Temporary, channels.Permanent
	const configuration, unknown = channels.Configuration, channels.Unknown
	for _, c := range []struct {
		first, second channels.Outcome
		want          channels.Outcome
		by            string
		tries         int
	}{
		{sent, sent, sent, "first", 1},
		{temporary, sent, sent, "second", 2},
		{configuration, sent, sent, "second", 2},
		{permanent, sent, permanent, "first", 1},
		{unknown, sent, unknown, "first", 1},
		{temporary, temporary, temporary, "second", 2},
		{temporary, configuration, temporary, "first", 2},
		{configuration, temporary, temporary, "second", 2},
		{configuration, configuration, configuration, "second", 2},
		{temporary, permanent, permanent, "second", 2},
	} {
		first, second := always("first", outcome(c.first)), always("second", outcome(c.second))
		r := router(t, channels.RouterConfig{}, channels.Lane{Provider: first, Weight: 1}, channels.Lane{Provider: second})
		got := r.Send(t.Context(), message)
		if got.Outcome != c.want || got.Provider != c.by || first.sent+second.sent != c.tries {
			t.Errorf("%s then %s: %+v after %d tries, want %s by %s after %d",
				c.first, c.second, got, first.sent+second.sent, c.want, c.by, c.tries)
		}
	}
}

func TestAvoidedComesLast(t *testing.T) {
	t.Parallel()
	first, second := always("first", outcome(channels.Sent)), always("second", outcome(channels.Temporary))
	r := router(t, channels.RouterConfig{}, channels.Lane{Provider: first, Weight: 100}, channels.Lane{Provider: second})
	got := r.Send(t.Context(), message, "first")
	if got.Provider != "first" || second.sent != 1 {
		t.Errorf("got %+v: the other is asked first, and the avoided when it cannot", got)
	}
	if got := r.Send(t.Context(), message, "first", "second"); got.Provider == "" {
		t.Errorf("all avoided: %+v", got)
	}
}

func TestConfigurationPauses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	var told []channels.LaneState
	p := always("only", channels.Answer{Outcome: channels.Configuration, Code: "20003", Reason: "refused"})
	r := router(t, channels.RouterConfig{
		Now: func() time.Time { return now }, OnPause: func(s channels.LaneState) { told = append(told, s) },
	}, channels.Lane{Provider: p, Weight: 1})
	if got := r.Send(t.Context(), message); got.Outcome != channels.Configuration {
		t.Errorf("got %+v", got)
	}
	got := r.Send(t.Context(), message)
	if got.Outcome != channels.Temporary || got.Provider != "" || got.After <= 0 || p.sent != 1 {
		t.Errorf("paused: got %+v after %d sends", got, p.sent)
	}
	if len(told) != 1 || !told[0].Paused || told[0].Why != "refused (20003)" || !told[0].Since.Equal(now) {
		t.Errorf("told %+v", told)
	}
	p.answer = func() channels.Answer { return outcome(channels.Sent) }
	if !r.Resume("only") || r.Resume("nobody") {
		t.Error("Resume tells whether it exists")
	}
	if got := r.Send(t.Context(), message); got.Outcome != channels.Sent {
		t.Errorf("resumed: got %+v", got)
	}
	if !r.Pause("only", "maintenance") || r.Pause("nobody", "") {
		t.Error("Pause tells whether it exists")
	}
	if got := r.Send(t.Context(), message); got.Provider != "" || got.Code != "no_provider" {
		t.Errorf("paused by hand: %+v", got)
	}
	if s := r.States(); len(s) != 1 || s[0].Why != "maintenance" || len(told) != 1 {
		t.Errorf("states %+v, told %d times", s, len(told))
	}
}

func TestAlertsInARowPause(t *testing.T) {
	t.Parallel()
	alert := channels.Answer{Outcome: channels.Permanent, Alert: true, Reason: "policy"}
	r := router(t, channels.RouterConfig{AlertLimit: 3}, channels.Lane{Provider: always("a", alert), Weight: 1})
	for i, a := range []channels.Answer{alert, alert, outcome(channels.Permanent), outcome(channels.Sent), alert, alert} {
		r.Note("a", a)
		if r.States()[0].Paused {
			t.Fatalf("paused after %d answers: something was sent in between", i+1)
		}
	}
	if r.Note("a", alert); !r.States()[0].Paused {
		t.Error("three in a row pause")
	}
}

func TestRest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	p := always("only", channels.Answer{Outcome: channels.Temporary, After: 30 * time.Second})
	r := router(t, channels.RouterConfig{Now: func() time.Time { return now }}, channels.Lane{Provider: p, Weight: 1})
	r.Send(t.Context(), message)
	now = now.Add(10 * time.Second)
	if got := r.Send(t.Context(), message); got.Provider != "" || got.After < 20*time.Second || got.After > 40*time.Second || p.sent != 1 {
		t.Errorf("resting: %+v after %d sends", got, p.sent)
	}
	now = now.Add(20 * time.Second)
	if got := r.Send(t.Context(), message); got.Provider != "only" {
		t.Errorf("rested: %+v", got)
	}
	p.answer = func() channels.Answer { return channels.Answer{Outcome: channels.Temporary, After: 24 * time.Hour} }
	now = now.Add(time.Minute)
	r.Send(t.Context(), message)
	if rest := r.States()[0].RestUntil.Sub(now); rest > 5*time.Minute {
		t.Errorf("rests %v: a provider does not stop us for a day", rest)
	}
}

// share counts how often each provider is drawn.
func share(t *testing.T, r *channels.Router) map[string]int {
	t.Helper()
	count := map[string]int{}
	for range 10_000 {
		r.SendBy(t.Context(), message, func(_ context.Context, p channels.Provider, _ channels.Message) (channels.Answer, channels.Asking) {
			count[p.Name()]++
			return channels.Answer{}, channels.Stopped // only drawn
		})
	}
	return count
}

func TestWeights(t *testing.T) {
	t.Parallel()
	a, b, reserve := always("a", outcome(channels.Sent)), always("b", outcome(channels.Sent)), always("reserve", outcome(channels.Sent))
	r := router(t, channels.RouterConfig{},
		channels.Lane{Provider: a, Weight: 3}, channels.Lane{Provider: b, Weight: 1}, channels.Lane{Provider: reserve})
	if got := share(t, r); got["a"] < 7_200 || got["a"] > 7_800 || got["reserve"] != 0 {
		t.Errorf("three to one: %v", got)
	}
}

func TestNewRouterRefuses(t *testing.T) {
	t.Parallel()
	p := always("a", outcome(channels.Sent))
	for name, lanes := range map[string][]channels.Lane{
		"twice":    {{Provider: p}, {Provider: p}},
		"negative": {{Provider: p, Weight: -1}},
		"missing":  {{}},
	} {
		if _, err := channels.NewRouter(channels.RouterConfig{}, lanes...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSendAfterTheEnd(t *testing.T) {
	t.Parallel()
	p := always("a", outcome(channels.Sent))
	r := router(t, channels.RouterConfig{}, channels.Lane{Provider: p, Weight: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := r.Send(ctx, message); got.Outcome != channels.Temporary || got.Code != "cancelled" || p.sent != 0 {
		t.Errorf("got %+v", got)
	}
	if got := r.Send(t.Context(), channels.Message{Channel: channels.Email}); got.Provider != "" {
		t.Errorf("no provider of the channel: %+v", got)
	}
	if found, ok := r.Provider("a"); !ok || found != channels.Provider(p) {
		t.Error("Provider finds by name")
	}
	if _, ok := r.Provider("b"); ok {
		t.Error("Provider finds nobody")
	}
}

// TestSendProperty: whatever the providers answer, a message that one says may have left,
// or will never go, is not given to another, and none is asked twice for one message.
func TestSendProperty(t *testing.T) {
	t.Parallel()
	outcomes := []channels.Outcome{channels.Sent, channels.Permanent, channels.Temporary, channels.Configuration, channels.Unknown}
	rapid.Check(t, func(t *rapid.T) {
		var asked []channels.Outcome
		var names, avoid []string
		var lanes []channels.Lane
		for i := range rapid.IntRange(0, 4).Draw(t, "providers") {
			p := &scripted{name: fmt.Sprint("p", i)}
			p.answer = func() channels.Answer {
				a := channels.Answer{
					Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"),
					After:   time.Duration(rapid.IntRange(0, 1).Draw(t, "after")) * time.Minute,
				}
				asked, names = append(asked, a.Outcome), append(names, p.name)
				return a
			}
			lanes = append(lanes, channels.Lane{Provider: p, Weight: rapid.IntRange(0, 3).Draw(t, "weight")})
			if rapid.Bool().Draw(t, "avoid") {
				avoid = append(avoid, p.name)
			}
		}
		r, err := channels.NewRouter(channels.RouterConfig{Random: func() float64 { return rapid.Float64Range(0, 0.999999).Draw(t, "x") }}, lanes...)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			asked, names = nil, nil
			got := r.Send(context.Background(), message, avoid...)
			for i, o := range asked {
				final := o == channels.Sent || o == channels.Permanent || o == channels.Unknown
				if last := i == len(asked)-1; final && !last || final && got.Outcome != o {
					t.Fatalf("answers %v, got %s", asked, got.Outcome)
				}
				if slices.Contains(names[:i], names[i]) {
					t.Fatalf("asked twice: %v", names)
				}
			}
			if got.Provider == "" && (len(asked) > 0 || got.Outcome != channels.Temporary || got.After <= 0) {
				t.Fatalf("answers %v, got %+v", asked, got)
			}
			if got.Provider != "" && !slices.Contains(names, got.Provider) {
				t.Fatalf("answered for %s, asked %v", got.Provider, names)
			}
		}
	})
}

func TestRouterConcurrently(t *testing.T) {
	t.Parallel()
	var n int
	a := &scripted{name: "a"}
	a.answer = func() channels.Answer {
		if n++; n%3 == 0 {
			return outcome(channels.Temporary)
		}
		return outcome(channels.Sent)
	}
	b := always("b", outcome(channels.Sent))
	r, err := channels.NewRouter(channels.RouterConfig{}, channels.Lane{Provider: a, Weight: 1}, channels.Lane{Provider: b, Weight: 1})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if got := r.Send(t.Context(), message); got.Outcome != channels.Sent {
				t.Errorf("got %+v", got)
			}
			r.States()
		})
	}
	wg.Wait()
}

func TestStates(t *testing.T) {
	t.Parallel()
	order := []channels.State{"", channels.StateAccepted, channels.StateSent, channels.StateDelivered}
	for i, s := range order {
		if s.Rank() != i {
			t.Errorf("%q ranks %d, want %d", s, s.Rank(), i)
		}
	}
	for _, s := range []channels.State{channels.StateDelivered, channels.StateUndelivered, channels.StateFailed} {
		if !s.Final() || s.Rank() != 3 {
			t.Errorf("%s is final", s)
		}
	}
	if channels.StateSent.Final() {
		t.Error("sent is not final")
	}
}

func ExampleRouter_Send() {
	down := always("sms-one", channels.Answer{Outcome: channels.Temporary, Code: "http 503"})
	up := always("sms-two", channels.Answer{Outcome: channels.Sent, ProviderID: "SM1"})
	r, err := channels.NewRouter(channels.RouterConfig{},
		channels.Lane{Provider: down, Weight: 1}, channels.Lane{Provider: up})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := r.Send(context.Background(), channels.Message{
		ID: "msg_1", Channel: channels.SMS, To: "+33612345678", Body: "Votre rendez-vous est demain à 10 h.",
	})
	fmt.Println(d.Outcome, d.Provider, d.ProviderID)
	// Output: sent sms-two SM1
}
