package pages

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// generation is how many client addresses one map holds before the older one is dropped.
const generation = 4096

// misses counts dead links per client address, in this process. It remembers the last
// 4,096 to 8,192 addresses; a forgotten one begins with a full burst again.
type misses struct {
	limit     Limit
	mu        sync.Mutex
	seen, old map[string]*rate.Limiter
}

func newMisses(l Limit) *misses { return &misses{limit: l, seen: map[string]*rate.Limiter{}} }

// allow notes a miss and tells whether it is within the limit.
func (m *misses) allow(client string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	client = network(client)
	l, ok := m.seen[client]
	if !ok {
		if l, ok = m.old[client]; !ok {
			l = rate.NewLimiter(rate.Every(m.limit.Every), m.limit.Burst)
		}
		if len(m.seen) >= generation {
			m.old, m.seen = m.seen, map[string]*rate.Limiter{}
		}
		m.seen[client] = l
	}
	return l.AllowN(now, 1)
}

// network is what one client holds: an IPv4 address, the /64 of an IPv6 one.
func network(client string) string {
	a, err := netip.ParseAddr(client)
	if err != nil {
		return client
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return client
	}
	return p.String()
}

// connection is the address at the other end of the connection.
func connection(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
