package calendars_test

import (
	"slices"
	"time"

	"relance/calendars"
)

// This file is the slow and obvious way: minute by minute, no integers of days, no
// intervals, no cache, no library. The property tests compare.

const minute = int64(60)

// refRule is a recurrence rule as data, so that nothing need parse it.
type refRule struct {
	freq     string
	interval int
	weekdays []time.Weekday // plain BYDAY
	nth      int            // with one weekday, MONTHLY: BYDAY=<nth><weekday>
	monthday int            // BYMONTHDAY
	months   []time.Month   // BYMONTH
	setpos   int
	count    int
	until    string // as written, "" for none
}

// days runs over all days from first to last and keeps those of the rule.
func (r refRule) days(first, last time.Time) []time.Time {
	var out []time.Time
	var group []time.Time // days of the current period, for BYSETPOS
	period := -1
	flush := func() {
		if r.setpos > 0 && len(group) >= r.setpos {
			group = group[r.setpos-1 : r.setpos]
		} else if r.setpos < 0 && len(group) >= -r.setpos {
			group = group[len(group)+r.setpos:][:1]
		} else if r.setpos != 0 {
			group = nil
		}
		for _, d := range group {
			if !d.Before(first) {
				out = append(out, d)
			}
		}
		group = nil
	}
	for d := first.AddDate(-1, 0, 0); !d.After(last.AddDate(1, 0, 0)); d = d.AddDate(0, 0, 1) {
		n := r.period(first, d)
		if n != period {
			flush()
			period = n
		}
		if n >= 0 && n%r.interval == 0 && r.matches(first, d) {
			group = append(group, d)
		}
	}
	flush()
	if r.count > 0 && len(out) > r.count {
		out = out[:r.count]
	}
	return slices.DeleteFunc(out, func(d time.Time) bool { return d.After(last) })
}

// period numbers the days, weeks, months or years since that of first; -1 is earlier.
func (r refRule) period(first, d time.Time) int {
	monday := func(t time.Time) time.Time { return t.AddDate(0, 0, -(int(t.Weekday())+6)%7) }
	n := 0
	switch r.freq {
	case "DAILY":
		n = int(d.Sub(first).Hours()) / 24
	case "WEEKLY":
		n = int(monday(d).Sub(monday(first)).Hours()) / 24 / 7
	case "MONTHLY":
		n = (d.Year()-first.Year())*12 + int(d.Month()) - int(first.Month())
	case "YEARLY":
		n = d.Year() - first.Year()
	}
	return max(n, -1)
}

func (r refRule) matches(first, d time.Time) bool {
	if len(r.months) > 0 && !slices.Contains(r.months, d.Month()) {
		return false
	}
	if r.monthday > 0 && d.Day() != r.monthday {
		return false
	}
	if r.monthday < 0 && d.AddDate(0, 0, -r.monthday).Day() != 1 {
		return false
	}
	if len(r.weekdays) > 0 {
		fromEnd := time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return slices.Contains(r.weekdays, d.Weekday()) &&
			(r.nth <= 0 || (d.Day()-1)/7+1 == r.nth) &&
			(r.nth >= 0 || (fromEnd-d.Day())/7+1 == -r.nth)
	}
	if r.monthday != 0 {
		return true
	}
	switch r.freq {
	case "WEEKLY":
		return d.Weekday() == first.Weekday()
	case "MONTHLY":
		return d.Day() == first.Day()
	case "YEARLY":
		return d.Day() == first.Day() && (len(r.months) > 0 || d.Month() == first.Month())
	}
	return true
}

// refCalendar is a calendar whose rules are data.
type refCalendar struct {
	calendars.Calendar
	loc          *time.Location
	windowRules  []*refRule
	closureRules []*refRule
}

func wallDay(d calendars.Date) time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		panic(err)
	}
	return t
}

// at gives the first quarter of an hour, which is all that is drawn, at which the clock
// shows day and hh:mm, or later.
func (c refCalendar) at(d time.Time, clock calendars.Clock) int64 {
	want := d.Format(time.DateOnly) + " " + string(clock)
	if clock == "24:00" {
		want = d.AddDate(0, 0, 1).Format(time.DateOnly) + " 00:00"
	}
	for t := d.Unix() - 30*60*minute; ; t += 15 * minute {
		if time.Unix(t, 0).In(c.loc).Format("2006-01-02 15:04") >= want {
			return t
		}
	}
}

// occurrences of a one-off or recurring day, up to last; those well before from do not
// matter.
func (c refCalendar) occurrences(r *refRule, first calendars.Date, clock calendars.Clock, from int64, last time.Time) []time.Time {
	if r == nil {
		return []time.Time{wallDay(first)}
	}
	return slices.DeleteFunc(r.days(wallDay(first), last), func(d time.Time) bool {
		return d.Unix() < from-10*24*60*minute || r.over(c.at(d, clock), d.Format("20060102")+"T"+string(clock[:2]+clock[3:])+"00")
	})
}

func (r *refRule) over(instant int64, wall string) bool {
	switch len(r.until) {
	case 0:
		return false
	case len("20060102"):
		return wall[:8] > r.until
	case len("20060102T150405"):
		return wall > r.until
	}
	u, err := time.Parse("20060102T150405Z", r.until)
	if err != nil {
		panic(err)
	}
	return instant > u.Unix()
}

// minutes marks which minutes of [from, to) are in windows, by place, and which are
// shut by closures and holidays.
func (c refCalendar) minutes(q calendars.Query, from, to int64) (open map[string]map[int64]bool, shut map[int64]bool) {
	open, shut = map[string]map[int64]bool{}, map[int64]bool{}
	last := time.Unix(to, 0).UTC().AddDate(0, 0, 2)
	mark := func(set map[int64]bool, a, b int64) {
		for t := max(a, from); t < min(b, to); t += minute {
			set[t] = true
		}
	}
	for i, w := range c.Windows {
		if w.Seats > 0 || !serves(w, q) {
			continue
		}
		if open[w.Location] == nil {
			open[w.Location] = map[int64]bool{}
		}
		for _, d := range c.occurrences(c.windowRules[i], w.FirstDay, w.Start, from, last) {
			if !slices.Contains(w.Except, calendars.Date(d.Format(time.DateOnly))) {
				mark(open[w.Location], c.at(d, w.Start), c.at(d, w.End))
			}
		}
	}
	for i, cl := range c.Closures {
		length := int(wallDay(cl.EndDay).Sub(wallDay(cl.FirstDay)).Hours()) / 24
		for _, d := range c.occurrences(c.closureRules[i], cl.FirstDay, cl.Start, from, last) {
			mark(shut, c.at(d, cl.Start), c.at(d.AddDate(0, 0, length), cl.End))
		}
	}
	for _, b := range q.Blocked {
		for t := max(b.Start, from); t < min(b.End, to); t++ {
			shut[t-t%minute] = true
		}
	}
	for _, h := range c.Holidays {
		mark(shut, c.at(wallDay(h), "00:00"), c.at(wallDay(h), "24:00"))
	}
	return open, shut
}

func serves(w calendars.Window, q calendars.Query) bool {
	return (q.Location == "" || q.Location == w.Location) &&
		(q.Service == "" || len(w.Services) == 0 || slices.Contains(w.Services, q.Service))
}

func (c refCalendar) taken(busy []calendars.Interval, t int64) bool {
	n := 0
	for _, b := range busy {
		if b.Start <= t && t < b.End {
			n++
		}
	}
	return n >= max(c.Capacity, 1)
}

// starts gives what Starts should.
func (c refCalendar) starts(q calendars.Query, busy []calendars.Interval) []int64 {
	from, to := q.From.Unix()-3*24*60*minute, q.To.Unix()+2*24*60*minute
	open, shut := c.minutes(q, from, to)
	var out []int64
	for _, place := range open {
		run := int64(-1) // where the current free range began
		for t := from; t < to; t += minute {
			free := place[t] && !shut[t] && !c.taken(busy, t)
			if run >= 0 && (!free || c.beginsWholeDay(place, t)) {
				out = append(out, c.cut(q, run, t)...)
				run = -1
			}
			if free && run < 0 {
				run = t
			}
		}
	}
	for _, s := range c.sessions(q, busy) {
		if s.Left > 0 {
			out = append(out, s.Start)
		}
	}
	out = slices.DeleteFunc(out, func(t int64) bool { return c.room(t, busy) == 0 })
	slices.Sort(out)
	return slices.Compact(out)
}

// beginsWholeDay reports whether t is the first minute of a day open throughout.
func (c refCalendar) beginsWholeDay(place map[int64]bool, t int64) bool {
	date := func(t int64) string { return time.Unix(t, 0).In(c.loc).Format(time.DateOnly) }
	if date(t) == date(t-minute) {
		return false
	}
	for u := t; date(u) == date(t); u += minute {
		if !place[u] {
			return false
		}
	}
	return true
}

func (c refCalendar) cut(q calendars.Query, from, to int64) []int64 {
	step := q.Step
	if step == 0 {
		step = q.Duration
	}
	var out []int64
	for t := from + secs(q.Before); t+secs(q.Duration)+secs(q.After) <= to; t += secs(step) {
		if at := time.Unix(t, 0); asked(q, at) && !c.shownBefore(at) {
			out = append(out, t)
		}
	}
	return out
}

func asked(q calendars.Query, at time.Time) bool {
	return !at.Before(q.From) && !at.After(q.To) && !at.Before(q.Now) && !at.Before(q.Now.Add(q.Notice)) &&
		(q.Horizon <= 0 || !at.After(q.Now.Add(q.Horizon)))
}

// shownBefore reports whether the clock already showed this wall time.
func (c refCalendar) shownBefore(at time.Time) bool {
	wall := func(t time.Time) string { return t.In(c.loc).Format(time.DateTime) }
	for back := 15 * time.Minute; back <= 3*time.Hour; back += 15 * time.Minute {
		if wall(at.Add(-back)) == wall(at) {
			return true
		}
	}
	return false
}

// fits gives whether Fits should take a start, now and notice left aside.
func (c refCalendar) fits(q calendars.Query, start int64, busy []calendars.Interval) bool {
	if c.room(start, busy) == 0 {
		return false
	}
	all := q
	all.From, all.To = time.Unix(start, 0), time.Unix(start, 0)
	for _, s := range c.sessions(all, busy) {
		return s.Left > 0
	}
	from, to := start-secs(q.Before), start+secs(q.Duration)+secs(q.After)
	open, shut := c.minutes(q, from-24*60*minute, to+24*60*minute)
	for _, place := range open {
		all := true
		for t := from; t < to; t += minute {
			all = all && place[t] && !shut[t] && !c.taken(busy, t)
		}
		if all {
			return true
		}
	}
	return false
}

func secs(d time.Duration) int64 { return int64(d / time.Second) }
