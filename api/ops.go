package api

import (
	"context"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	_ "embed"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"relance/engine"
)

//go:embed ops.html
var opsSource string

// OpsOptions are what those who operate the installation see and can do. Only Log may be
// left out without a route being missing.
type OpsOptions struct {
	// Ready are the conditions of taking work: Redis answers, each role runs. The words of
	// an error are shown.
	Ready []Check
	// Metrics is served at /metrics.
	Metrics prometheus.Gatherer
	// Dead is the work that could not be done; *engine.Engine has it.
	Dead DeadLetters
	// Queues are the services for which people wait; *engine.Engine has them.
	Queues Queues
	// Providers can be paused and resumed.
	Providers Providers
	// Outbox shows messages that only pretend to leave; it is served under /outbox, with its
	// path as it came.
	Outbox http.Handler
	// Log takes what is done here, and what failed; default slog.Default().
	Log *slog.Logger
}

// Check is one condition of being ready.
type Check struct {
	Name string
	// Warns: that it does not hold is told, and the process is ready nevertheless.
	Warns bool
	// Run tells why the condition does not hold. It ends with its context.
	Run func(ctx context.Context) error
}

// DeadLetters is the work that could not be done. Errors: CodeNotFound, CodeUnavailable.
type DeadLetters interface {
	DeadLetters(ctx context.Context, limit int) ([]engine.DeadLetter, error)
	DeadLetter(ctx context.Context, id string) (*engine.DeadLetter, error)
	Retry(ctx context.Context, id string) error
}

// Providers is what carries messages.
type Providers interface {
	Providers() []ProviderState
	// Pause and Resume, in all processes, tell whether there is a provider of this name.
	Pause(ctx context.Context, name, why string) bool
	Resume(ctx context.Context, name string) bool
}

// ProviderState is how a provider does.
type ProviderState struct {
	Name      string     `json:"name"`
	Channel   string     `json:"channel"`
	Weight    int        `json:"weight"`
	Health    float64    `json:"health"`          // how much of its weight counts: 1 all, 1/32 the least
	Cause     string     `json:"cause,omitempty"` // why not all of it: errors, receipts
	Moved     *time.Time `json:"moved,omitempty"` // when health last changed
	Failed    float64    `json:"failed"`          // share of failures among the latest answers
	Unheard   float64    `json:"unheard"`         // share of the latest receipts due that are missing, late or bad
	Busy      int        `json:"busy"`            // messages that this process is asking it about
	Rate      float64    `json:"rate,omitempty"`  // messages a second that it may get
	Paused    bool       `json:"paused"`
	Why       string     `json:"why,omitempty"`
	Since     *time.Time `json:"since,omitempty"`
	RestUntil *time.Time `json:"rest_until,omitempty"` // it asked to be left alone, or fails again and again
}

type ops struct {
	OpsOptions
	mux *http.ServeMux
}

// Ops serves the listener of those who operate the installation. It asks for no key: it
// must listen where only they can reach. Requests that another site's page makes in
// their browser are refused.
func Ops(o OpsOptions) http.Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	h := &ops{OpsOptions: o, mux: http.NewServeMux()}
	h.mux.HandleFunc("GET /healthz", h.health)
	h.mux.HandleFunc("GET /readyz", h.ready)
	if o.Metrics != nil {
		h.mux.Handle("GET /metrics", promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{}))
	}
	if o.Dead != nil {
		h.mux.HandleFunc("GET /dead", h.dead)
		h.mux.HandleFunc("GET /dead/{id}", h.deadOne)
		h.mux.HandleFunc("POST /dead/{id}/retry", h.retry)
	}
	if o.Queues != nil {
		h.mux.HandleFunc("GET /queues", h.queues)
	}
	if o.Providers != nil {
		h.mux.HandleFunc("GET /providers", h.providers)
		h.mux.HandleFunc("POST /providers/{name}/pause", h.pause)
		h.mux.HandleFunc("POST /providers/{name}/resume", h.resume)
	}
	if o.Outbox != nil {
		h.mux.Handle("/outbox", o.Outbox)
		h.mux.Handle("/outbox/", o.Outbox)
	}
	h.mux.HandleFunc("GET /{$}", h.index)
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		newProblem(codeForbidden, "A page of another site may not do this.").write(w, r)
	}))
	return guard.Handler(h)
}

// ServeHTTP serves the ops listener, with problems for what has no route.
func (h *ops) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("X-Frame-Options", "DENY")
	defer func() {
		if v := recover(); v != nil {
			rescue(h.Log, &statusWriter{ResponseWriter: w}, r, v)
		}
	}()
	routed(h.mux, w, r)
}

// index says what there is.
func (h *ops) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	t := template.Must(template.New("ops").Parse(opsSource))
	_ = t.Execute(w, map[string]bool{ // the reader may be gone
		"Metrics": h.Metrics != nil, "Dead": h.Dead != nil, "Queues": h.Queues != nil, "Providers": h.Providers != nil, "Outbox": h.Outbox != nil,
	})
}

// reply answers with JSON that people can read too.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the reader may be gone
}
