package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets is how many callers are remembered before the idle ones are forgotten.
const maxBuckets = 10_000

// limiter holds one token bucket per key: Requests in a Window, refilled evenly. It lives
// in this process only, so n processes behind one address let n times as much through:
// it protects a process from one caller, it is not a quota that anybody pays for.
type limiter struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(l Limits, now func() time.Time) *limiter {
	return &limiter{limits: l, now: now, buckets: map[string]*rate.Limiter{}}
}

func (l *limiter) perSecond() float64 {
	return float64(l.limits.Requests) / l.limits.Window.Seconds()
}

func (l *limiter) bucket(key string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.forget(now)
		}
		b = rate.NewLimiter(rate.Limit(l.perSecond()), l.limits.Requests)
		l.buckets[key] = b
	}
	return b
}

// forget drops the buckets that are full: a new one would be the same.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.limits.Requests) {
			delete(l.buckets, key)
		}
	}
}

// limited counts a request against its caller's bucket and says what is left, as the
// RateLimit header fields draft of the IETF writes it.
func (s *server) limited(next http.HandlerFunc) http.HandlerFunc {
	l := s.limiter
	if l.limits.Requests < 0 {
		return next
	}
	policy := fmt.Sprintf(`"key";q=%d;w=%d`, l.limits.Requests, int(math.Ceil(l.limits.Window.Seconds())))
	return func(w http.ResponseWriter, r *http.Request) {
		c, known := r.Context().Value(callerKey{}).(caller)
		if !known {
			next(w, r)
			return
		}
		now := l.now()
		b := l.bucket(c.limit, now)
		ok := b.AllowN(now, 1)
		left := max(b.TokensAt(now), 0)
		full := math.Ceil((float64(l.limits.Requests) - left) / l.perSecond())
		w.Header().Set("RateLimit-Policy", policy)
		w.Header().Set("RateLimit", fmt.Sprintf(`"key";r=%d;t=%d`, int(left), int(full)))
		if !ok {
			wait := int(math.Ceil((1 - left) / l.perSecond()))
			w.Header().Set("Retry-After", strconv.Itoa(max(wait, 1)))
			newProblem(codeRateLimited, "More than %d requests in %s with this key; wait %d s.",
				l.limits.Requests, l.limits.Window, max(wait, 1)).write(w, r)
			return
		}
		next(w, r)
	}
}
