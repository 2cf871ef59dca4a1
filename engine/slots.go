package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"relance/calendars"
)

// Slot is a start that can be booked.
type Slot struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Seats of the group session that begins then, and how many are left; 0 when the slot is for one.
	Seats int `json:"seats,omitempty"`
	Left  int `json:"seats_left,omitempty"`
	// Locations are where it can be, by id ("" is a window without one); nil when no window says.
	Locations []string `json:"locations,omitempty"`
}

// member is one calendar of a service's pool, ready to search.
type member struct {
	cal      *Calendar
	name     CalendarID // its time is claimed under
	compiled *calendars.Compiled
	blocked  []calendars.Interval // busy in the agent's own agenda
}

// query is what the service asks of this calendar.
func (m member) query(s *Service, now, from, to time.Time) calendars.Query {
	q := s.query(now, from, to)
	q.Blocked = m.blocked
	return q
}

// pool are the calendars a service draws from, made ready; nobody writes to it. One made a moment ago will do,
// as what it is made from would.
func (e *Engine) pool(ctx context.Context, s *Service) ([]member, error) {
	key := "pool:" + s.recordID()
	if v, ok := e.cache.fresh(key, s.Version, e.trustedSince()); ok {
		return v.([]member), nil
	}
	ids := make([]string, len(s.Calendars))
	for i, c := range s.Calendars {
		ids[i] = calendarKey(s.Organisation, c)
	}
	sh := e.shelf(len(ids), false)
	now := e.Clock.Now()
	if err := sh.more(ctx, s.Organisation.Partition(), ids...); err != nil {
		return nil, err
	}
	out := make([]member, 0, len(ids))
	for _, id := range ids {
		cal, err := settled[Calendar](sh, id)
		if err != nil {
			return nil, err
		}
		if cal == nil {
			continue
		}
		c, err := e.compile(cal)
		if err != nil {
			return nil, err
		}
		out = append(out, member{cal: cal, name: claimName(s.Organisation, cal.ID), compiled: c})
	}
	if err := e.block(ctx, sh, out); err != nil {
		return nil, err
	}
	e.cache.put(key, s.Version, out, now)
	return out, nil
}

// compile prepares a calendar once per version.
func (e *Engine) compile(cal *Calendar) (*calendars.Compiled, error) {
	key := "compiled:" + cal.recordID()
	if v, ok := e.cache.get(key, cal.Version); ok {
		return v.(*calendars.Compiled), nil
	}
	c, err := calendars.Compile(cal.Calendar)
	if err != nil {
		return nil, &Error{Code: CodeInternal, Op: "slots", Message: "calendar " + string(cal.ID) + " cannot be read", Cause: err}
	}
	e.cache.put(key, cal.Version, c, time.Time{})
	return c, nil
}

// query is what the service asks of a calendar.
func (s *Service) query(now, from, to time.Time) calendars.Query {
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	return calendars.Query{
		Service: string(s.ID), Location: s.Location, Duration: minutes(s.DurationMin), Step: minutes(s.StepMin),
		Before: minutes(s.BeforeMin), After: minutes(s.AfterMin), Now: now, From: from, To: to,
		Notice: time.Duration(*s.NoticeHours) * time.Hour, Horizon: s.horizon(),
	}
}

// claimName is the name a calendar's time is claimed under: calendars of two organisations
// may have one id.
func claimName(org OrganisationID, id CalendarID) CalendarID {
	return CalendarID(org) + "/" + id
}

func claimNames(members []member) []CalendarID {
	out := make([]CalendarID, len(members))
	for i, m := range members {
		out[i] = m.name
	}
	return out
}

// busy reads what is claimed of each member in [from, to). Holds that ended are not in the way, nor
// is what the holders named by own have: the person's own holds, an appointment on its way elsewhere.
func (e *Engine) busy(ctx context.Context, s *Service, members []member, from, to time.Time, own ...string) ([][]calendars.Interval, error) {
	return e.busyOn(ctx, &slate{}, s, members, from, to, own)
}

// busyOn is busy, written on a slate.
func (e *Engine) busyOn(ctx context.Context, l *slate, s *Service, members []member, from, to time.Time, own []string) ([][]calendars.Interval, error) {
	out := make([][]calendars.Interval, len(members))
	err := e.eachBusy(ctx, s, claimNames(members), from, to, own, func(n int, taken []calendars.Interval) {
		begin := len(l.taken)
		l.taken = append(l.taken, taken...)
		out[n] = l.taken[begin:len(l.taken):len(l.taken)]
	})
	return out, err
}

// eachBusy shows what busy reads of each calendar, one after the other; nobody keeps it.
func (e *Engine) eachBusy(ctx context.Context, s *Service, names []CalendarID, from, to time.Time, own []string, see func(n int, taken []calendars.Interval)) error {
	p, now := s.Organisation.Partition(), e.Clock.Now()
	l := e.slate()
	taken, at := l.taken, 0 // of the calendar at
	defer func() { l.taken = taken; e.slates.Put(l) }()
	until := func(n int) { // those before the n-th are known whole
		for ; at < n; at++ {
			see(at, taken)
			taken = taken[:0]
		}
	}
	if v, ok := e.Store.(Visitor); ok {
		second, begin := now.Unix(), from.Unix()
		mine := slices.ContainsFunc(own, func(id string) bool { return !strings.HasPrefix(id, "rcp_") }) // people have holds only
		err := v.VisitBusy(ctx, p, names, from, to, func(n int, row []BusyTime) {
			until(n)
			for i := range row {
				t := &row[i]
				if t.End > begin && (t.Until == 0 && !mine || (t.Until == 0 || second < t.Until) && !slices.Contains(own, t.Holder)) {
					taken = append(taken, calendars.Interval{Start: t.Start, End: t.End})
				}
			}
		})
		if err == nil {
			until(len(names))
		}
		return err
	}
	claims, err := e.Store.Busy(ctx, p, names, from, to)
	for n, list := range claims {
		for _, c := range list {
			if !c.Ended(now) && !slices.Contains(own, c.Holder) {
				taken = append(taken, calendars.Interval{Start: c.Start.Unix(), End: c.End.Unix()})
			}
		}
		until(n + 1)
	}
	return err
}

// Slots lists up to limit free starts of a service in [from, to], over its whole pool; limit 0
// is all of them.
func (e *Engine) Slots(ctx context.Context, org OrganisationID, id ServiceID, from, to time.Time, limit int) ([]Slot, error) {
	_, s, err := e.policies(ctx, org, id)
	if err != nil {
		return nil, err
	}
	open, err := e.openings(ctx, s, from, to)
	if err != nil {
		return nil, err
	}
	defer open.done()
	starts := open.starts
	if limit > 0 && len(starts) > limit {
		starts = starts[:limit]
	}
	return open.slots(starts), nil
}

func (s *Service) slot(start time.Time) Slot {
	return Slot{Start: start, End: start.Add(time.Duration(s.DurationMin) * time.Minute)}
}

// openings finds the pool's free starts; own as for busy. Who is done with them may say so.
func (e *Engine) openings(ctx context.Context, s *Service, from, to time.Time, own ...string) (*openings, error) {
	now := e.Clock.Now()
	out := &openings{e: e, s: s}
	if last := now.Add(s.horizon()); to.After(last) {
		to = last
	}
	if from.Before(now) {
		from = now
	}
	members, err := e.pool(ctx, s)
	if err != nil || to.Before(from) {
		return out, err
	}
	q := s.query(now, from, to)
	lo, hi := busySpan(members, q)
	l := e.slate()
	busy, err := e.busyOn(ctx, l, s, members, lo, hi, own)
	if err != nil {
		return nil, err
	}
	out.q, out.members, out.busy, out.slate = q, members, busy, l
	lists := make([][]int64, len(members))
	for i, m := range members {
		mq := m.query(s, now, from, to)
		begin := len(l.starts)
		l.starts = m.compiled.AppendStarts(l.starts, mq, busy[i])
		lists[i] = l.starts[begin:len(l.starts):len(l.starts)]
		out.join(m, mq, busy[i])
	}
	out.starts = calendars.Union(lists)
	return out, nil
}

// busySpan is the time in which claims matter to a query of any of the members.
func busySpan(members []member, q calendars.Query) (lo, hi time.Time) {
	var all calendars.Interval
	for _, m := range members {
		switch span := m.compiled.BusySpan(q); {
		case span == calendars.Interval{}: // nothing can be free
		case all == calendars.Interval{}:
			all = span
		default:
			all.Start, all.End = min(all.Start, span.Start), max(all.End, span.End)
		}
	}
	return time.Unix(all.Start, 0), time.Unix(all.End, 0)
}
