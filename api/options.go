package api

import (
	"crypto/rand"
	"crypto/sha256"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"relance/engine"
)

// Options are what the wiring decides. Zero fields mean the defaults.
type Options struct {
	// AdminKey is the SHA-256 of the installation's admin key; see HashKey. The zero
	// value means that there is none and that nobody can manage organisations.
	AdminKey [sha256.Size]byte
	// BaseURL is where people reach this API from outside, without a slash at the end;
	// it opens Location and Link. Empty makes them relative.
	BaseURL string
	// Version of the program, told by the OpenAPI document.
	Version string
	// Log takes one line a request and the causes of what failed; default slog.Default().
	Log *slog.Logger
	// Clock is the domain's time; default the real one.
	Clock engine.Clock
	// Idempotency remembers what was answered to an Idempotency-Key. Without one a
	// request that carries the header is refused: silently making a thing twice is worse.
	Idempotency Idempotency
	// Limits bound what one caller may ask.
	Limits Limits
	// Metrics, optional, takes the counters of requests.
	Metrics prometheus.Registerer
	// Now is the real time, for rates, leases and durations; default time.Now.
	Now func() time.Time
	// Random names requests and seals answers; default crypto/rand.
	Random io.Reader
}

// Limits bound what one caller may ask of one process.
type Limits struct {
	Requests   int           // per Window and key; default 600, below 0: no limit
	Window     time.Duration // default 1 min
	BatchBytes int64         // largest body of a batch; default 256 MiB
	BatchIdle  time.Duration // a batch whose sender is silent for this long is dropped; default 1 min
}

// HashKey is what Options.AdminKey holds for a key in plain text; an empty key gives the zero value.
func HashKey(plain string) [sha256.Size]byte {
	if plain == "" {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256([]byte(plain))
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = engine.WallClock{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	if l.Requests == 0 {
		l.Requests = 600
	}
	if l.Window <= 0 {
		l.Window = time.Minute
	}
	if l.BatchBytes <= 0 {
		l.BatchBytes = 256 << 20
	}
	if l.BatchIdle <= 0 {
		l.BatchIdle = time.Minute
	}
	return l
}
