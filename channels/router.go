package channels

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// ErrNoProvider: no provider of the channel is there, or all are paused.
var ErrNoProvider = errors.New("no provider can take this message now")

// Lane is a provider and its share of the traffic.
type Lane struct {
	Provider Provider
	// Weight is relative to the other lanes of the channel; 0 is used only when no other can.
	Weight int
}

// RouterConfig is what a Router depends on. The zero value works.
type RouterConfig struct {
	// Random gives a number in [0,1); nil is math/rand.
	Random func() float64
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// OnPause is called, outside any lock, each time the router itself pauses a provider.
	OnPause func(LaneState)
	// AlertLimit is how many alerting refusals in a row, with nothing sent in between,
	// pause a provider; 0 is 5.
	AlertLimit int
	// SlowReceipt is the delay from Sent to the first receipt that counts as a failure
	// of the provider; 0 is 5 minutes.
	SlowReceipt time.Duration
}

// Router chooses a provider for each message: by weight, by health, never a paused one.
// It is safe for concurrent use; it holds no message.
type Router struct {
	cfg   RouterConfig
	mu    sync.Mutex
	lanes []*lane
}

// NewRouter makes a router over lanes. Two providers of one name, a negative weight or a
// missing provider are errors.
func NewRouter(cfg RouterConfig, lanes ...Lane) (*Router, error) {
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.AlertLimit == 0 {
		cfg.AlertLimit = 5
	}
	if cfg.SlowReceipt == 0 {
		cfg.SlowReceipt = 5 * time.Minute
	}
	r := &Router{cfg: cfg}
	for _, l := range lanes {
		if l.Provider == nil || l.Weight < 0 {
			return nil, fmt.Errorf("provider %d: it is missing or its weight is negative", len(r.lanes)+1)
		}
		if r.find(l.Provider.Name()) != nil {
			return nil, fmt.Errorf("two providers are named %q; give each its own name", l.Provider.Name())
		}
		r.lanes = append(r.lanes, newLane(l))
	}
	return r, nil
}

// Provider returns the provider of that name, for its abilities (Finder, Hooks).
func (r *Router) Provider(name string) (Provider, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.find(name); l != nil {
		return l.Provider, true
	}
	return nil, false
}

// Route picks a provider for m, not one named in avoid if any other can take it. It
// returns ErrNoProvider when all are paused or resting. Report what became with Note.
func (r *Router) Route(m Message, avoid ...string) (Provider, error) {
	return r.pick(m.Channel, avoid, nil)
}

// Delivery is what became of a message given to Router.Send, and through whom.
type Delivery struct {
	Answer
	// Provider is empty when none was asked: the attempt need not count as one.
	Provider string
}

// Send routes and sends m. A temporary or configuration answer goes on to the next
// provider at once; a permanent or unknown one is final here. Providers in avoid (those
// that failed the previous attempt) come last. Configuration is the answer only when
// every provider asked gave it.
func (r *Router) Send(ctx context.Context, m Message, avoid ...string) Delivery {
	last := r.nobody(m.Channel)
	if ctx.Err() != nil {
		last.Answer = Answer{Outcome: Temporary, Code: CodeCancelled, After: last.After, Reason: "sending was stopped before the message left"}
	}
	tried := map[string]bool{}
	for ctx.Err() == nil {
		p, err := r.pick(m.Channel, avoid, tried)
		if err != nil {
			return last
		}
		tried[p.Name()] = true
		a := p.Send(ctx, m)
		r.Note(p.Name(), a)
		if a.Outcome == Configuration && last.Provider != "" && last.Outcome == Temporary {
			continue
		}
		last = Delivery{Answer: a, Provider: p.Name()}
		if a.Outcome != Temporary && a.Outcome != Configuration {
			return last
		}
	}
	return last
}

// nobody is the answer when no provider was asked: wait, at most until the first that
// rests is back.
func (r *Router) nobody(c Channel) Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := time.Minute
	for _, l := range r.lanes {
		if d := l.restUntil.Sub(r.cfg.Now()); l.Provider.Channel() == c && !l.paused && d > 0 {
			wait = min(wait, d)
		}
	}
	return Delivery{Answer: Answer{
		Outcome: Temporary, Code: "no_provider", After: wait,
		Reason: "no provider can take this message now; it waits",
	}}
}

// pick chooses among the lanes of a channel that are neither paused, resting nor tried:
// first those with a weight that are not avoided, then those kept in reserve, then the
// avoided ones.
func (r *Router) pick(c Channel, avoid []string, tried map[string]bool) (Provider, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ranks [3][]*lane
	for _, l := range r.lanes {
		name := l.Provider.Name()
		switch {
		case l.Provider.Channel() != c || l.paused || tried[name] || r.cfg.Now().Before(l.restUntil):
		case slices.Contains(avoid, name):
			ranks[2] = append(ranks[2], l)
		case l.Weight == 0:
			ranks[1] = append(ranks[1], l)
		default:
			ranks[0] = append(ranks[0], l)
		}
	}
	for _, rank := range ranks {
		if len(rank) > 0 {
			return draw(rank, r.cfg.Random()).Provider, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", c, ErrNoProvider)
}

func (r *Router) find(name string) *lane {
	for _, l := range r.lanes {
		if l.Provider.Name() == name {
			return l
		}
	}
	return nil
}
