package calendars

import (
	"errors"
	"sort"
	"time"
)

const (
	secondsPerDay = 24 * 60 * 60
	firstYear     = 1900 // dates outside are typing mistakes, and expansion stays bounded
	lastYear      = 2199
)

var (
	errDate  = errors.New(`must be a date such as "2026-05-14", from 1900 to 2199`)
	errClock = errors.New(`must be a time such as "09:00"`)
)

// day is a wall date as a number of days since 1970-01-01, so that dates are integers.
type day int

func dayOf(year int, month time.Month, dom int) day {
	return day(floorDiv(time.Date(year, month, dom, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// utc gives the day as midnight UTC: the form in which rules are expanded.
func (d day) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// date gives the day as it is written.
func (d day) date() Date { return Date(d.utc().Format(time.DateOnly)) }

// parse reads a date strictly.
func (d Date) parse() (day, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return 0, errDate
	}
	return day(floorDiv(t.Unix(), secondsPerDay)), nil
}

// parse reads a wall time as seconds since midnight, 24:00 included.
func (c Clock) parse() (int64, error) {
	if c == "24:00" {
		return secondsPerDay, nil
	}
	t, err := time.Parse("15:04", string(c))
	if err != nil || len(c) != len("15:04") {
		return 0, errClock
	}
	return int64(t.Hour())*3600 + int64(t.Minute())*60, nil
}

// floorDiv divides rounding down, also below zero (before 1970).
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// hasDay looks a day up in a sorted list.
func hasDay(sorted []day, d day) bool {
	i := sort.Search(len(sorted), func(i int) bool { return sorted[i] >= d })
	return i < len(sorted) && sorted[i] == d
}
