package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"relance/calendars"
)

// candidate is a calendar that could take an appointment, and what it has on.
type candidate struct {
	*member
	week     int   // what it has in the week of the start
	full     bool  // as much as it takes then has it
	referent bool  // it is the person's
	last     int64 // when it was last booked, unix milliseconds
}

// rank orders the calendars that could take the appointment: the person's referent first, then
// the least loaded that week, then the least recently used (RULES §3). Those that are full then come last.
func (e *Engine) rank(ctx context.Context, d *dossier, members []member, start time.Time, only CalendarID) ([]candidate, error) {
	all := make([]candidate, 0, len(members))
	for i := range members {
		if m := &members[i]; only == "" || m.cal.ID == only {
			all = append(all, candidate{member: m, referent: m.cal.ID == d.r.Referent})
		}
	}
	if len(all) < 2 {
		return all, nil
	}
	if err := e.load(ctx, d, all, start); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, compareCandidates)
	return all, nil
}

// compareCandidates puts who should take an appointment first.
func compareCandidates(a, b candidate) int {
	switch {
	case a.full != b.full:
		return boolCompare(a.full, b.full)
	case a.referent != b.referent:
		return boolCompare(b.referent, a.referent)
	case a.week != b.week:
		return cmp.Compare(a.week, b.week)
	}
	return cmp.Compare(a.last, b.last)
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// load reads what the candidates have on; what the person has there themselves is not counted. An offer of
// somebody else that has just ended counts until it is cleared away.
func (e *Engine) load(ctx context.Context, d *dossier, all []candidate, start time.Time) error {
	names, fields := make([]CalendarID, len(all)), make([]string, len(all))
	for i, c := range all {
		names[i], fields[i] = c.name, string(c.name)
	}
	used, err := e.Store.Find(ctx, d.o.ID.Partition(), indexUsed, fields...)
	if err != nil {
		return err
	}
	y, m, day := start.In(d.zone()).Date()
	monday := time.Date(y, m, day-(int(start.In(d.zone()).Weekday())+6)%7, 0, 0, 0, 0, d.zone())
	sunday := monday.AddDate(0, 0, 7)
	week, err := e.Store.Starting(ctx, d.o.ID.Partition(), names, monday, sunday)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].last, _ = strconv.ParseInt(used[i], 10, 64)
		all[i].week = week[i]
	}
	for _, c := range d.has() {
		n := slices.IndexFunc(all, func(a candidate) bool { return a.name == c.Calendar })
		if n >= 0 && !c.Start.Before(monday) && c.Start.Before(sunday) {
			all[n].week--
		}
	}
	return e.fill(ctx, d, all, names, start)
}

// fill finds which candidates are full at a start. Seats of sessions are the claim's to count.
func (e *Engine) fill(ctx context.Context, d *dossier, all []candidate, names []CalendarID, start time.Time) error {
	from := start.Add(-time.Duration(d.s.BeforeMin) * time.Minute)
	to := start.Add(time.Duration(d.s.DurationMin+d.s.AfterMin) * time.Minute)
	return e.eachBusy(ctx, d.s, names, from, to, d.own(false), func(n int, taken []calendars.Interval) {
		c := &all[n]
		c.full = crowded(taken, from.Unix(), c.compiled.Capacity()) && !c.cal.hasSessions()
	})
}

// crowded tells whether so many of some intervals run at one instant, from a moment on.
func crowded(some []calendars.Interval, from int64, capacity int) bool {
	if len(some) < capacity {
		return false
	}
	for _, at := range some { // the most at once is reached where one of them starts
		instant, n := max(at.Start, from), 0
		for _, b := range some {
			if b.Start <= instant && instant < b.End {
				n++
			}
		}
		if n >= capacity {
			return true
		}
	}
	return false
}

// has are the claims of the person themselves: what they are offered, and the appointment that is coming.
func (d *dossier) has() Claims {
	var out Claims
	if d.r.Offer != nil && d.r.Offer.Over == "" {
		for _, s := range d.r.Offer.Slots {
			out = append(out, s.Held...)
		}
	}
	if d.apt != nil && d.apt.State == Booked {
		out = append(out, d.apt.Held...)
	}
	return out
}
