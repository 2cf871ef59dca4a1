package calendars

import (
	"math"
	"time"
	_ "time/tzdata" // zones are needed on hosts that have none installed
)

// zone is a location over a bounded stretch of time: its offsets as integers.
type zone struct{ periods []period }

// period is a stretch with one offset from UTC, in seconds.
type period struct{ start, end, offset int64 }

// newZone lists the offsets of loc over the days [lo, hi).
func newZone(loc *time.Location, lo, hi day) zone {
	var z zone
	last := hi.utc().AddDate(0, 0, 2)
	for t := lo.utc().AddDate(0, 0, -2).In(loc); ; {
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		p := period{start: math.MinInt64, end: math.MaxInt64, offset: int64(offset)}
		if !start.IsZero() {
			p.start = start.Unix()
		}
		if !end.IsZero() {
			p.end = end.Unix()
		}
		z.periods = append(z.periods, p)
		if end.IsZero() || end.After(last) {
			return z
		}
		t = end
	}
}

// instant gives the unix time of a wall time. The first period that the wall time
// does not run past holds it: its first showing when the clock shows it twice, the
// moment of the jump when the clock jumps over it.
func (z zone) instant(d day, seconds int64) int64 {
	wall := int64(d)*secondsPerDay + seconds
	for _, p := range z.periods {
		if t := wall - p.offset; t < p.end {
			return max(t, p.start)
		}
	}
	return wall - z.periods[len(z.periods)-1].offset
}

// day gives the wall date of an instant.
func (z zone) day(t int64) day {
	for _, p := range z.periods {
		if t < p.end {
			return day(floorDiv(t+p.offset, secondsPerDay))
		}
	}
	return day(floorDiv(t+z.periods[len(z.periods)-1].offset, secondsPerDay))
}

// repeats lists the stretches in which the clock shows again times it already showed.
func (z zone) repeats() []Interval {
	var again []Interval
	for i := 1; i < len(z.periods); i++ {
		back := z.periods[i-1].offset - z.periods[i].offset
		if t := z.periods[i].start; back > 0 {
			again = append(again, Interval{t, t + back})
		}
	}
	return again
}

// offset gives what the clock of a location is ahead of UTC at an instant, in seconds.
func offset(loc *time.Location, t int64) int64 {
	_, seconds := time.Unix(t, 0).In(loc).Zone()
	return int64(seconds)
}

// dayIn gives the wall date of an instant in a location.
func dayIn(t time.Time, loc *time.Location) day { return dayOf(t.In(loc).Date()) }
