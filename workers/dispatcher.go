package workers

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"relance/engine"
)

const (
	leastGap   = 10 * time.Millisecond // between looks, however often Wake is called
	longestGap = 5 * time.Second       // between looks while Redis is away
	lastSweep  = 5 * time.Second       // what Stop grants a sweep that has begun
)

// Queue is where a Dispatcher puts its tasks. Errors mean that Redis could not be reached.
type Queue interface {
	// Enqueue puts the task in the queue of its kind; the same task again is success.
	Enqueue(ctx context.Context, t Task) error
	// Pending counts the tasks of a kind that wait.
	Pending(kind string) (int, error)
}

// DispatcherConfig is what a Dispatcher depends on; the fields up to Clock are required.
type DispatcherConfig struct {
	Timetable engine.Timetable
	Queue     Queue
	Clock     engine.Clock
	// Lease is how much real time a task has to be done before its entries come due
	// again; default 60 s.
	Lease time.Duration
	// Every is the real time between two looks when nothing calls Wake; default 50 ms.
	Every time.Duration
	// Pending is how many tasks of a kind may wait; default 100, about 6,400 entries.
	Pending int
	Metrics *Metrics
	Log     *slog.Logger
}

// Dispatcher takes due entries under a lease and enqueues them as tasks. Any number may
// run, in any number of processes: an entry is taken by one of them at a time.
type Dispatcher struct {
	cfg      DispatcherConfig
	throttle *throttle
	woken    chan struct{}
	quit     chan struct{}
	once     sync.Once
	done     chan struct{}
	cancel   context.CancelFunc
	trouble  trouble
}

// NewDispatcher makes a dispatcher that does nothing until Start.
func NewDispatcher(cfg DispatcherConfig) *Dispatcher {
	if cfg.Lease == 0 {
		cfg.Lease = 60 * time.Second
	}
	if cfg.Every == 0 {
		cfg.Every = 50 * time.Millisecond
	}
	if cfg.Pending == 0 {
		cfg.Pending = 100
	}
	cfg.Log = orSilent(cfg.Log)
	cfg.Metrics = orUnregistered(cfg.Metrics)
	return &Dispatcher{
		cfg:      cfg,
		throttle: newThrottle(cfg.Pending, cfg.Queue.Pending),
		woken:    make(chan struct{}, 1),
		quit:     make(chan struct{}),
		trouble:  trouble{log: cfg.Log, what: "what is due cannot be dispatched; trying again until it can"},
	}
}

// Wake makes the dispatcher look now instead of at its next turn. It never blocks; it is
// the engine's Wake hook. The kind only says why: one look serves all kinds.
func (d *Dispatcher) Wake(kind string) {
	select {
	case d.woken <- struct{}{}:
	default: // a look is already asked for
	}
}

// Start begins to dispatch, until Stop or the end of ctx. It is called once.
func (d *Dispatcher) Start(ctx context.Context) {
	ctx, d.cancel = context.WithCancel(ctx)
	d.done = make(chan struct{})
	go d.run(ctx)
}

// Stop ends dispatching and waits for it: a sweep that has begun is enqueued first, for
// its entries are leased. Calling it again, or before Start, does nothing.
func (d *Dispatcher) Stop() {
	d.once.Do(func() { close(d.quit) })
	if d.done == nil {
		return
	}
	late := time.AfterFunc(lastSweep, d.cancel)
	<-d.done
	late.Stop()
	d.cancel()
}

func (d *Dispatcher) run(ctx context.Context) {
	defer close(d.done)
	for gap := time.Duration(0); ; {
		began := time.Now()
		more, err := d.round(ctx, began.Add(d.cfg.Every))
		if ctx.Err() == nil {
			d.trouble.note(err)
		}
		switch {
		case err != nil:
			gap = min(max(2*gap, d.cfg.Every), longestGap)
		case more:
			gap = 0
		case d.throttle.closed():
			gap = min(d.cfg.Every, lookAgain)
		default:
			gap = d.cfg.Every
		}
		if !d.rest(ctx, began, gap, err == nil) {
			return
		}
	}
}

// rest waits for gap, or less when somebody calls Wake and Redis is well. It tells
// whether to go on.
func (d *Dispatcher) rest(ctx context.Context, began time.Time, gap time.Duration, wakeable bool) bool {
	timer := time.NewTimer(gap)
	defer timer.Stop()
	woken := d.woken
	if !wakeable {
		woken = nil
	}
	for {
		select {
		case <-d.quit:
			return false
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-woken:
			// A burst of wakes is one look, with fuller tasks.
			woken = nil
			timer.Reset(min(gap, max(0, leastGap-time.Since(began))))
		}
	}
}
