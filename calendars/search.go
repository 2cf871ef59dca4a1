package calendars

import (
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
}

// search makes a query ready over the days [lo, hi). span is what busy matters in.
func (c *Compiled) search(q Query, g grid, lo, hi day, span Interval, busy []Interval) search {
	p := c.plan(q.Service, q.Location, lo, hi)
	return search{
		grid: g, plan: p,
		taken: full(busy, c.capacity, span), blocked: full(q.Blocked, 1, span),
		full: c.fullTime(p.zone, busy), joined: p.joined(busy, q.Blocked),
	}
}

// searchStarts is search for the starts of the grid.
func (c *Compiled) searchStarts(q Query, g grid, busy []Interval) search {
	return c.search(q, g, c.day(g.lo), c.day(g.hi)+1, c.busySpan(g), busy)
}

// joinable reports whether the session i has a seat left, limits left aside.
func (s *search) joinable(i int) bool {
	o := &s.plan.sessions[i]
	return !o.shut && s.joined[i] != spoiled && s.joined[i] < o.window.seats
}

// starts appends the starts, sorted.
func (s *search) starts(out []int64) []int64 {
	before, lists, away := len(out), 0, s.taken
	if len(s.blocked) > 0 {
		away = merge(slices.Concat(s.taken, s.blocked))
	}
	for i := range s.plan.places {
		open := s.plan.places[i].open
		if cap(out) == 0 {
			out = make([]int64, 0, s.estimate(open))
		}
		out = s.cutFree(out, open, away)
		lists++
	}
	for i := range s.plan.sessions {
		if t := s.plan.sessions[i].Start; s.asks(t) && s.joinable(i) {
			out = append(out, t)
			lists = 2
		}
	}
	if lists > 1 {
		slices.Sort(out[before:])
		out = out[:before+len(slices.Compact(out[before:]))]
	}
	skip := s.plan.repeats
	if len(s.full) > 0 {
		skip = merge(slices.Concat(skip, s.full[FullDay], s.full[FullWeek]))
	}
	return out[:before+len(drop(out[before:], skip))]
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
