package calendars

import "time"

const (
	maxSpan     = 10 * 366 * 24 * time.Hour
	minStep     = 60 // seconds
	maxPrealloc = 1 << 14
)

// Starts gives the starts that may be shown, sorted, in unix seconds: those of
// individual appointments and of the sessions that have a seat left. busy is what holds
// time in this calendar: all that overlaps BusySpan, in any order; more does no harm.
// Each free range is cut from its own start; From, To, Now, Notice, Horizon and the
// limits per day and week drop starts and never shift the grid (RULES §3).
func (c *Compiled) Starts(q Query, busy []Interval) []int64 { return c.AppendStarts(nil, q, busy) }

// AppendStarts is Starts appended to out, for callers who use one list again and again.
func (c *Compiled) AppendStarts(out []int64, q Query, busy []Interval) []int64 {
	g, ok := newGrid(q)
	if !ok {
		return out
	}
	s := c.searchStarts(q, g, busy)
	return s.starts(out)
}

// BusySpan gives the time in which appointments matter to Starts and Explain for this
// query: the starts asked for, and what of their day comes before; of a calendar that is open at midnight the
// day before too, since a range may begin there. It is empty when the query can have no answer.
func (c *Compiled) BusySpan(q Query) Interval {
	g, ok := newGrid(q)
	if !ok {
		return Interval{}
	}
	return c.busySpan(g)
}

func (c *Compiled) busySpan(g grid) Interval {
	// Some hours for a day on which the clock was set back.
	before := int64(3 * 60 * 60)
	if c.nights {
		before += secondsPerDay
	}
	wall := g.lo + offset(c.loc, g.lo)
	sinceMidnight := wall - floorDiv(wall, secondsPerDay)*secondsPerDay
	return c.widen(Interval{g.lo - sinceMidnight - before, g.hi + g.duration + g.after}, g)
}

func (c *Compiled) day(t int64) day { return day(floorDiv(t+offset(c.loc, t), secondsPerDay)) }

// grid is a query as integers: seconds, and bounds of the starts, both included.
type grid struct {
	duration, step, before, after int64
	lo, hi                        int64
}

// asks reports whether a start is within the bounds.
func (g grid) asks(t int64) bool { return g.lo <= t && t <= g.hi }

// newGrid reads a query; ok is false when nothing can fit.
func newGrid(q Query) (g grid, ok bool) {
	g = newShape(q)
	g.lo = max(ceil(q.From), ceil(q.Now.Add(max(q.Notice, 0))))
	g.hi = q.To.Unix()
	if q.Horizon > 0 {
		g.hi = min(g.hi, q.Now.Add(q.Horizon).Unix())
	}
	g.hi = min(g.hi, g.lo+int64(maxSpan/time.Second))
	return g, g.duration > 0 && g.lo <= g.hi
}

// newShape reads the lengths of a query.
func newShape(q Query) grid {
	g := grid{
		duration: int64(q.Duration / time.Second),
		before:   max(int64(q.Before/time.Second), 0),
		after:    max(int64(q.After/time.Second), 0),
	}
	g.step = g.duration
	if q.Step > 0 {
		g.step = int64(q.Step / time.Second)
	}
	g.step = max(g.step, minStep)
	return g
}

// ceil gives the first whole second not before t.
func ceil(t time.Time) int64 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return s
}

// cutFree appends the starts of the open ranges where they are not taken: one sweep over
// both lists. It ends at the first open range after which there are enough.
func (g *grid) cutFree(out []int64, open, taken []Interval, enough int) []int64 {
	lo, hi, step, before, rest := g.lo, g.hi, g.step, g.before, g.duration+g.after
	had, j := len(out), 0
	open = open[after(open, lo):]
	if len(open) > 0 {
		taken = taken[after(taken, open[0].Start):]
	}
	for _, o := range open {
		if o.Start > hi || len(out)-had >= enough {
			break
		}
		for j < len(taken) && taken[j].End <= o.Start {
			j++
		}
		t, end := o.Start+before, o.End
		for j < len(taken) && taken[j].Start < end {
			if t < lo {
				t = g.next(t)
			}
			for last := min(taken[j].Start-rest, hi); t <= last; t += step {
				out = append(out, t)
			}
			t = taken[j].End + before
			if taken[j].End >= end {
				break // it may reach into the next range
			}
			j++
		}
		if t < lo {
			t = g.next(t)
		}
		for last := min(end-rest, hi); t <= last; t += step {
			out = append(out, t)
		}
	}
	return out
}

// next gives the first start from t on, in steps, that is not before the bound.
func (g *grid) next(t int64) int64 { return t + (g.lo-t+g.step-1)/g.step*g.step }

// estimate bounds the number of starts, to allocate once.
func (g grid) estimate(open []Interval) int {
	n := 0
	for i := after(open, g.lo); i < len(open) && open[i].Start <= g.hi; i++ {
		n += int((open[i].End-open[i].Start)/g.step) + 1
	}
	return min(n, maxPrealloc)
}
