package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"relance/api"
	"relance/api/hooks"
	"relance/config"
	"relance/engine"
	"relance/engine/store"
	"relance/workers"
	"relance/workers/agendas"
	"relance/workers/board"
)

// surroundings are what a process is given beside its configuration: what a demo and
// the tests replace.
type surroundings struct {
	clock engine.Clock
	log   *slog.Logger
	// embedded says that Redis is in this process: nothing outlives it, so nothing is asked of it.
	embedded bool
	// prefix begins every key and queue: tests that share a Redis have one each.
	prefix string
	// fast shortens what is only patience: tests and demos poll more often.
	fast bool
	// fiction lets people have the phone numbers kept for fiction.
	fiction bool
	// unknown, optional, are the addresses that nobody has: an outbox refuses them.
	unknown func(to string) bool
	// listening, optional, is told where, once everything serves.
	listening func(p *process)
}

// process is a running Relance: some roles, or all of them.
type process struct {
	cfg      config.Config
	log      *slog.Logger
	redis    redis.UniversalClient
	store    *store.Store
	engine   *engine.Engine
	carriers *carriers
	board    *board.Board     // what all processes know of the carriers
	workers  *workers.Workers // nil when no role works
	public   *listener        // nil without RoleAPI
	bounces  *bounces         // nil when none are configured, or without RoleAPI
	ops      *listener
}

// run serves until ctx ends, then stops in order. An error means that it could not
// start, that a listener failed, or that something was cut short while stopping.
func run(ctx context.Context, c config.Config, s surroundings) error {
	p, err := start(ctx, c, s)
	if err != nil {
		return err
	}
	if s.listening != nil {
		s.listening(p)
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-p.public.failed():
	case failed = <-p.ops.failed():
	case failed = <-p.bounces.failed():
	}
	return errors.Join(failed, p.stop())
}

// start makes and starts everything. What had started is stopped again when a later part fails.
func start(ctx context.Context, c config.Config, s surroundings) (p *process, err error) {
	p = &process{cfg: c, log: s.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop())
		}
	}()
	if err := p.openStore(ctx, s); err != nil {
		return p, err
	}
	if p.carriers, err = newCarriers(c, s); err != nil {
		return p, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if p.board, err = board.New(board.Options{
		Redis: p.redis, Router: p.carriers.router, Rates: ratesOf(c), Now: s.clock.Now, Prefix: s.prefix, Log: s.log, Registry: registry,
	}); err != nil {
		return p, err
	}
	made := partsOf(c, s.clock)
	made.fiction = s.fiction
	made.wake = func(kind string) { // the workers are made after the engine they work with
		if p.workers != nil {
			p.workers.Wake(kind)
		}
	}
	if made.agendas, err = agendas.New(agendas.Options{
		Private: c.Agendas.PrivateAddresses, Agent: "Relance/" + version(), Registry: registry,
	}); err != nil {
		return p, err
	}
	if p.engine, err = newEngine(p.store, made); err != nil {
		return p, err
	}
	p.engine.Heard = p.carriers.router.Heard
	if err := p.makeWorkers(s, registry); err != nil {
		return p, err
	}
	if err := p.listen(s, registry); err != nil {
		return p, err
	}
	if p.bounces, err = openBounces(c, p.engine, s.log, registry); err != nil {
		return p, err
	}
	return p, p.begin(ctx)
}

func (p *process) openStore(ctx context.Context, s surroundings) error {
	const connections = 64 // the queue has its own
	p.redis = patient(p.cfg.Redis, connections)
	p.store = store.New(p.redis, s.prefix)
	p.store.Embedded = s.embedded
	if err := p.redis.Ping(ctx).Err(); err != nil {
		return redisAway(p.cfg.Redis, err)
	}
	return p.store.Check(ctx)
}

// roles are those of the workers; the API is not one.
func (p *process) roles() []workers.Role {
	var out []workers.Role
	for _, r := range p.cfg.Roles {
		if r != config.RoleAPI {
			out = append(out, workers.Role(r))
		}
	}
	return out
}

func (p *process) makeWorkers(s surroundings, registry prometheus.Registerer) (err error) {
	if len(p.roles()) == 0 {
		return nil
	}
	w := p.cfg.Workers
	settings := workers.Settings{
		Steps: w.Steps, SMS: w.SMS, Email: w.Email, Parallel: w.Sends,
		Every: w.DispatchEvery, Lease: w.Lease, Pending: w.Backlog, ShutdownTimeout: p.cfg.ShutdownTimeout,
	}
	if s.fast {
		settings.CheckInterval = 50 * time.Millisecond
	}
	p.workers, err = workers.New(workers.Config{
		Redis: workers.Connection(redisOptions(p.cfg.Redis)), Roles: p.roles(), Engine: p.engine, Timetable: p.store, Waiting: p.engine,
		Router: p.carriers.router, Rates: p.board, Clock: s.clock, Providers: p.carriers.closers, Prefix: s.prefix,
		Log: s.log, Registry: registry, Settings: settings,
		Callback: func(provider string, part engine.Partition, id engine.MessageID) string {
			return hooks.StatusURL(p.cfg.PublicURL, provider, part, id)
		},
	})
	return err
}

// listen opens the listeners; they answer from begin on.
func (p *process) listen(s surroundings, registry *prometheus.Registry) (err error) {
	if p.cfg.Has(config.RoleAPI) {
		if p.public, err = open("http.address", p.cfg.HTTP.Address, p.publicHandler(s, registry), s.log); err != nil {
			return err
		}
	}
	p.ops, err = open("ops.address", p.cfg.Ops.Address, p.opsHandler(s, registry), s.log)
	return err
}

// ready are the conditions of taking work. A process that serves pages is ready whatever became of the
// providers: a balancer that took it away would take the booking pages from everybody who has a link already.
func (p *process) ready() []api.Check {
	return []api.Check{{Name: "redis", Run: func(ctx context.Context) error {
		if p.redis.Ping(ctx).Err() != nil {
			return errors.New("it does not answer; work waits until it does")
		}
		return nil
	}}, {Name: "providers", Warns: p.cfg.Has(config.RoleAPI), Run: func(context.Context) error {
		for _, l := range p.carriers.router.States() {
			if l.Paused && l.Weight > 0 {
				return fmt.Errorf("%s is paused: %s", l.Name, l.Why)
			}
		}
		return nil
	}}}
}

// begin starts what has been made: first the work, then the doors.
func (p *process) begin(ctx context.Context) error {
	if err := p.board.Exchange(ctx); err != nil {
		return err
	}
	p.board.Start(ctx)
	if p.workers != nil {
		if err := p.workers.Start(ctx); err != nil {
			return err
		}
	}
	p.ops.serve()
	p.public.serve()
	p.bounces.start(ctx)
	p.log.Info("relance serves", "roles", p.cfg.Roles, "ops", p.ops.address(), "http", p.public.address())
	return nil
}

// stop is the one order in which a process ends; nothing later is needed by anything
// earlier. What takes longer than shutdown_timeout is cut short, which is no worse than
// a crash: leases end, and unknown sends are found out at the next start.
//
//  1. The public listener: no new request, those under way are answered. Bounces: no new
//     report, those under way are applied.
//  2. The workers: dispatcher, then servers, then providers (see workers.Workers.Stop).
//  3. The ops listener: until here it showed what was going on. The board of the providers.
//  4. Redis.
func (p *process) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.ShutdownTimeout+5*time.Second)
	defer cancel()
	err := errors.Join(p.public.stop(ctx), p.bounces.stop(ctx))
	if p.workers != nil {
		err = errors.Join(err, p.workers.Stop(ctx))
	} else if p.carriers != nil {
		err = errors.Join(err, p.carriers.close())
	}
	err = errors.Join(err, p.ops.stop(ctx))
	if p.board != nil {
		p.board.Stop()
	}
	if p.redis != nil {
		err = errors.Join(err, p.redis.Close())
	}
	if err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}
