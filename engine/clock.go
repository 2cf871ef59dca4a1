package engine

import "time"

// Clock tells the time the rules live in.
type Clock interface {
	// Now is the current time of the domain.
	Now() time.Time
	// Span is how much of the domain's time passes in d of real time: leases,
	// back-offs and send time-outs are real even when a demo runs a day in seconds.
	Span(d time.Duration) time.Duration
}

// WallClock is the real time.
type WallClock struct{}

// Now is the real time.
func (WallClock) Now() time.Time { return time.Now() }

// Span is d itself.
func (WallClock) Span(d time.Duration) time.Duration { return d }

// FastClock starts at Base when the real time is Start and runs Speed times faster.
type FastClock struct {
	Base, Start time.Time
	Speed       float64
}

// Now is Base plus the real time passed since Start, times Speed.
func (c FastClock) Now() time.Time { return c.Base.Add(c.Span(time.Since(c.Start))) }

// Span is d times Speed.
func (c FastClock) Span(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.Speed)
}
