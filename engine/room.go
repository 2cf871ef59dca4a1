package engine

import (
	"context"
	"time"

	"relance/calendars"
)

// room is how many people the pool of a service could still take, from its notice to its horizon: free
// slots that do not overlap, places of rooms and seats of sessions, within the limits of each calendar.
func (e *Engine) room(ctx context.Context, s *Service) (int, error) {
	now := e.Clock.Now()
	total := 0
	err := e.places(ctx, s, s.query(now, now, now.Add(s.horizon())), func(_ int64, n int) { total += n })
	return total, err
}

// places shows for how many people there is room at each start of the pool, calendar after calendar.
func (e *Engine) places(ctx context.Context, s *Service, q calendars.Query, see func(start int64, n int)) error {
	return e.eachPlace(ctx, s, q, func(_ CalendarID, start int64, n int) { see(start, n) })
}

// eachPlace is places, and tells of which calendar.
func (e *Engine) eachPlace(ctx context.Context, s *Service, q calendars.Query, see func(id CalendarID, start int64, n int)) error {
	members, err := e.pool(ctx, s)
	if err != nil {
		return err
	}
	lo, hi := busySpan(members, q)
	l := e.slate()
	defer e.slates.Put(l)
	busy, err := e.busyOn(ctx, l, s, members, lo, hi, nil)
	if err != nil {
		return err
	}
	for i, m := range members {
		q.Blocked = m.blocked
		m.places(q, busy[i], func(start int64, n int) { see(m.cal.ID, start, n) })
	}
	return nil
}

// places are those of one calendar, the earliest starts taken first; busy is sorted by start.
func (m member) places(q calendars.Query, busy []calendars.Interval, see func(start int64, n int)) {
	sessions := map[int64]bool{}
	if m.cal.hasSessions() {
		for _, s := range m.compiled.Sessions(q, busy) {
			sessions[s.Start] = true
			see(s.Start, s.Left)
		}
	}
	limits := m.limited(busy)
	before, after := int64(q.Before/time.Second), int64(q.After/time.Second)
	length, free := int64(q.Duration/time.Second), int64(0)
	ahead := busy // without what ended before the start that is looked at
	for _, t := range m.compiled.Starts(q, busy) {
		if sessions[t] || t-before < free {
			continue
		}
		span := calendars.Interval{Start: t - before, End: t + length + after}
		places := m.compiled.Capacity()
		if places > 1 {
			for len(ahead) > 0 && ahead[0].End <= span.Start {
				ahead = ahead[1:]
			}
			places = max(1, places-overlapping(ahead, span))
		}
		if n := limits.take(m, t, places); n > 0 {
			free = span.End
			see(t, n)
		}
	}
}

// overlapping counts those of a list sorted by start that share time with the span.
func overlapping(busy []calendars.Interval, span calendars.Interval) int {
	n := 0
	for _, b := range busy {
		if b.Start >= span.End {
			break
		}
		if span.Start < b.End {
			n++
		}
	}
	return n
}

// stretch names a day or a week of a calendar.
type stretch struct {
	name string
	at   int64
}

// limited counts what starts in each day and week of a calendar that limits them; nil when it does not.
type limited map[stretch]int

func (m member) limited(busy []calendars.Interval) limited {
	if len(m.compiled.Limits(time.Unix(0, 0))) == 0 {
		return nil
	}
	out := limited{}
	for _, b := range busy {
		if b.Start < b.End {
			for _, l := range m.compiled.Limits(time.Unix(b.Start, 0)) {
				out[stretch{l.Name, l.At}]++
			}
		}
	}
	return out
}

// take is how many of n more the limits take at a start.
func (l limited) take(m member, t int64, n int) int {
	if l == nil {
		return n
	}
	limits := m.compiled.Limits(time.Unix(t, 0))
	for _, k := range limits {
		n = min(n, k.Max-l[stretch{k.Name, k.At}])
	}
	if n = max(n, 0); n > 0 {
		for _, k := range limits {
			l[stretch{k.Name, k.At}] += n
		}
	}
	return n
}
