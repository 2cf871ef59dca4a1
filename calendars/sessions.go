package calendars

import (
	"cmp"
	"slices"
)

// Session is one group session: the people who join it come and go together.
type Session struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	// Seats it has, and how many more people may join: 0 when it is full, when the limits
	// of its day or week are reached, or when its time is taken or blocked otherwise.
	Seats int `json:"seats"`
	Left  int `json:"seats_left"`
}

// Sessions lists the sessions that start within the query and take place, sorted, those
// without seats left too. busy is as in Starts; an interval that is exactly a session's
// is a person in it.
func (c *Compiled) Sessions(q Query, busy []Interval) []Session {
	g, ok := newGrid(q)
	if !ok {
		return nil
	}
	s := c.searchStarts(q, g, busy)
	var out []Session
	for i := range s.plan.sessions {
		o := &s.plan.sessions[i]
		if o.shut || !s.asks(o.Start) {
			continue
		}
		left := 0
		if s.joinable(i) {
			left = min(o.window.seats-s.joined[i], c.room(s.plan.zone, o.Start, busy))
		}
		out = append(out, Session{o.Start, o.End, o.window.seats, left})
	}
	return out
}

// longestSession is a day on which the clock is set back, in seconds, and to spare.
const longestSession = 27 * 60 * 60

// session is one occurrence of a window with seats.
type session struct {
	Interval
	window *window
	shut   bool // by a closure or a holiday
}

// sessions lists the occurrences of all windows with seats, sorted and disjoint.
func (c *Compiled) sessions(l *layout) []session {
	var all []session
	for i := range c.windows {
		w := &c.windows[i]
		if w.seats == 0 {
			continue
		}
		for _, o := range w.open(nil, l) {
			if o.Start < o.End {
				all = append(all, session{Interval: o, window: w})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b session) int { return cmp.Compare(a.Start, b.Start) })
	// Validate keeps them apart for years ahead; past that the first to begin has the time.
	out := all[:0]
	for _, s := range all {
		if len(out) == 0 || s.Start >= out[len(out)-1].End {
			out = append(out, s)
		}
	}
	return out
}

// spoiled stands for a session whose time something else holds.
const spoiled = -1

// joined counts the people of each session: the busy intervals that are exactly its
// own. Any other that overlaps it spoils it, whatever the capacity.
func (p *plan) joined(busy, blocked []Interval) []int {
	if len(p.sessions) == 0 {
		return nil
	}
	counts := make([]int, len(p.sessions))
	for _, b := range busy {
		p.touched(b, func(i int) {
			if p.sessions[i].Interval != b {
				counts[i] = spoiled
			} else if counts[i] != spoiled {
				counts[i]++
			}
		})
	}
	for _, b := range blocked {
		p.touched(b, func(i int) { counts[i] = spoiled })
	}
	return counts
}

// touched calls do for each session that shares time with b.
func (p *plan) touched(b Interval, do func(i int)) {
	i, _ := slices.BinarySearchFunc(p.sessions, b.Start+1, func(s session, t int64) int { return cmp.Compare(s.End, t) })
	for ; b.Start < b.End && i < len(p.sessions) && p.sessions[i].Start < b.End; i++ {
		do(i)
	}
}

// sessionAt gives the index of the session that starts at t, or -1.
func (p *plan) sessionAt(t int64) int {
	i, found := slices.BinarySearchFunc(p.sessions, t, func(s session, t int64) int { return cmp.Compare(s.Start, t) })
	if !found {
		return -1
	}
	return i
}
