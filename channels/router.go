package channels

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

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

// Delivery is what became of a message given to Router.Send, and through whom.
type Delivery struct {
	Answer
	// Provider is empty when none was asked: the attempt need not count as one.
	Provider string
}

// Asker gives m to one provider; false when it did not begin, and nobody else is to be asked.
type Asker func(ctx context.Context, p Provider, m Message) (a Answer, begun bool)

// Send is SendBy calling each provider directly.
func (r *Router) Send(ctx context.Context, m Message, avoid ...string) Delivery {
	return r.SendBy(ctx, m, func(ctx context.Context, p Provider, m Message) (Answer, bool) { return p.Send(ctx, m), true }, avoid...)
}

// SendBy routes m and has it sent by ask. A temporary or configuration answer goes on to the next
// provider at once; a permanent or unknown one is final here. Providers in avoid (those
// that failed the previous attempt) come last. Configuration is the answer only when
// every provider asked gave it.
func (r *Router) SendBy(ctx context.Context, m Message, ask Asker, avoid ...string) Delivery {
	last := r.nobody(m.Channel)
	tried := map[string]bool{}
	for {
		p := r.pick(m.Channel, avoid, tried)
		if p == nil {
			return last
		}
		a, begun := Answer{}, ctx.Err() == nil
		if begun {
			a, begun = ask(ctx, p, m)
		}
		if !begun {
			return last.orNotBegun()
		}
		tried[p.Name()] = true
		r.Note(p.Name(), a)
		if a.Outcome == Configuration && last.Provider != "" && last.Outcome == Temporary {
			continue // a later attempt may work, through the other one
		}
		last = Delivery{Answer: a, Provider: p.Name()}
		if a.Outcome != Temporary && a.Outcome != Configuration {
			return last
		}
	}
}

// orNotBegun is the last answer there was, or why there is none.
func (d Delivery) orNotBegun() Delivery {
	if d.Provider == "" {
		d.Answer = Answer{Outcome: Temporary, Code: CodeCancelled, After: d.After, Reason: "sending was stopped before the message left"}
	}
	return d
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
// avoided ones; nil when there is none.
func (r *Router) pick(c Channel, avoid []string, tried map[string]bool) Provider {
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
			return draw(rank, r.cfg.Random()).Provider
		}
	}
	return nil
}

func (r *Router) find(name string) *lane {
	for _, l := range r.lanes {
		if l.Provider.Name() == name {
			return l
		}
	}
	return nil
}
