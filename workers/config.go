package workers

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"relance/engine"
)

// Config is what Workers depends on. The first group is required, save what its roles do
// not use; zero settings mean the defaults.
type Config struct {
	Redis     Connection       // of the queue; each role opens its own connections
	Roles     []Role           // what this process does
	Engine    Engine           // all roles but dispatch
	Timetable engine.Timetable // dispatch
	Waiting   WaitingServices  // optional: dispatch tells Registry how many people wait
	Router    Router           // sms and email
	Clock     engine.Clock     // dispatch

	// Rates, optional, are the providers' limits.
	Rates Rates
	// Callback, optional, makes the receipts' URLs.
	Callback Callback
	// Providers, optional, are closed when the last send is settled.
	Providers []io.Closer
	// Prefix, optional, begins the names of all queues: one for each test on a shared Redis.
	Prefix string
	// Log and Registry are optional.
	Log      *slog.Logger
	Registry prometheus.Registerer

	Settings
}

// Settings are the numbers an operator may change. All times are real.
type Settings struct {
	Steps int // tasks of steps at once; default 8
	SMS   int // tasks of SMS at once, each sending Parallel messages; default 4
	Email int // tasks of email at once, each sending Parallel messages; default 4
	// Parallel is how many messages of one task are sent at once; default 16.
	Parallel int
	// SendTimeout is the longest one provider is waited for; default 20 s, at most 60 s.
	SendTimeout time.Duration
	// ShutdownTimeout is how long running tasks may take to end before sends are cut
	// short; default 25 s, so that a send that has begun can end.
	ShutdownTimeout time.Duration
	// CheckInterval is how often an idle server asks for tasks; default 100 ms.
	CheckInterval time.Duration
	// Every, Lease and Pending are the dispatcher's.
	Every   time.Duration
	Lease   time.Duration
	Pending int
}

func (s Settings) withDefaults() Settings {
	s.Steps = or(s.Steps, 8)
	s.SMS = or(s.SMS, 4)
	s.Email = or(s.Email, 4)
	s.Parallel = or(s.Parallel, defaultParallel)
	s.SendTimeout = or(s.SendTimeout, defaultSend)
	s.ShutdownTimeout = or(s.ShutdownTimeout, 25*time.Second)
	s.CheckInterval = or(s.CheckInterval, 100*time.Millisecond)
	return s
}

func or[T comparable](v, byDefault T) T {
	var zero T
	if v == zero {
		return byDefault
	}
	return v
}

// check lists every mistake, for whoever wires a process.
func (c Config) check() error {
	errs := []error{checkRoles(c.Roles)}
	if len(c.Roles) == 0 {
		errs = append(errs, fmt.Errorf("workers: no role is given; choose among %v", Roles()))
	}
	if c.SendTimeout > longestSend {
		errs = append(errs, fmt.Errorf("workers: SendTimeout is %v; at most %v leaves room in a task", c.SendTimeout, longestSend))
	}
	for _, r := range c.Roles {
		missing := r == RoleDispatch && (c.Timetable == nil || c.Clock == nil) ||
			r != RoleDispatch && c.Engine == nil ||
			(r == RoleSMS || r == RoleEmail) && c.Router == nil
		if missing {
			errs = append(errs, fmt.Errorf("workers: the role %q lacks its engine, timetable, clock or router", r))
		}
	}
	return errors.Join(errs...)
}

func (s Settings) concurrency(r Role) int {
	switch r {
	case RoleSMS:
		return s.SMS
	case RoleEmail:
		return s.Email
	case errands:
		return 2
	}
	return s.Steps
}
