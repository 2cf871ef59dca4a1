package api_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/api"
)

// hand is a real-time clock that moves by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func TestRates(t *testing.T) {
	t.Parallel()
	clock := &hand{now: monday}
	w := newWorld(t, func(o *api.Options) {
		o.Limits = api.Limits{Requests: 6, Window: time.Minute}
		o.Now = clock.Now
	})
	clock.move(time.Hour) // what the world itself asked for is forgotten
	for left := 5; left >= 0; left-- {
		r := w.want(200, w.get("/v1/invitations"))
		if got := r.header.Get("RateLimit"); !strings.HasPrefix(got, `"key";r=`+strconv.Itoa(left)+";t=") {
			t.Errorf("RateLimit is %q with %d left", got, left)
		}
		if got := r.header.Get("RateLimit-Policy"); got != `"key";q=6;w=60` {
			t.Errorf("RateLimit-Policy is %q", got)
		}
	}
	r := w.refused(429, "rate_limited", w.get("/v1/invitations"))
	if r.header.Get("Retry-After") != "10" || r.header.Get("RateLimit") != `"key";r=0;t=60` {
		t.Errorf("headers of a refusal: %v", r.header)
	}
	w.want(200, w.as(adminKey).get("/v1/organisations")) // another caller
	w.as("nonsense").refused(401, "unauthorized", w.as("nonsense").get("/v1/invitations"))
	clock.move(10 * time.Second)
	w.want(200, w.get("/v1/invitations"))
	w.refused(429, "rate_limited", w.get("/v1/invitations"))
	w.want(200, w.get("/v1/openapi.json")) // nobody's
}
