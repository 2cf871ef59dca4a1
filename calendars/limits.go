package calendars

import (
	"math"
	"slices"
	"time"
)

// Limit is a most of appointments that start in one stretch of time.
type Limit struct {
	Name string // "day" or "week"
	// At is when the wall day or the ISO week begins, in unix seconds: what names it.
	At int64
	// Max is how many appointments may start in it.
	Max int
}

// Limits gives those that an appointment at start counts for; none when the calendar
// sets none.
func (c *Compiled) Limits(start time.Time) []Limit {
	var out []Limit
	for _, l := range c.limits() {
		d := c.day(start.Unix())
		z := newZone(c.loc, d-7, d+7)
		out = append(out, Limit{l.name, l.around(z, start.Unix()).Start, l.most})
	}
	return out
}

// limit is one of a calendar's two.
type limit struct {
	name   string
	most   int
	reason Reason
	around func(z zone, t int64) Interval // the stretch that holds t
}

// limits lists those that are set.
func (c *Compiled) limits() []limit {
	var out []limit
	if c.perDay > 0 {
		out = append(out, limit{"day", c.perDay, FullDay, zone.dayAround})
	}
	if c.perWeek > 0 {
		out = append(out, limit{"week", c.perWeek, FullWeek, zone.weekAround})
	}
	return out
}

func (z zone) dayAround(t int64) Interval {
	d := z.day(t)
	return Interval{z.instant(d, 0), z.instant(d+1, 0)}
}

func (z zone) weekAround(t int64) Interval {
	d := z.day(t)
	monday := d - day(weekdayOf(d))
	return Interval{z.instant(monday, 0), z.instant(monday+7, 0)}
}

// fullTime gives the days and weeks in which as many busy intervals start as the
// calendar takes, by reason, each list sorted. nil when it has no limits.
func (c *Compiled) fullTime(z zone, busy []Interval) map[Reason][]Interval {
	limits := c.limits()
	if len(limits) == 0 {
		return nil
	}
	starts := make([]int64, 0, len(busy))
	for _, b := range busy {
		if b.Start < b.End {
			starts = append(starts, b.Start)
		}
	}
	slices.Sort(starts)
	out := map[Reason][]Interval{}
	for _, l := range limits {
		for i := 0; i < len(starts); {
			stretch, from := l.around(z, starts[i]), i
			for i++; i < len(starts) && starts[i] < stretch.End; i++ {
			}
			if i-from >= l.most {
				out[l.reason] = append(out[l.reason], stretch)
			}
		}
	}
	return out
}

// room is how many more appointments the limits take at t.
func (c *Compiled) room(z zone, t int64, busy []Interval) int {
	room := math.MaxInt
	for _, l := range c.limits() {
		stretch, n := l.around(z, t), 0
		for _, b := range busy {
			if stretch.Start <= b.Start && b.Start < stretch.End && b.Start < b.End {
				n++
			}
		}
		room = min(room, max(l.most-n, 0))
	}
	return room
}

// widen stretches a span so that sessions are whole in it and limits can be counted.
func (c *Compiled) widen(span Interval, g grid) Interval {
	if c.groups {
		span.End = max(span.End, g.hi+longestSession)
	}
	limits := c.limits()
	if len(limits) == 0 {
		return span
	}
	z := newZone(c.loc, c.day(g.lo)-7, c.day(g.hi)+8)
	for _, l := range limits {
		span.Start = min(span.Start, l.around(z, g.lo).Start)
		span.End = max(span.End, l.around(z, g.hi).End)
	}
	return span
}
