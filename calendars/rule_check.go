package calendars

import (
	"errors"
	"slices"

	"github.com/teambition/rrule-go"
)

// check refuses combinations that RFC 5545 §3.3.10 forbids or leaves without meaning.
func (r *rule) check(parts []rulePart) error {
	o := &r.options
	has := func(key string) bool {
		return slices.ContainsFunc(parts, func(p rulePart) bool { return p.key == key })
	}
	switch {
	case has("BYYEARDAY") && o.Freq != rrule.YEARLY:
		return errors.New("may have BYYEARDAY only with FREQ=YEARLY")
	case has("BYWEEKNO") && o.Freq != rrule.YEARLY:
		return errors.New("may have BYWEEKNO only with FREQ=YEARLY")
	case has("BYWEEKNO") && (r.interval > 1 || has("BYSETPOS")):
		return errors.New("may not have BYWEEKNO with INTERVAL or BYSETPOS")
	case has("BYMONTHDAY") && o.Freq == rrule.WEEKLY:
		return errors.New("may not have BYMONTHDAY with FREQ=WEEKLY")
	case has("BYSETPOS") && !has("BYDAY") && !has("BYMONTH") && !has("BYMONTHDAY") && !has("BYYEARDAY"):
		return errors.New("may have BYSETPOS only with another BY part")
	}
	return r.checkNumberedDays()
}

// checkNumberedDays bounds "5MO": five in a month, 53 in a year, none elsewhere.
func (r *rule) checkNumberedDays() error {
	o := &r.options
	for _, w := range o.Byweekday {
		n := max(w.N(), -w.N())
		switch {
		case n == 0:
		case o.Freq == rrule.DAILY || o.Freq == rrule.WEEKLY:
			return errors.New("may number days (2MO) only with FREQ=MONTHLY or YEARLY")
		case len(r.weeks) > 0:
			return errors.New("may not number days (2MO) with BYWEEKNO")
		case n > r.weekdaysInPeriod():
			return errors.New("numbers a weekday beyond 5 in a month")
		}
	}
	return nil
}

// weekdaysInPeriod is how often a weekday comes at most in what a number counts in.
func (r *rule) weekdaysInPeriod() int {
	if r.options.Freq == rrule.MONTHLY || len(r.options.Bymonth) > 0 {
		return 5
	}
	return 53
}

// spellOut writes down what a rule takes from its first day, so that it can be
// expanded from elsewhere, and mends what the library reads otherwise than the RFC.
func (r *rule) spellOut() {
	o, first := &r.options, r.first.utc()
	o.Interval = r.interval
	if len(r.weeks) > 0 && len(o.Byweekday) == 0 && len(o.Bymonthday) == 0 && len(o.Byyearday) == 0 {
		o.Byweekday = []rrule.Weekday{weekday(weekdayOf(r.first))}
	}
	if len(o.Byweekday) > 0 || len(o.Bymonthday) > 0 || len(o.Byyearday) > 0 {
		r.numberAll()
		return
	}
	switch o.Freq {
	case rrule.YEARLY:
		if len(o.Bymonth) == 0 {
			o.Bymonth = []int{int(first.Month())}
		}
		o.Bymonthday = []int{first.Day()}
	case rrule.MONTHLY:
		o.Bymonthday = []int{first.Day()}
	case rrule.WEEKLY:
		o.Byweekday = []rrule.Weekday{weekday(weekdayOf(r.first))}
	}
}

// numberAll numbers plain days that stand beside numbered ones ("MO,2TU"): the library
// would keep only days that are both.
func (r *rule) numberAll() {
	o := &r.options
	numbered := func(w rrule.Weekday) bool { return w.N() != 0 }
	if !slices.ContainsFunc(o.Byweekday, numbered) {
		return
	}
	var all []rrule.Weekday
	for _, w := range o.Byweekday {
		if numbered(w) {
			all = append(all, w)
			continue
		}
		for n := 1; n <= r.weekdaysInPeriod(); n++ {
			all = append(all, w.Nth(n))
		}
	}
	o.Byweekday = all
}

// checkOccurs refuses rules that never give a day, such as 30 February: each use would
// search centuries. An UNTIL that is over is no mistake, so it is left aside.
func (r *rule) checkOccurs() error {
	endless := *r
	endless.until = nil
	for range endless.from(r.first, r.first+400*366) {
		return nil
	}
	return errors.New("never gives a day")
}

// weekday gives the library's day for 0 (Monday) to 6.
func weekday(n int) rrule.Weekday {
	switch n {
	case 0:
		return rrule.MO
	case 1:
		return rrule.TU
	case 2:
		return rrule.WE
	case 3:
		return rrule.TH
	case 4:
		return rrule.FR
	case 5:
		return rrule.SA
	}
	return rrule.SU
}

// weekdayOf gives 0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday.
func weekdayOf(d day) int { return int((d%7 + 7 + 3) % 7) }
