package workers

import (
	"context"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// Workers is all the work of one process: the dispatcher and the asynq servers of its
// roles, and the connections they use.
type Workers struct {
	cfg        Config
	metrics    *Metrics
	life       context.Context // of every command to the queue
	cut        context.CancelFunc
	draining   chan struct{}
	clients    []redis.UniversalClient
	dispatcher *Dispatcher // nil without its role
	servers    []*server
	stopped    bool
}

// server is one asynq server with its handler.
type server struct {
	*asynq.Server
	handler *handler
}

// New makes the workers of a process; nothing runs before Start. The errors are those of
// whoever wires: a role that is unknown or lacks something, metrics registered twice.
func New(cfg Config) (*Workers, error) {
	cfg.Settings = cfg.Settings.withDefaults()
	cfg.Log = orSilent(cfg.Log)
	if err := cfg.check(); err != nil {
		return nil, err
	}
	w := &Workers{cfg: cfg, draining: make(chan struct{})}
	w.life, w.cut = context.WithCancel(context.Background())
	metrics, err := NewMetrics(cfg.Registry)
	if err != nil {
		return nil, fmt.Errorf("workers: register the metrics: %w", err)
	}
	w.metrics = metrics
	for _, role := range cfg.Roles {
		if role != RoleDispatch {
			for _, part := range role.servers() {
				w.servers = append(w.servers, w.server(part))
			}
			continue
		}
		if err := w.dispatch(); err != nil {
			return nil, errors.Join(err, w.disconnect())
		}
	}
	return w, nil
}

// disconnect closes the connections to the queue.
func (w *Workers) disconnect() error {
	w.cut()
	var errs []error
	for _, c := range w.clients {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Wake tells the dispatcher of this process, if it has one, that something is due. It
// never blocks and may be called at any time: it is the engine's Wake hook.
func (w *Workers) Wake(kind string) {
	if w.dispatcher != nil {
		w.dispatcher.Wake(kind)
	}
}

// Start begins to work. It fails when Redis cannot be reached now; once started, an
// absence of Redis is waited out. Work ends with Stop, not with ctx.
func (w *Workers) Start(ctx context.Context) error {
	for _, c := range w.clients {
		if err := c.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("workers: the Redis of the queue does not answer; check its address and password: %w", err)
		}
	}
	for _, s := range w.servers {
		if err := s.Start(s.handler); err != nil {
			return fmt.Errorf("workers: start a server: %w", err)
		}
	}
	if w.dispatcher != nil {
		w.dispatcher.Start(w.life)
	}
	w.cfg.Log.Info("workers have started", "roles", w.cfg.Roles)
	return nil
}

// client opens connections of their own for one purpose, on the leash of the workers.
func (w *Workers) client(pool int) redis.UniversalClient {
	conn := w.cfg.Redis
	conn.PoolSize = or(conn.PoolSize, pool)
	c := conn.Client()
	c.AddHook(leash{w.life})
	w.clients = append(w.clients, c)
	return c
}

func (w *Workers) dispatch() error {
	w.dispatcher = NewDispatcher(DispatcherConfig{
		Timetable: w.cfg.Timetable,
		Queue:     NewQueues(w.client(enqueuers), w.cfg.Prefix),
		Clock:     w.cfg.Clock,
		Lease:     w.cfg.Lease,
		Every:     w.cfg.Every,
		Pending:   w.cfg.Pending,
		Metrics:   w.metrics,
		Log:       w.cfg.Log.With("part", "dispatch"),
	})
	backlog := &Backlog{Timetable: w.cfg.Timetable, Clock: w.cfg.Clock}
	if err := register(w.cfg.Registry, backlog); err != nil {
		return fmt.Errorf("workers: register the backlog: %w", err)
	}
	if w.cfg.Waiting == nil {
		return nil
	}
	if err := register(w.cfg.Registry, &Waiting{Services: w.cfg.Waiting}); err != nil {
		return fmt.Errorf("workers: register who waits: %w", err)
	}
	return nil
}

// server makes the asynq server of a role, with queues, concurrency and connections of
// its own.
func (w *Workers) server(role Role) *server {
	log := w.cfg.Log.With("part", string(role))
	queues := map[string]int{}
	for kind, share := range role.shares() {
		queues[w.cfg.Prefix+kind] = share
	}
	n := w.cfg.concurrency(role)
	return &server{
		handler: &handler{work: w.work(role), metrics: w.metrics, log: log},
		Server: asynq.NewServerFromRedisClient(w.client(n+8), asynq.Config{
			Concurrency:       n,
			Queues:            queues,
			TaskCheckInterval: w.cfg.CheckInterval,
			ShutdownTimeout:   w.cfg.ShutdownTimeout,
			RetryDelayFunc:    retryDelay,
			Logger:            asynqLog{log},
			LogLevel:          asynq.InfoLevel,
		}),
	}
}

func (w *Workers) work(role Role) func(ctx context.Context, t Task) error {
	log := w.cfg.Log.With("part", string(role))
	if role == RoleSteps || role == errands {
		return steps(w.cfg.Engine, log)
	}
	s := &sender{
		engine: w.cfg.Engine, router: w.cfg.Router, rates: w.cfg.Rates, callback: w.cfg.Callback,
		parallel: w.cfg.Parallel, timeout: w.cfg.SendTimeout,
		drain: w.draining, metrics: w.metrics, log: log,
	}
	return s.work
}

var errUnfinished = errors.New("workers: stopped before every answer was recorded; what is missing will be found out at the next start")
