package engine

import (
	"time"
)

// quiet is when an organisation lets us write to people who did not just act (RULES §4).
type quiet struct {
	zone        *time.Location
	from, until time.Duration // of the day
	sundays     bool
	holiday     func(day time.Time) bool
}

// quiet reads the quiet hours once per version of the organisation: finding a zone reads a file.
func (e *Engine) quiet(o *Organisation) quiet {
	key := "quiet:" + string(o.ID)
	if q, ok := e.cache.get(key, o.Version); ok {
		return q.(quiet)
	}
	q := quietOf(o)
	e.cache.put(key, o.Version, q, time.Time{})
	return q
}

// quietOf reads the quiet hours of a saved organisation, whose fields were checked then.
func quietOf(o *Organisation) quiet {
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		zone = time.UTC
	}
	q := quiet{zone: zone, from: 8 * time.Hour, until: 20 * time.Hour, sundays: o.Quiet.Sundays}
	if d, ok := ofDay(o.Quiet.From); ok {
		q.from = d
	}
	if d, ok := ofDay(o.Quiet.Until); ok {
		q.until = d
	}
	q.holiday = o.Region.HolidayCheck()
	return q
}

// ofDay reads "08:00" as the time since midnight; "24:00" is a whole day.
func ofDay(s string) (time.Duration, bool) {
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}

// allowed tells whether we may write at t.
func (q quiet) allowed(t time.Time) bool {
	open, close, ok := q.day(t, 0)
	return ok && !t.Before(open) && t.Before(close)
}

// next is t, or the first allowed moment after it.
func (q quiet) next(t time.Time) time.Time {
	for n := range 366 {
		open, close, ok := q.day(t, n)
		switch {
		case !ok || !t.Before(close):
		case t.Before(open):
			return open
		default:
			return t
		}
	}
	return t // a year without an allowed day: nothing sensible is left but to write
}

// previous is t, or the last allowed minute before it.
func (q quiet) previous(t time.Time) time.Time {
	for n := range 366 {
		open, close, ok := q.day(t, -n)
		switch {
		case !ok || t.Before(open):
		case t.Before(close):
			return t
		default:
			return close.Add(-time.Minute)
		}
	}
	return t
}

// day is the allowed span of the n-th day after t's, in the organisation's zone.
func (q quiet) day(t time.Time, n int) (open, close time.Time, ok bool) {
	y, m, d := t.In(q.zone).Date()
	at := func(of time.Duration) time.Time {
		return time.Date(y, m, d+n, int(of/time.Hour), int(of%time.Hour/time.Minute), 0, 0, q.zone)
	}
	noon := at(12 * time.Hour)
	ok = q.sundays || noon.Weekday() != time.Sunday && !q.holiday(noon)
	return at(q.from), at(q.until), ok
}

// reminder moves a planned reminder out of quiet hours: later, unless that leaves under 24 h
// before the appointment; then to the moment before them, if that has not passed (RULES §4).
func (q quiet) reminder(planned, start, now time.Time) time.Time {
	later := q.next(planned)
	if start.Sub(later) >= 24*time.Hour || later.Equal(planned) {
		return later
	}
	if sooner := q.previous(planned); sooner.After(now) {
		return sooner
	}
	return later
}
