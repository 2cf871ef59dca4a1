package calendars

import (
	"slices"
	"time"
)

// Recur gives the starts of something that begins at first and comes back by a rule of days
// (RFC 5545), sorted, in unix seconds: those on the days from from's to to's, all in the
// clock of first's location. first is one of them even when the rule would not give it. The
// rules taken are those of a Window, and so is the clock: see the package's words on it.
func Recur(text string, first, from, to time.Time) ([]int64, error) {
	loc := first.Location()
	begin := dayIn(first, loc)
	r, err := parseRule(text, begin)
	if err != nil {
		return nil, err
	}
	lo, hi := max(dayIn(from, loc), begin), dayIn(to, loc)+1
	if lo >= hi {
		return nil, nil
	}
	hour, minute, second := first.Clock()
	seconds := int64(hour*3600 + minute*60 + second)
	z := newZone(loc, lo-1, hi+1)
	var out []int64
	if lo == begin {
		out = append(out, first.Unix())
	}
	for _, d := range r.days(lo, hi) {
		start := z.instant(d, seconds)
		if d != begin && r.allows(d, seconds, start) {
			out = append(out, start)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
