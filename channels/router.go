package channels

import (
	"cmp"
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
	// Weight is relative to the other lanes of the channel; 0 is a reserve, used only for what
	// the others cannot carry.
	Weight int
	// Receipts is how soon after it took a message the provider should say what became of it;
	// 0 expects nothing, and the provider is judged by its answers alone.
	Receipts time.Duration
	// AtOnce is how many messages may be with the provider at a time while another could carry
	// them, so that a slow one never holds all who send; 0 is no bound.
	AtOnce int
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

// Asking is what an Asker did.
type Asking int

// What may become of asking one provider.
const (
	Asked   Asking = iota // it answered
	Full                  // it is at its rate and was not asked: Answer says why, and After when to come back
	Stopped               // it was not asked, and nobody else is to be
)

// Asker gives m to one provider.
type Asker func(ctx context.Context, p Provider, m Message) (Answer, Asking)

// Send is SendBy calling each provider directly.
func (r *Router) Send(ctx context.Context, m Message, avoid ...string) Delivery {
	return r.SendBy(ctx, m, func(ctx context.Context, p Provider, m Message) (Answer, Asking) { return p.Send(ctx, m), Asked }, avoid...)
}

// SendBy routes m and has it sent by ask. A temporary or configuration answer goes on to the next
// provider at once; a permanent or unknown one is final here. Providers in avoid (those
// that failed the previous attempt) come last. Configuration is the answer only when
// every provider asked gave it.
func (r *Router) SendBy(ctx context.Context, m Message, ask Asker, avoid ...string) Delivery {
	last := Delivery{}
	tried := attempt{channel: m.Channel, avoid: avoid, done: map[string]bool{}}
	for {
		p := r.pick(tried)
		if p == nil {
			return r.end(last, tried)
		}
		a, did := Answer{}, Stopped
		if ctx.Err() == nil {
			a, did = ask(ctx, p, m)
		}
		r.release(p.Name())
		tried.done[p.Name()] = true
		switch did {
		case Stopped:
			return last.orNotBegun()
		case Full:
			tried.full = append(tried.full, a)
			continue
		}
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
		d.Answer = Answer{Outcome: Temporary, Code: CodeCancelled, After: time.Second, Reason: "sending was stopped before the message left"}
	}
	return d
}

// CodeNobody is the Code of a message that no provider could be asked about.
const CodeNobody = "no_provider"

// end is the answer when nobody is left to ask: the last one given; else to wait until the first
// that is at its rate has room, or the first that rests is back.
func (r *Router) end(last Delivery, tried attempt) Delivery {
	if last.Provider != "" {
		return last
	}
	if len(tried.full) > 0 {
		first := slices.MinFunc(tried.full, func(a, b Answer) int { return cmp.Compare(a.After, b.After) })
		first.Outcome = Temporary
		return Delivery{Answer: first}
	}
	return Delivery{Answer: Answer{
		Outcome: Temporary, Code: CodeNobody, After: r.wait(tried.channel),
		Reason: "no provider can take this message now; it waits",
	}}
}

// spread is how far apart the messages come back that wait together.
const spread = 30 * time.Second

// wait is how long a message waits that nobody can take: until a lane is back, a minute at most,
// and up to as long again by chance, so that not all come back at once.
func (r *Router) wait(c Channel) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait, now := time.Minute, r.cfg.Now()
	for _, l := range r.lanes {
		if l.Provider.Channel() == c && !l.pause.On {
			wait = min(wait, max(time.Second, l.breaker.until.Sub(now)))
		}
	}
	return wait + time.Duration(r.cfg.Random()*float64(min(wait, spread)))
}

func (r *Router) find(name string) *lane {
	for _, l := range r.lanes {
		if l.Provider.Name() == name {
			return l
		}
	}
	return nil
}
