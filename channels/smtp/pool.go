package smtp

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	errClosed = errors.New("the provider is closed")
	errBusy   = errors.New("every connection was busy for too long")
)

// pool lends connections, at most Settings.Connections at a time, the last used first: the
// others fall idle and are closed when there is less to send.
type pool struct {
	dialer *dialer
	limit  Settings
	turns  chan struct{} // one per connection lent

	mu     sync.Mutex
	idle   []*conn // oldest first
	reaper *time.Timer
	closed bool
}

func newPool(s Settings, d *dialer) *pool {
	return &pool{dialer: d, limit: s, turns: make(chan struct{}, s.Connections)}
}

// get lends a connection; give it back with put.
func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, errors.Join(errBusy, ctx.Err())
	}
	c, err := p.ready(ctx)
	if err != nil {
		<-p.turns
	}
	return c, err
}

func (p *pool) ready(ctx context.Context) (*conn, error) {
	for {
		c, err := p.take()
		if err != nil {
			return nil, err
		}
		if c == nil {
			return p.dialer.dial(ctx)
		}
		if time.Since(c.idle) < p.limit.ProbeAfter || c.alive(ctx) {
			return c, nil
		}
		c.broken = true
		c.close()
	}
}

func (p *pool) take() (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	n := len(p.idle)
	if n == 0 {
		return nil, nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c, nil
}

// put takes a connection back. It keeps its turn until it is idle or closed, so that no
// more than the limit are open.
func (p *pool) put(c *conn) {
	if !p.keep(c) {
		c.close()
	}
	<-p.turns
}

func (p *pool) keep(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.broken || p.closed {
		return false
	}
	c.idle = time.Now()
	p.idle = append(p.idle, c)
	if p.reaper == nil {
		p.reaper = time.AfterFunc(p.limit.IdleClose, p.reap)
	}
	return true
}

// reap closes what was idle long enough, and comes back while anything is left.
func (p *pool) reap() {
	for _, c := range p.stale() {
		c.close()
	}
}

func (p *pool) stale() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && time.Since(p.idle[n].idle) >= p.limit.IdleClose {
		n++
	}
	old := append([]*conn(nil), p.idle[:n]...)
	p.idle = append([]*conn(nil), p.idle[n:]...)
	p.reaper = nil
	if len(p.idle) > 0 {
		wait := p.limit.IdleClose - time.Since(p.idle[0].idle)
		p.reaper = time.AfterFunc(max(wait, time.Millisecond), p.reap)
	}
	return old
}

// close ends the idle connections and refuses new loans.
func (p *pool) close() {
	p.mu.Lock()
	old := p.idle
	p.idle, p.closed = nil, true
	if p.reaper != nil {
		p.reaper.Stop()
	}
	p.mu.Unlock()
	for _, c := range old {
		c.close()
	}
}
