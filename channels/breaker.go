package channels

import "time"

const (
	runOfFailures = 10 // in a row open the breaker
	firstRest     = 5 * time.Second
	longestOwn    = 2 * time.Minute // rest of our own choice
	slowerRest    = time.Second     // after a "too many" that does not say how long
	longestRest   = 5 * time.Minute // rest that a provider asks for
)

// breaker is a lane's circuit breaker: open, it spares a provider that fails again and again or
// asks to be left alone; then one message at a time tries it, until one goes well. Each process
// has its own, for it must act at once. The libraries for this keep the time themselves and cannot
// be told until when to stay open, which is what Retry-After says.
type breaker struct {
	run    int       // failures in a row
	opened int       // times it opened since something went well
	until  time.Time // open until then
}

func (b *breaker) open(now time.Time) bool { return now.Before(b.until) }

// trying: it was open, and nothing has gone well since.
func (b *breaker) trying() bool { return b.opened > 0 }

// note takes an answer into account.
func (b *breaker) note(a Answer, now time.Time) {
	open := b.open(now)
	asked := now.Add(min(a.After, longestRest))
	switch {
	case a.well() && !open: // what was under way when it opened says nothing about now
		*b = breaker{}
	case a.well():
	case a.Outcome == Temporary && a.After > 0:
		b.rest(asked, open)
	case a.Slower && !open:
		b.rest(now.Add(doubled(slowerRest, b.opened)), open)
	case a.failure():
		if b.run++; b.run >= runOfFailures && !open {
			b.rest(now.Add(doubled(firstRest, b.opened)), open)
		}
	}
}

func (b *breaker) rest(until time.Time, open bool) {
	if !open {
		b.opened++
	}
	if until.After(b.until) {
		b.until = until
	}
}

// doubled is d, doubled n times, at most longestOwn.
func doubled(d time.Duration, n int) time.Duration { return min(d<<min(n, 10), longestOwn) }

// well: the provider did its work. Refusing one message for good is part of it.
func (a Answer) well() bool { return a.Outcome == Sent || a.Outcome == Permanent }

// failure: the answer counts against the provider. That it was cut short by us, or that we were
// too fast, does not.
func (a Answer) failure() bool { return !a.well() && a.Code != CodeCancelled && !a.Slower }
