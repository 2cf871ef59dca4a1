package calendars

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Explanation says what became of one day's starts.
type Explanation struct {
	Date Date `json:"date"`
	// Starts is how many starts the day has.
	Starts int `json:"starts"`
	// Reason is NoWindow when no window of the query gives a start that day, else empty.
	Reason Reason `json:"reason,omitempty"`
	// Missing are the starts that the windows alone would give and that are not there.
	Missing []Missing `json:"missing,omitempty"`
}

// Missing is a start that is not offered, in unix seconds, and why.
type Missing struct {
	Start  int64  `json:"start"`
	Reason Reason `json:"reason"`
}

// Explain says for each wall day from From to To how many starts it has and why others
// are missing. It compares Starts with the grid of the windows alone, and gives the
// first Reason that holds; Moved when the time is free but an appointment or a closure
// before it made the grid begin elsewhere (Fits takes such a start). busy as in Starts,
// but over all of From to To.
func (c *Compiled) Explain(q Query, busy []Interval) []Explanation {
	g := newShape(q)
	g.lo, g.hi = ceil(q.From), q.To.Unix()
	g.hi = min(g.hi, g.lo+int64(maxSpan/time.Second))
	if g.duration <= 0 || g.lo > g.hi {
		return nil
	}
	first, last := c.day(g.lo), c.day(g.hi)
	s := c.searchStarts(q, g, busy)
	days := make([]Explanation, last-first+1)
	for i := range days {
		days[i].Date = (first + day(i)).date()
	}
	starts := c.Starts(q, busy)
	for _, t := range starts {
		days[s.plan.zone.day(t)-first].Starts++
	}
	for _, t := range s.bare() {
		if _, there := slices.BinarySearch(starts, t); !there {
			e := &days[s.plan.zone.day(t)-first]
			e.Missing = append(e.Missing, Missing{t, s.why(q, t)})
		}
	}
	for i := range days {
		if days[i].Starts == 0 && len(days[i].Missing) == 0 {
			days[i].Reason = NoWindow
		}
	}
	return days
}

// bare gives the starts of the windows alone.
func (s *search) bare() []int64 {
	var out []int64
	for i := range s.plan.places {
		out = s.cutFree(out, s.plan.places[i].grid, nil, math.MaxInt)
	}
	for i := range s.plan.sessions {
		if t := s.plan.sessions[i].Start; s.asks(t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return drop(slices.Compact(out), s.plan.repeats)
}

// why gives the reason for which a start of the windows is missing.
func (s *search) why(q Query, t int64) Reason {
	return cmp.Or(tooSoonOrLate(q, time.Unix(t, 0)), s.refuses(t), Moved)
}
