package board

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"relance/channels"
)

// Options are what a Board depends on; the first two are required.
type Options struct {
	Redis  redis.UniversalClient
	Router *channels.Router
	// Rates are the limits of providers, by name; those without have none.
	Rates map[string]Rate
	// Every is the real time between two exchanges; default 2 s.
	Every time.Duration
	// Now is the router's clock; nil is time.Now.
	Now func() time.Time
	// Prefix, optional, begins every key: one for each test on a shared Redis.
	Prefix string
	// Log and Registry are optional.
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Board exchanges what routers know, and keeps the rates. It is safe for concurrent use.
type Board struct {
	Options
	limiter *redis_rate.Limiter

	one    sync.Mutex                    // an exchange at a time: each tells what the one before did not
	before map[string]channels.LaneState // as told to the log
	away   bool

	quit chan struct{}
	once sync.Once
	done chan struct{}
}

// New makes a board that does nothing until Exchange or Start. The errors are rates that cannot
// be kept, and metrics registered twice.
func New(o Options) (*Board, error) {
	if o.Every == 0 {
		o.Every = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for name, r := range o.Rates {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("board: the rate of %s: %w", name, err)
		}
	}
	b := &Board{Options: o, limiter: redis_rate.NewLimiter(o.Redis), before: map[string]channels.LaneState{}, quit: make(chan struct{})}
	if o.Registry != nil {
		if err := o.Registry.Register(lanes{o.Router}); err != nil {
			return nil, fmt.Errorf("board: register the metrics: %w", err)
		}
	}
	return b, nil
}

// Start begins to exchange, until Stop. Call Exchange before it, so that pauses hold from the
// first message on.
func (b *Board) Start(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b.done = make(chan struct{})
	go func() {
		defer close(b.done)
		defer cancel()
		tick := time.NewTicker(b.Every)
		defer tick.Stop()
		go func() { // an exchange that waits for Redis ends with the board
			<-b.quit
			cancel()
		}()
		for {
			select {
			case <-b.quit:
				return
			case <-tick.C:
				b.trouble(ctx, b.Exchange(ctx))
			}
		}
	}()
}

// Stop ends the exchanges and waits for the one under way. It may be called again, or before Start.
func (b *Board) Stop() {
	b.once.Do(func() { close(b.quit) })
	if b.done != nil {
		<-b.done
	}
}

// Pause stops a provider in all processes until Resume; why is for people. It tells whether the
// provider exists. Where Redis is away the others hear of it when it is back.
func (b *Board) Pause(ctx context.Context, name, why string) bool {
	ok := b.Router.Pause(name, why)
	b.trouble(ctx, b.Exchange(ctx))
	return ok
}

// Resume lets a provider send again, in all processes and at its whole weight. It tells whether
// it exists.
func (b *Board) Resume(ctx context.Context, name string) bool {
	ok := b.Router.Resume(name)
	b.trouble(ctx, b.Exchange(ctx))
	return ok
}

// trouble logs when Redis goes and when it is back, not every time in between.
func (b *Board) trouble(ctx context.Context, err error) {
	b.one.Lock()
	defer b.one.Unlock()
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
	case err != nil && !b.away:
		b.away = true
		b.Log.Error("what is known of providers cannot be shared; each process goes by what it sees itself", "error", err)
	case err == nil && b.away:
		b.away = false
		b.Log.Info("what is known of providers is shared again")
	}
}

// tell logs what changed since the last time: steps of weights, and pauses, whoever made them.
func (b *Board) tell() {
	for _, s := range b.Router.States() {
		before, known := b.before[s.Name]
		if !known {
			before.Share = 1
		}
		b.before[s.Name] = s
		switch {
		case s.Share < before.Share:
			b.Log.Warn("a provider lost weight", "provider", s.Name, "share", s.Share, "cause", s.Cause,
				"failed", s.Lately.Answers.Failed(), "unheard", s.Lately.Receipts.Failed())
		case s.Share > before.Share:
			b.Log.Info("a provider won weight back", "provider", s.Name, "share", s.Share)
		}
		switch {
		case s.Paused && !before.Paused:
			b.Log.Warn("a provider is paused in all processes", "provider", s.Name, "why", s.Why, "since", s.Since)
		case before.Paused && !s.Paused:
			b.Log.Info("a provider is resumed in all processes", "provider", s.Name)
		}
	}
}
