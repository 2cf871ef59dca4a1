package workers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"relance/channels"
	"relance/engine"
)

const (
	failoverRate  = 50 // messages a second
	failoverEnds  = 8 * time.Minute
	troubleBegins = 2 * time.Minute
	troubleEnds   = 4 * time.Minute
	troubleShare  = 0.3
)

// failover is two providers of equal weight under a steady stream, and what became of it.
type failover struct {
	s      *sender
	router *channels.Router
	began  time.Time

	mu    sync.Mutex
	rand  *rand.Rand
	first map[string]string // who was asked first, by message
	took  map[string]int    // how often a provider took it
	lines []failoverLine    // by half minute of the message's planned time
}

type failoverLine struct {
	messages, first, failed, rerouted, delivered, twice, doubts int
	slowest                                                     time.Duration
}

func (f *failover) line(planned time.Duration) *failoverLine {
	return &f.lines[int(planned/(30*time.Second))]
}

func (f *failover) trouble() bool {
	t := time.Since(f.began)
	return t >= troubleBegins && t < troubleEnds
}

// begin notes that a provider is asked, and draws whether it fails and how.
func (f *failover) begin(name string, m channels.Message) (fails bool, how int) {
	time.Sleep(20 * time.Millisecond) // of the bubble: no time passes outside
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first[m.ID] == "" {
		f.first[m.ID] = name
	}
	return name == "a" && f.trouble() && f.rand.Float64() < troubleShare, f.rand.IntN(3)
}

// send is a provider that in its bad time refuses, cuts before it has taken a message, or after.
func (f *failover) send(name string) func(context.Context, channels.Message) channels.Answer {
	return func(_ context.Context, m channels.Message) channels.Answer {
		fails, how := f.begin(name, m)
		f.mu.Lock()
		defer f.mu.Unlock()
		switch {
		case fails && how == 0:
			return channels.Answer{Outcome: channels.Temporary, Code: "http 503"}
		case fails && how == 1:
			return channels.Answer{Outcome: channels.Unknown, Code: "connection"}
		}
		f.took[m.ID]++
		taken := time.Now()
		time.AfterFunc(5*time.Second, func() { f.router.Heard(name, taken, true) })
		if fails {
			return channels.Answer{Outcome: channels.Unknown, Code: "connection"}
		}
		return channels.Answer{Outcome: channels.Sent, ProviderID: m.ID}
	}
}

// asked is a provider that can look a message up.
type asked struct {
	*carrier
	f *failover
}

func (a asked) Find(_ context.Context, m channels.Message, _ time.Time) (channels.Answer, error) {
	a.f.mu.Lock()
	defer a.f.mu.Unlock()
	if a.f.took[m.ID] == 0 {
		return channels.Answer{}, channels.ErrNotFound
	}
	return channels.Answer{Outcome: channels.Sent, ProviderID: m.ID}, nil
}

// follow does with one message what the engine does, until it is sent.
func (f *failover) follow(ctx context.Context, i int, planned time.Duration) {
	id := fmt.Sprint("msg_", i)
	out := letter(id, engine.SMS, 3, false)
	doubts, failed := 0, false
	for {
		a := f.s.one(ctx, out)
		if a.Doubt {
			doubts++
		}
		if a.Outcome == engine.OutcomeSent {
			f.record(id, a, doubts, failed, planned)
			return
		}
		failed = true
		out.Message.Provider, out.FindOut, out.Since = a.Provider, a.Outcome == engine.OutcomeUnknown, time.Now()
		if out.FindOut {
			time.Sleep(2 * time.Minute)
		} else {
			time.Sleep(max(a.After, 30*time.Second))
		}
	}
}

func (f *failover) record(id string, a engine.Answer, doubts int, failed bool, planned time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.line(planned)
	l.delivered++
	l.doubts += doubts
	l.twice += f.took[id] - 1
	l.slowest = max(l.slowest, time.Since(f.began)-planned)
	if f.first[id] == "a" {
		l.first++
		if a.Provider == "b" {
			l.rerouted++
		}
		if failed || a.Provider == "b" {
			l.failed++
		}
	}
}

func runFailover(t *testing.T, lookUp bool) []failoverLine {
	t.Helper()
	f := &failover{
		began: time.Now(), rand: rand.New(rand.NewPCG(1, 2)), first: map[string]string{}, took: map[string]int{},
		lines: make([]failoverLine, int(failoverEnds/(30*time.Second))),
	}
	var a channels.Provider = &carrier{name: "a", ch: channels.SMS, send: f.send("a")}
	if lookUp {
		a = asked{a.(*carrier), f}
	}
	b := asked{&carrier{name: "b", ch: channels.SMS, send: f.send("b")}, f}
	draws := rand.New(rand.NewPCG(3, 4))
	var err error
	f.router, err = channels.NewRouter(channels.RouterConfig{Random: draws.Float64},
		channels.Lane{Provider: a, Weight: 1, Receipts: 5 * time.Minute}, channels.Lane{Provider: b, Weight: 1, Receipts: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	f.s = newSender(newOffice(), f.router)
	var all sync.WaitGroup
	for i := range int(failoverEnds/time.Second) * failoverRate {
		planned := time.Since(f.began)
		f.line(planned).messages++
		all.Go(func() { f.follow(t.Context(), i, planned) })
		time.Sleep(time.Second / failoverRate)
	}
	all.Wait()
	return f.lines
}

// TestFailover: of two providers of equal weight one fails at 30 % for two minutes, under 50
// messages a second. It prints how much of the stream each half minute asked it first, what was
// rerouted, and the way back. Time is the bubble's.
func TestFailover(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("24,000 messages, twice: run without -short")
	}
	for name, lookUp := range map[string]bool{"a can be asked what it took": true, "a cannot": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lines := runFailover(t, lookUp)
				t.Log("\n" + failoverTable(lines))
				judgeFailover(t, lines, lookUp)
			})
		})
	}
}

func failoverTable(lines []failoverLine) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%11s %9s %8s %8s %9s %10s %6s %9s %8s\n", "from", "messages", "a first", "a failed", "rerouted", "delivered", "twice", "in doubt", "slowest")
	for i, l := range lines {
		mark := ""
		if at := time.Duration(i) * 30 * time.Second; at >= troubleBegins && at < troubleEnds {
			mark = "trouble"
		}
		fmt.Fprintf(&b, "%7s%4s %9d %7.1f%% %8d %9d %10d %6d %9d %8s %s\n", time.Duration(i)*30*time.Second, "", l.messages,
			100*float64(l.first)/float64(l.messages), l.failed, l.rerouted, l.delivered, l.twice, l.doubts, l.slowest.Round(100*time.Millisecond), mark)
	}
	return b.String()
}

func judgeFailover(t *testing.T, lines []failoverLine, lookUp bool) {
	t.Helper()
	share := func(at time.Duration) float64 {
		l := lines[int(at/(30*time.Second))]
		return float64(l.first) / float64(l.messages)
	}
	for i, l := range lines {
		if l.delivered != l.messages {
			t.Errorf("half minute %d: %d of %d are delivered", i, l.delivered, l.messages)
		}
		if l.twice > l.doubts || lookUp && l.doubts > 0 {
			t.Errorf("half minute %d: %d arrived twice, %d in doubt", i, l.twice, l.doubts)
		}
		if l.slowest > 5*time.Minute {
			t.Errorf("half minute %d: one took %v", i, l.slowest)
		}
		if l.first == 0 {
			t.Errorf("half minute %d: a was never tried", i)
		}
	}
	for what, c := range map[string]struct{ got, least, most float64 }{
		"before":               {share(time.Minute), .45, .55},
		"end of the trouble":   {share(troubleEnds - 30*time.Second), .01, .08},
		"two minutes after it": {share(troubleEnds + 2*time.Minute), .1, .49},
		"the last half minute": {share(failoverEnds - 30*time.Second), .45, .55},
	} {
		if c.got < c.least || c.got > c.most {
			t.Errorf("%s: %.1f%% went to a first, want %.0f to %.0f%%", what, 100*c.got, 100*c.least, 100*c.most)
		}
	}
}
