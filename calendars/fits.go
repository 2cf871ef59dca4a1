package calendars

import "time"

// Fits reports whether an appointment may be booked at start: nil when all of
// [start-Before, start+Duration+After) is free time of one place and start passes
// notice and horizon, otherwise a *Refusal. Starts need not be on today's grid: a slot
// that was shown and that nobody took can still be booked. From and To are not looked
// at. busy is all that overlaps that time, in any order; more does no harm.
func (c *Compiled) Fits(q Query, start time.Time, busy []Interval) error {
	g := newShape(q)
	if g.duration <= 0 {
		return &Refusal{NoWindow}
	}
	if r := tooSoonOrLate(q, start); r != "" {
		return &Refusal{r}
	}
	t := start.Unix()
	p := c.plan(q.Service, q.Location, c.day(t-g.before), c.day(t+g.duration+g.after)+1)
	taken := full(busy, c.capacity, Interval{t - g.before, t + g.duration + g.after})
	if r := p.refuses(g, t, taken); r != "" {
		return &Refusal{r}
	}
	return nil
}

// tooSoonOrLate applies now, notice and horizon.
func tooSoonOrLate(q Query, start time.Time) Reason {
	switch {
	case start.Before(q.Now):
		return Past
	case start.Before(q.Now.Add(q.Notice)):
		return Notice
	case q.Horizon > 0 && start.After(q.Now.Add(q.Horizon)):
		return Horizon
	}
	return ""
}

// refuses gives the first reason for which the appointment at t is not in free time.
func (p *plan) refuses(g grid, t int64, taken []Interval) Reason {
	need := Interval{t - g.before, t + g.duration + g.after}
	inWindow := false
	for i := range p.places {
		inWindow = inWindow || contains(p.places[i].windows, need)
	}
	switch {
	case !inWindow:
		return NoWindow
	case overlaps(p.holidays, need):
		return Holiday
	case overlaps(p.closed, need):
		return Closed
	case overlaps(taken, need):
		return Taken
	}
	return ""
}
