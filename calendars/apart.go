package calendars

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	// apartYears is how far past the first day of its last window a calendar is searched
	// for sessions that overlap: a leap day lies within.
	apartYears = 5
	// apartMost bounds the search of windows that begin generations apart.
	apartMost = 30
)

// occurrence is a window's on one day.
type occurrence struct {
	Interval
	window int
}

// apart refuses sessions that overlap another window: who sits there would be nobody's
// to say. The windows stand in the order in which they were written.
func (b *builder) apart(c *Compiled) {
	all := c.occurrences()
	reported := map[int]bool{}
	longest, longestSession := -1, -1 // the occurrences before that end last
	for i, o := range all {
		other := longestSession
		if c.windows[o.window].seats > 0 {
			other = longest
		}
		if other >= 0 && o.Start < all[other].End {
			b.overlap(c, o, all[other], reported)
		}
		if longest < 0 || o.End > all[longest].End {
			longest = i
		}
		if c.windows[o.window].seats > 0 && (longestSession < 0 || o.End > all[longestSession].End) {
			longestSession = i
		}
	}
}

func (b *builder) overlap(c *Compiled, o, other occurrence, reported map[int]bool) {
	session, window := o, other
	if c.windows[o.window].seats == 0 {
		session, window = other, o
	}
	if reported[session.window] {
		return
	}
	reported[session.window] = true
	on := time.Unix(max(o.Start, other.Start), 0).In(c.loc).Format(time.DateOnly)
	b.mistake(fmt.Sprintf("windows[%d].seats", session.window),
		"a session may not overlap another window: it does windows[%d] on %s; change one, or list the day in except", window.window, on)
}

// occurrences lists those of the windows whose time of day a session's overlaps, sorted;
// none when there are no sessions.
func (c *Compiled) occurrences() []occurrence {
	near := c.nearSessions()
	if len(near) == 0 {
		return nil
	}
	first := func(a, b int) int { return cmp.Compare(c.windows[a].first, c.windows[b].first) }
	lo, hi := c.windows[slices.MinFunc(near, first)].first, c.windows[slices.MaxFunc(near, first)].first
	hi = min(hi+apartYears*366, lo+apartMost*366)
	l := newLayout(newZone(c.loc, lo, hi), lo, hi)
	var out []occurrence
	for _, i := range near {
		for _, o := range c.windows[i].open(nil, l) {
			out = append(out, occurrence{o, i})
		}
	}
	out = slices.DeleteFunc(out, func(o occurrence) bool { return o.End <= o.Start })
	slices.SortStableFunc(out, func(a, b occurrence) int { return byStart(a.Interval, b.Interval) })
	return out
}

// nearSessions lists the windows worth comparing: a session and another that overlaps
// it on the clock.
func (c *Compiled) nearSessions() []int {
	var out []int
	for i := range c.windows {
		for j := range c.windows {
			a, b := &c.windows[i], &c.windows[j]
			if i != j && (a.seats > 0 || b.seats > 0) && a.start < b.end && b.start < a.end {
				out = append(out, i)
				break
			}
		}
	}
	return out
}
