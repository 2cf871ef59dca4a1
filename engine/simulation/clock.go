package simulation

import (
	"sync/atomic"
	"time"
)

// Clock stands still until the simulation moves it.
type Clock struct{ now atomic.Pointer[time.Time] }

// NewClock is a clock that stands at a moment.
func NewClock(start time.Time) *Clock {
	c := &Clock{}
	c.set(start)
	return c
}

// Now is where the clock stands.
func (c *Clock) Now() time.Time { return *c.now.Load() }

// perSecond is how much of a simulation passes in a second, by the order of it: policies read a moment ago
// are taken as they are for that long, and nobody but the simulation changes them.
const perSecond = time.Hour

// Span is an hour for each second.
func (c *Clock) Span(d time.Duration) time.Duration { return d * (perSecond / time.Second) }

func (c *Clock) set(t time.Time) { c.now.Store(&t) }
