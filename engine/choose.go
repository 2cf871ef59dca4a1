package engine

import (
	"context"
	"time"

	"relance/calendars"
)

// Availability is the first free start there is.
type Availability struct {
	Slot
	// BookableFrom is when it can be booked: zero when it can be already, otherwise the moment at which
	// the service's horizon reaches it.
	BookableFrom time.Time
}

// lookAhead is how far beyond a service's horizon a first free start is looked for.
const lookAhead = 366 * 24 * time.Hour

// Next is the first free start of a service from a moment on, nil when there is none within its
// horizon and a year. CodeNotFound when there is no such service.
func (e *Engine) Next(ctx context.Context, org OrganisationID, id ServiceID, from time.Time) (*Availability, error) {
	_, s, err := e.policies(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return e.next(ctx, s, from)
}

// next reads all that is taken at once: what lies ahead is looked at calendar by calendar, each no
// further than its first free start.
func (e *Engine) next(ctx context.Context, s *Service, from time.Time, own ...string) (*Availability, error) {
	now := e.Clock.Now()
	if from.Before(now) {
		from = now
	}
	to := now.Add(s.horizon())
	if from.After(to) {
		to = from
	}
	q := s.query(now, from, to.Add(lookAhead))
	members, err := e.pool(ctx, s)
	if err != nil {
		return nil, err
	}
	far := q
	far.Horizon = 0
	lo, hi := busySpan(members, far)
	busy, err := e.busy(ctx, s, members, lo, hi, own...)
	if err != nil {
		return nil, err
	}
	start, found := first(members, busy, q)
	if !found {
		q = far
		start, found = first(members, busy, q)
	}
	if !found {
		return nil, nil
	}
	open := &openings{s: s, q: q, members: members, busy: busy}
	q.From, q.To = time.Unix(start, 0), time.Unix(start, 0)
	for i, m := range members {
		q.Blocked = m.blocked
		open.join(m, q, busy[i])
	}
	out := &Availability{Slot: open.slots([]int64{start})[0]}
	if q.Horizon == 0 {
		out.BookableFrom = out.Start.Add(-s.horizon())
	}
	return out, nil
}

// first is the soonest start of the pool. What is known to be no sooner is not looked at.
func first(members []member, busy [][]calendars.Interval, q calendars.Query) (start int64, found bool) {
	for i, m := range members {
		q.Blocked = m.blocked
		if t, ok := m.compiled.First(q, busy[i]); ok {
			start, found = t, true
			q.To = time.Unix(t-1, 0)
		}
	}
	return start, found
}

// horizon is how far ahead a start may be booked.
func (s *Service) horizon() time.Duration { return time.Duration(s.HorizonDays) * 24 * time.Hour }

// Nearest are the n free starts of a service closest to a wanted moment, in order of time.
// CodeNotFound when there is no such service.
func (e *Engine) Nearest(ctx context.Context, org OrganisationID, id ServiceID, wanted time.Time, n int) ([]Slot, error) {
	_, s, err := e.policies(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return e.nearest(ctx, s, wanted, n)
}

// nearest leaves what own holds out of the way, as busy does. It looks a day around, then two, four and so on: many
// people may ask at once, those who were too late for one slot.
func (e *Engine) nearest(ctx context.Context, s *Service, wanted time.Time, n int, own ...string) ([]Slot, error) {
	now := e.Clock.Now()
	last := now.Add(s.horizon())
	for around := 24 * time.Hour; ; around *= 2 {
		from, to := wanted.Add(-around), wanted.Add(around)
		open, err := e.openings(ctx, s, from, to, own...)
		if err != nil {
			return nil, err
		}
		if len(open.starts) >= n || !from.After(now) && !to.Before(last) {
			return open.slots(calendars.Nearest(open.starts, wanted.Unix(), n)), nil
		}
	}
}

// Best are the best n free starts after a moment to show a person: the soonest, and others spread over
// days and halves of days. More tells that others come after the last of them: those are the best
// after it. CodeNotFound when there is no such service.
func (e *Engine) Best(ctx context.Context, org OrganisationID, id ServiceID, after time.Time, n int) (best []Slot, more bool, err error) {
	o, s, err := e.policies(ctx, org, id)
	if err != nil {
		return nil, false, err
	}
	list, err := e.shortlist(ctx, s, e.quiet(o).zone, after, n)
	return list.Slots, list.More, err
}

// Shortlist is what a visit shows first.
type Shortlist struct {
	Slots []Slot         // the best, in order of time
	More  bool           // others come after the last of them
	Free  map[string]int // how many starts each day of Slots has, by local day: "2026-05-14"
	Weeks []string       // the Mondays of the weeks that have starts, those of Slots included
	// Next, when there are no Slots, is the first start that can be booked later or was not asked for;
	// nil when nothing is known.
	Next *Availability
}

// Shortlist is the best n starts of a visit after a moment (zero: now), and where the others are.
func (e *Engine) Shortlist(ctx context.Context, v *Visit, after time.Time, n int) (*Shortlist, error) {
	own := string(v.Recipient)
	list, err := e.shortlist(ctx, v.Service, v.Zone, after, n, own)
	if err == nil && len(list.Slots) == 0 {
		list.Next, err = e.next(ctx, v.Service, e.Clock.Now(), own)
	}
	if err != nil {
		return nil, err
	}
	return &list, nil
}

func (e *Engine) shortlist(ctx context.Context, s *Service, zone *time.Location, after time.Time, n int, own ...string) (Shortlist, error) {
	open, err := e.openings(ctx, s, after.Add(time.Second), e.Clock.Now().Add(s.horizon()), own...)
	if err != nil {
		return Shortlist{}, err
	}
	starts := open.starts
	best := calendars.Spread(starts, zone, n)
	list := Shortlist{Slots: open.slots(best), Free: map[string]int{}}
	if len(best) > 0 {
		list.More = starts[len(starts)-1] > best[len(best)-1]
	}
	for _, t := range best {
		list.Free[localDay(t, zone)] = 0
	}
	list.count(starts, zone)
	return list, nil
}

// count fills in what the days of the list have, and the weeks there are.
func (l *Shortlist) count(starts []int64, zone *time.Location) {
	for len(starts) > 0 {
		midnight, n := nextMidnight(starts[0], zone), 1
		for n < len(starts) && starts[n] < midnight {
			n++
		}
		day := localDay(starts[0], zone)
		if _, shown := l.Free[day]; shown {
			l.Free[day] += n
		}
		if monday := mondayOf(starts[0], zone); len(l.Weeks) == 0 || l.Weeks[len(l.Weeks)-1] != monday {
			l.Weeks = append(l.Weeks, monday)
		}
		starts = starts[n:]
	}
}

func localDay(t int64, zone *time.Location) string {
	return time.Unix(t, 0).In(zone).Format(time.DateOnly)
}

func nextMidnight(t int64, zone *time.Location) int64 {
	y, m, d := time.Unix(t, 0).In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone).Unix()
}

func mondayOf(t int64, zone *time.Location) string {
	local := time.Unix(t, 0).In(zone)
	y, m, d := local.Date()
	return time.Date(y, m, d-(int(local.Weekday())+6)%7, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// policies reads an organisation and its service for a search, which changes nothing: what was read a
// moment ago will do. CodeNotFound when there is no such service.
func (e *Engine) policies(ctx context.Context, org OrganisationID, id ServiceID) (*Organisation, *Service, error) {
	sh, key := e.trusted(2), serviceKey(org, id)
	defer sh.done()
	if err := sh.more(ctx, org.Partition(), string(org), key); err != nil {
		return nil, nil, err
	}
	o, err := settled[Organisation](sh, string(org))
	if err != nil {
		return nil, nil, err
	}
	s, err := settled[Service](sh, key)
	if err == nil && (o == nil || s == nil) {
		err = refuse("slots", CodeNotFound, "there is no such service in this organisation")
	}
	return o, s, err
}
