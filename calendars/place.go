package calendars

import (
	"slices"
	"time"
)

// Place is where and until when an appointment takes place.
type Place struct {
	// Start and End in unix seconds, without buffers: a session's own, or the duration
	// asked for.
	Start, End int64
	// Location of the window that holds it; "" when that names none.
	Location string
	// Seats of the session; 0 for an individual appointment.
	Seats int
}

// Place says where an appointment at start takes place when it may be booked, and gives
// a *Refusal when it may not: all of [start-Before, start+Duration+After) must be free
// time of one location, or start that of a session with a seat left, and start must pass
// notice, horizon and the limits per day and week. Starts need not be on today's grid: a
// slot that was shown and that nobody took can still be booked. From and To are not
// looked at. busy is all that overlaps that time, and for the limits all of that week, in
// any order; more does no harm.
func (c *Compiled) Place(q Query, start time.Time, busy []Interval) (Place, error) {
	g := newShape(q)
	if g.duration <= 0 {
		return Place{}, &Refusal{NoWindow}
	}
	if r := tooSoonOrLate(q, start); r != "" {
		return Place{}, &Refusal{r}
	}
	t := start.Unix()
	need := g.need(t)
	s := c.search(q, g, c.day(need.Start), c.day(need.End)+1, need, busy)
	if r := s.refuses(t); r != "" {
		return Place{}, &Refusal{r}
	}
	if i := s.plan.sessionAt(t); i >= 0 {
		o := &s.plan.sessions[i]
		return Place{t, o.End, o.window.location, o.window.seats}, nil
	}
	return Place{t, t + g.duration, s.location(need), 0}, nil
}

// Fits is Place for those who need not know where: nil when it may be booked.
func (c *Compiled) Fits(q Query, start time.Time, busy []Interval) error {
	_, err := c.Place(q, start, busy)
	return err
}

// need is the time an individual appointment at t keeps, buffers included.
func (g grid) need(t int64) Interval { return Interval{t - g.before, t + g.duration + g.after} }

// location gives the place that holds the time.
func (s *search) location(need Interval) string {
	for i := range s.plan.places {
		if p := &s.plan.places[i]; contains(p.windows, need) {
			return p.location
		}
	}
	return ""
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

// refuses gives the first reason for which nobody can be booked at t, or "".
func (s *search) refuses(t int64) Reason {
	need, session := s.need(t), s.plan.sessionAt(t)
	if session >= 0 {
		need = s.plan.sessions[session].Interval
	}
	moment := Interval{t, t + 1}
	switch {
	case session < 0 && !s.inWindow(need):
		return NoWindow
	case overlaps(s.plan.holidays, need):
		return Holiday
	case overlaps(s.plan.closed, need):
		return Closed
	case overlaps(s.blocked, need):
		return BusyElsewhere
	case session < 0 && overlaps(s.taken, need), session >= 0 && s.joined[session] == spoiled:
		return Taken
	case session >= 0 && !s.joinable(session):
		return Full
	case overlaps(s.full[FullDay], moment):
		return FullDay
	case overlaps(s.full[FullWeek], moment):
		return FullWeek
	}
	return ""
}

func (s *search) inWindow(need Interval) bool {
	return slices.ContainsFunc(s.plan.places, func(p place) bool { return contains(p.windows, need) })
}
