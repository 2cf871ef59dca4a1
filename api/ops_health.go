package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// readyTime is how long all checks together may take; those who ask wait seconds, not more.
const readyTime = 2 * time.Second

// readiness is the answer of /readyz.
type readiness struct {
	Ready  bool      `json:"ready"`
	Checks []checked `json:"checks"`
}

type checked struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Words string `json:"words"`
}

// health says that the process is alive: nothing more, so that nobody restarts it because
// Redis is away.
func (h *ops) health(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]bool{"alive": true})
}

// ready says whether this process can do its work, condition by condition; 503 when not. What only warns is
// told and changes nothing.
func (h *ops) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	out := readiness{Ready: true, Checks: make([]checked, len(h.Ready))}
	var wg sync.WaitGroup
	for i, c := range h.Ready {
		wg.Go(func() { out.Checks[i] = c.run(ctx) })
	}
	wg.Wait()
	status := http.StatusOK
	for i, c := range out.Checks {
		if !c.OK && !h.Ready[i].Warns {
			out.Ready, status = false, http.StatusServiceUnavailable
		}
	}
	reply(w, status, out)
}

// run runs the check; one that panics does not hold.
func (c Check) run(ctx context.Context) (out checked) {
	out = checked{Name: c.Name, OK: true, Words: "ok"}
	defer func() {
		if v := recover(); v != nil {
			out.OK, out.Words = false, fmt.Sprintf("the check panicked: %T", v)
		}
	}()
	if err := c.Run(ctx); err != nil {
		out.OK, out.Words = false, err.Error()
	}
	return out
}
