package calendars_test

import (
	"cmp"
	"slices"
	"time"

	"relance/calendars"
)

// sessions gives what Sessions should: each occurrence of the windows with seats, its
// people found one by one and its time looked at minute by minute.
func (c refCalendar) sessions(q calendars.Query, busy []calendars.Interval) []calendars.Session {
	var out []calendars.Session
	from, to := q.From.Unix()-2*24*60*minute, q.To.Unix()+2*24*60*minute
	noClosures := q
	noClosures.Blocked = nil
	_, shut := c.minutes(noClosures, from, to)
	for i, w := range c.Windows {
		if w.Seats == 0 || !serves(w, q) {
			continue
		}
		for _, d := range c.occurrences(c.windowRules[i], w.FirstDay, w.Start, from, time.Unix(to, 0).UTC()) {
			s := calendars.Session{Start: c.at(d, w.Start), End: c.at(d, w.End), Seats: w.Seats}
			if s.End <= s.Start || !asked(q, time.Unix(s.Start, 0)) || slices.Contains(w.Except, calendars.Date(d.Format(time.DateOnly))) {
				continue
			}
			closed := false
			for t := s.Start; t < s.End; t += minute {
				closed = closed || shut[t]
			}
			if !closed {
				s.Left = c.seatsLeft(s, q, busy)
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b calendars.Session) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

func (c refCalendar) seatsLeft(s calendars.Session, q calendars.Query, busy []calendars.Interval) int {
	left := s.Seats
	for _, b := range busy {
		if b.Start == s.Start && b.End == s.End {
			left--
		} else if b.Start < b.End && b.Start < s.End && s.Start < b.End {
			return 0
		}
	}
	for _, b := range q.Blocked {
		if b.Start < b.End && b.Start < s.End && s.Start < b.End {
			return 0
		}
	}
	return max(0, min(left, c.room(s.Start, busy)))
}

// room is how many more the limits of the day and the week take: a day is what the clock
// calls one, a week what ISO 8601 does.
func (c refCalendar) room(t int64, busy []calendars.Interval) int {
	at := time.Unix(t, 0).In(c.loc)
	year, week := at.ISOWeek()
	day, inWeek := 0, 0
	for _, b := range busy {
		began := time.Unix(b.Start, 0).In(c.loc)
		if b.Start >= b.End {
			continue
		}
		if began.Format(time.DateOnly) == at.Format(time.DateOnly) {
			day++
		}
		if y, w := began.ISOWeek(); y == year && w == week {
			inWeek++
		}
	}
	room := 1 << 30
	if c.MaxPerDay > 0 {
		room = min(room, max(c.MaxPerDay-day, 0))
	}
	if c.MaxPerWeek > 0 {
		room = min(room, max(c.MaxPerWeek-inWeek, 0))
	}
	return room
}
