package calendars_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"relance/calendars"
)

// moments lie around what is odd about a zone: changes of clocks, a skipped day, year
// ends, a leap day.
func moments() map[string][]string {
	return map[string][]string{
		// 2026-01-27 is also where the spans that are remembered meet.
		"Europe/Paris":        {"2026-03-29", "2026-10-25", "2027-01-01", "2028-02-29", "2026-01-27"},
		"Indian/Reunion":      {"2026-03-29", "2026-12-31"},
		"Pacific/Noumea":      {"2026-07-14"},
		"Pacific/Tahiti":      {"2026-06-29"},
		"Pacific/Apia":        {"2011-12-30", "2012-04-01"},
		"America/Miquelon":    {"2026-03-08", "2026-11-01"},
		"America/Sao_Paulo":   {"2018-11-04", "2019-02-17"},
		"Australia/Lord_Howe": {"2026-04-05", "2026-10-04"},
		"Pacific/Chatham":     {"2026-04-05"},
	}
}

// drawing draws a calendar around one moment.
type drawing struct {
	t      *rapid.T
	moment time.Time
	loc    *time.Location
	zone   string
}

func newDrawing(t *rapid.T) drawing {
	var zones []string
	for z := range moments() {
		zones = append(zones, z)
	}
	slices.Sort(zones)
	zone := rapid.SampledFrom(zones).Draw(t, "zone")
	moment := wallDay(calendars.Date(rapid.SampledFrom(moments()[zone]).Draw(t, "moment")))
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return drawing{t, moment, loc, zone}
}

func (d drawing) date(label string, from, to int) calendars.Date {
	return calendars.Date(d.moment.AddDate(0, 0, rapid.IntRange(from, to).Draw(d.t, label)).Format(time.DateOnly))
}

// clock draws a wall time; nights are likely, since clocks change then.
func (d drawing) clock(label string, from, to int) (calendars.Clock, int) {
	n := rapid.IntRange(from, to).Draw(d.t, label)
	return calendars.Clock(fmt.Sprintf("%02d:%02d", n/4, n%4*15)), n
}

func (d drawing) window() (calendars.Window, *refRule) {
	w := calendars.Window{FirstDay: d.date("first", -2, 2)}
	var n int
	w.Start, n = d.clock("start", 0, 40)
	w.End, _ = d.clock("end", n+4, 96)
	switch rapid.IntRange(0, 5).Draw(d.t, "whole") {
	case 0:
		w.Start, w.End = "00:00", "24:00"
	case 1:
		w.End = "24:00"
	case 2:
		w.Start = "00:00"
	}
	w.Location = rapid.SampledFrom([]string{"", "", "", "", "L1", "L2"}).Draw(d.t, "location")
	w.Services = rapid.SampledFrom([][]string{nil, nil, nil, nil, {"rsa"}, {"rsa", "cpf"}}).Draw(d.t, "services")
	var r *refRule
	if rapid.Bool().Draw(d.t, "recurring") {
		w.FirstDay = d.date("rule first", -400, 2)
		w.Except = []calendars.Date{d.date("except", -2, 2)}
		r = d.rule()
		w.RRule = r.String()
	}
	return w, r
}

func (d drawing) closure() (calendars.Closure, *refRule) {
	c := calendars.Closure{FirstDay: d.date("closure", -3, 2)}
	length := rapid.IntRange(0, 3).Draw(d.t, "length")
	var n int
	c.Start, n = d.clock("closed from", 0, 80)
	c.End, _ = d.clock("closed to", n+1, 96)
	var r *refRule
	if rapid.IntRange(0, 2).Draw(d.t, "recurring closure") == 0 {
		c.FirstDay = d.date("closure first", -300, 2)
		r = d.rule()
		c.RRule = r.String()
	}
	c.EndDay = calendars.Date(wallDay(c.FirstDay).AddDate(0, 0, length).Format(time.DateOnly))
	return c, r
}

func (d drawing) rule() *refRule {
	t := d.t
	r := &refRule{
		freq:     rapid.SampledFrom([]string{"DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "freq"),
		interval: rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "interval"),
	}
	if rapid.Bool().Draw(t, "by day") {
		r.weekdays = rapid.SliceOfNDistinct(rapid.SampledFrom([]time.Weekday{0, 1, 2, 3, 4, 5, 6}), 1, 5, rapid.ID).Draw(t, "days")
		if r.freq == "MONTHLY" && rapid.Bool().Draw(t, "numbered") {
			r.nth = rapid.SampledFrom([]int{1, 2, 3, 4, 5, -1, -2}).Draw(t, "nth")
		} else if r.freq != "DAILY" && rapid.Bool().Draw(t, "setpos") {
			r.setpos = rapid.SampledFrom([]int{1, 2, -1}).Draw(t, "setpos")
		}
	} else if r.freq != "WEEKLY" && rapid.Bool().Draw(t, "by monthday") {
		r.monthday = rapid.SampledFrom([]int{1, 15, 28, 29, 30, -1, -2}).Draw(t, "monthday")
	}
	if rapid.IntRange(0, 5).Draw(t, "by month") == 0 {
		r.months = []time.Month{d.moment.Month(), 12}
	}
	switch rapid.IntRange(0, 4).Draw(t, "bounded") {
	case 0:
		r.count = rapid.IntRange(1, 200).Draw(t, "count")
	case 1:
		u := d.moment.Add(time.Duration(rapid.IntRange(-72, 72).Draw(t, "until")) * time.Hour)
		r.until = u.Format(rapid.SampledFrom([]string{"20060102", "20060102T150405", "20060102T150405Z"}).Draw(t, "form"))
	}
	return r
}

// String writes the rule as RFC 5545 does.
func (r refRule) String() string {
	parts := []string{"FREQ=" + r.freq, fmt.Sprintf("INTERVAL=%d", r.interval)}
	var days []string
	for _, w := range r.weekdays {
		day := strings.ToUpper(w.String()[:2])
		if r.nth != 0 {
			day = fmt.Sprintf("%d%s", r.nth, day)
		}
		days = append(days, day)
	}
	if days != nil {
		parts = append(parts, "BYDAY="+strings.Join(days, ","))
	}
	var months []string
	for _, m := range r.months {
		months = append(months, fmt.Sprint(int(m)))
	}
	if months != nil {
		parts = append(parts, "BYMONTH="+strings.Join(months, ","))
	}
	for _, p := range []struct {
		key   string
		value int
	}{{"BYMONTHDAY", r.monthday}, {"BYSETPOS", r.setpos}, {"COUNT", r.count}} {
		if p.value != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", p.key, p.value))
		}
	}
	if r.until != "" {
		parts = append(parts, "UNTIL="+r.until)
	}
	return strings.Join(parts, ";")
}

func (d drawing) calendar() refCalendar {
	t := d.t
	c := refCalendar{loc: d.loc}
	c.Calendar = calendars.Calendar{ID: "A", Zone: d.zone, Capacity: rapid.IntRange(0, 3).Draw(t, "capacity")}
	for i := range rapid.IntRange(2, 7).Draw(t, "windows") {
		w, r := d.window()
		if i == 0 {
			// One that is there whatever else is drawn, or most drawings would be empty.
			w.Location, w.Services = "", nil
			r = &refRule{freq: "DAILY", interval: 1}
			w.FirstDay, w.RRule = d.date("every day", -400, -3), r.String()
		}
		c.Windows, c.windowRules = append(c.Windows, w), append(c.windowRules, r)
	}
	for range rapid.IntRange(0, 2).Draw(t, "closures") {
		cl, r := d.closure()
		c.Closures, c.closureRules = append(c.Closures, cl), append(c.closureRules, r)
	}
	if rapid.IntRange(0, 4).Draw(t, "holiday") == 0 {
		c.Holidays = []calendars.Date{d.date("holiday", -1, 1)}
	}
	c.MaxPerDay = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 4}).Draw(t, "per day")
	c.MaxPerWeek = rapid.SampledFrom([]int{0, 0, 0, 2, 5}).Draw(t, "per week")
	if rapid.Bool().Draw(t, "with sessions") {
		d.sessions(&c)
	}
	return c
}

func (d drawing) query() calendars.Query {
	t := d.t
	m := func(label string, of ...int) time.Duration {
		return time.Duration(rapid.SampledFrom(of).Draw(t, label)) * time.Minute
	}
	from := d.moment.Add(-m("from", -9*60, -60, 60, 7*60, 15*60, 24*60, 36*60))
	q := calendars.Query{
		Service:  rapid.SampledFrom([]string{"", "", "", "rsa", "cpf", "autre"}).Draw(t, "service"),
		Location: rapid.SampledFrom([]string{"", "", "", "", "", "L1", "L3"}).Draw(t, "at"),
		Duration: m("duration", 15, 20, 30, 45, 60, 100), Step: m("step", 0, 0, 10, 30, 60),
		Before: m("before", 0, 0, 5, 15), After: m("after", 0, 0, 5, 20),
		Now:    d.moment.Add(m("now", -20*24*60, -20*24*60, -20*24*60, -3*24*60, -60, 300)),
		Notice: m("notice", 0, 0, 0, 90, 24*60), Horizon: m("horizon", 0, 0, 0, 4*24*60, 25*24*60),
		From: from, To: from.Add(time.Duration(rapid.SampledFrom([]int{6 * 60, 24 * 60, 48 * 60, 4001}).Draw(t, "to")) * time.Minute),
	}
	if rapid.IntRange(0, 2).Draw(t, "with blocked") == 0 {
		q.Blocked = d.intervals("blocked", 6)
	}
	return q
}

// busy draws appointments anywhere, and people in the sessions.
func (d drawing) busy(c refCalendar) []calendars.Interval {
	out := d.intervals("appointments", 12)
	for _, w := range c.Windows {
		for n := -3; w.Seats > 0 && n <= 3; n++ {
			day := d.moment.AddDate(0, 0, n)
			s := calendars.Interval{Start: c.at(day, w.Start), End: c.at(day, w.End)}
			for range rapid.IntRange(0, w.Seats+1).Draw(d.t, "people") {
				out = append(out, s)
			}
		}
	}
	return out
}

func (d drawing) intervals(label string, most int) []calendars.Interval {
	var out []calendars.Interval
	longest := rapid.SampledFrom([]int{60, 600}).Draw(d.t, "at most")
	for range rapid.IntRange(0, most).Draw(d.t, label) {
		start := d.moment.Unix() + int64(rapid.IntRange(-60*60, 60*60).Draw(d.t, "busy"))*minute
		out = append(out, calendars.Interval{
			Start: start, End: start + int64(rapid.IntRange(0, longest).Draw(d.t, "for"))*minute,
		})
	}
	return out
}

// sessions draws one or two windows with seats into a band of the day and clears the
// band of the others.
func (d drawing) sessions(c *refCalendar) {
	from := rapid.SampledFrom([]int{0, 2, 4, 8, 9, 36, 60, 80}).Draw(d.t, "band")
	to := from + rapid.IntRange(2, 16).Draw(d.t, "band for")
	clock := func(n int) calendars.Clock { return calendars.Clock(fmt.Sprintf("%02d:%02d", n/4, n%4*15)) }
	s, e := clock(from), clock(to)
	for i := range c.Windows {
		w := &c.Windows[i]
		switch {
		case w.End <= s || w.Start >= e:
		case w.Start < s:
			w.End = s
		default:
			w.Start, w.End = e, max(w.End, clock(to+2))
			if e == "24:00" {
				w.Start, w.End = "00:00", s
			}
		}
	}
	middle := rapid.IntRange(from+1, to).Draw(d.t, "middle")
	for i, band := range [][2]int{{from, middle}, {middle, to}} {
		if band[0] == band[1] {
			continue
		}
		w, r := d.window()
		w.Start, w.End, w.Seats = clock(band[0]), clock(band[1]), rapid.IntRange(1, 3).Draw(d.t, "seats")
		if i == 0 {
			w.Location, w.Services, r = "", nil, &refRule{freq: "DAILY", interval: 1}
			w.FirstDay, w.RRule = d.date("session every day", -400, -3), r.String()
		}
		c.Windows, c.windowRules = append(c.Windows, w), append(c.windowRules, r)
	}
}
