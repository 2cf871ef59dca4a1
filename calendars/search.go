package calendars

import (
	"math"
	"slices"
	"sort"
)

// search is a query made ready: laid out time, and what holds or limits it.
type search struct {
	grid
	plan    *plan
	taken   []Interval            // as much as the capacity
	blocked []Interval            // by the agent's own agenda
	full    map[Reason][]Interval // the days and weeks at their limit
	joined  []int                 // people in each session of the plan
	first   bool                  // one start is enough
}

// search makes a query ready over the days [lo, hi). span is what busy matters in.
func (c *Compiled) search(q Query, g grid, lo, hi day, span Interval, busy []Interval) search {
	s := search{grid: g, taken: full(busy, c.capacity, span), blocked: full(q.Blocked, 1, span)}
	s.lookAt(c, q, lo, hi, busy)
	return s
}

// lookAt lays out the days [lo, hi).
func (s *search) lookAt(c *Compiled, q Query, lo, hi day, busy []Interval) {
	s.plan = c.plan(q.Service, q.Location, lo, hi)
	s.full = c.fullTime(s.plan.zone, busy)
	s.joined = s.plan.joined(busy, q.Blocked)
}

// searchStarts is search for the starts of the grid.
func (c *Compiled) searchStarts(q Query, g grid, busy []Interval) search {
	return c.search(q, g, c.day(g.lo), c.day(g.hi)+1, c.busySpan(g), busy)
}

// unblock takes what is blocked for taken, where the difference does not matter.
func (s *search) unblock() {
	if len(s.blocked) > 0 {
		s.taken, s.blocked = merge(slices.Concat(s.taken, s.blocked)), nil
	}
}

// joinable reports whether the session i has a seat left, limits left aside.
func (s *search) joinable(i int) bool {
	o := &s.plan.sessions[i]
	return !o.shut && s.joined[i] != spoiled && s.joined[i] < o.window.seats
}

// starts appends the starts, sorted; when one is enough, the first and perhaps more.
func (s *search) starts(out []int64) []int64 {
	s.unblock()
	before, skip := len(out), s.skip()
	enough := math.MaxInt
	if s.first && len(skip) == 0 {
		enough = 1
	}
	for i := range s.plan.places {
		open := s.plan.places[i].open
		if cap(out) == 0 {
			out = make([]int64, 0, s.estimate(open))
		}
		out = s.cutFree(out, open, s.taken, enough)
	}
	for i := range s.plan.sessions {
		if t := s.plan.sessions[i].Start; s.asks(t) && s.joinable(i) {
			out = append(out, t)
		}
	}
	if len(s.plan.places) > 1 || len(s.plan.sessions) > 0 {
		slices.Sort(out[before:])
		out = out[:before+len(slices.Compact(out[before:]))]
	}
	return out[:before+len(drop(out[before:], skip))]
}

// skip gives the time in which no start is shown, and for which no grid shifts.
func (s *search) skip() []Interval {
	if len(s.full) == 0 {
		return s.plan.repeats
	}
	return merge(slices.Concat(s.plan.repeats, s.full[FullDay], s.full[FullWeek]))
}

// drop drops in place the starts that lie in one of the intervals: the second showing of
// a wall time, since nobody can tell the two 02:30 of an autumn night apart, and days
// and weeks that are full.
func drop(starts []int64, skip []Interval) []int64 {
	out, rest := starts[:0], starts
	for _, i := range skip {
		from := sort.Search(len(rest), func(k int) bool { return rest[k] >= i.Start })
		to := from + sort.Search(len(rest)-from, func(k int) bool { return rest[from+k] >= i.End })
		out = append(out, rest[:from]...)
		rest = rest[to:]
	}
	return append(out, rest...)
}
