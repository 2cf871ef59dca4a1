package calendars

import (
	"iter"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// days lists the days of the rule in [lo, hi), sorted. COUNT is counted from the first
// day; everything else is expanded from the period that holds lo.
func (r *rule) days(lo, hi day) []day {
	lo = max(lo, r.first)
	start := lo
	if r.count > 0 {
		start = r.first
	}
	var out []day
	n := 0
	for d := range r.from(start, hi) {
		if n++; r.count > 0 && n > r.count {
			break
		}
		if d >= lo {
			out = append(out, d)
		}
	}
	return out
}

// from runs over the days of the rule in [lo, hi), COUNT left aside, beginning at lo's
// own period. lo is not before the first day.
func (r *rule) from(lo, hi day) iter.Seq[day] {
	return func(yield func(day) bool) {
		if hi = min(hi, r.untilDay()); lo >= hi {
			return
		}
		o, shift := r.options, shiftFor(lo)
		o.Dtstart, o.Until = (r.anchor(lo) + shift).utc(), (hi - 1 + shift).utc()
		expanded, err := rrule.NewRRule(o)
		if err != nil {
			return
		}
		next := expanded.Iterator()
		for t, ok := next(); ok; t, ok = next() {
			d := day(floorDiv(t.Unix(), secondsPerDay)) - shift
			if d >= lo && d < hi && r.inWeek(d) && !yield(d) {
				return
			}
		}
	}
}

// shiftFor moves expansion by whole 400 years, after which dates and weekdays repeat,
// to just before the year 9999 where the library gives up: a rule that has no more days
// then costs it 400 years of searching and not 8000.
func shiftFor(d day) day {
	const daysIn400Years = 146_097
	return day((rrule.MAXYEAR-1-d.utc().Year()-5)/400) * daysIn400Years
}

// untilDay gives a day that no occurrence reaches; time of day is checked by whoever
// knows it.
func (r *rule) untilDay() day {
	if r.until == nil {
		return dayOf(lastYear+401, time.January, 1)
	}
	// Zones are at most 14 hours from UTC.
	return day(floorDiv(r.until.at, secondsPerDay)) + 2
}

// anchor gives the first day of the period of the rule, in phase with its interval,
// that is the last not to begin after d.
func (r *rule) anchor(d day) day {
	switch r.options.Freq {
	case rrule.DAILY:
		return r.phase(r.first, d, 1)
	case rrule.WEEKLY:
		return r.phase(r.weekStart(r.first), d, 7)
	case rrule.MONTHLY:
		return r.monthAnchor(d)
	}
	years := d.utc().Year() - r.first.utc().Year()
	return dayOf(d.utc().Year()-years%r.interval, time.January, 1)
}

func (r *rule) phase(origin, d day, unit int) day {
	length := day(r.interval * unit)
	return d - (d-origin)%length
}

func (r *rule) monthAnchor(d day) day {
	to, from := d.utc(), r.first.utc()
	months := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	return dayOf(to.Year(), to.Month()-time.Month(months%r.interval), 1)
}

// weekStart gives the first day of the rule's week that holds d.
func (r *rule) weekStart(d day) day { return d - day((weekdayOf(d)-r.wkst+7)%7) }

// inWeek applies BYWEEKNO.
func (r *rule) inWeek(d day) bool {
	if len(r.weeks) == 0 {
		return true
	}
	n, last := r.weekNumber(d)
	return slices.Contains(r.weeks, n) || slices.Contains(r.weeks, n-last-1)
}

// weekNumber gives the number of d's week and of the last week of that week's year. A
// week belongs to the year that holds four of its days (RFC 5545, ISO 8601). The
// library numbers the weeks around New Year wrongly.
func (r *rule) weekNumber(d day) (n, last int) {
	year := (r.weekStart(d) + 3).utc().Year()
	first := r.weekStart(dayOf(year, time.January, 4))
	next := r.weekStart(dayOf(year+1, time.January, 4))
	return int(d-first)/7 + 1, int(next-first) / 7
}
