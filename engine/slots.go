package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"relance/calendars"
)

// Slot is a start that can be booked.
type Slot struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// member is one calendar of a service's pool, ready to search.
type member struct {
	cal      *Calendar
	compiled *calendars.Compiled
	blocked  []calendars.Interval // busy in the agent's own agenda
}

// query is what the service asks of this calendar.
func (m member) query(s *Service, now, from, to time.Time) calendars.Query {
	q := s.query(now, from, to)
	q.Blocked = m.blocked
	return q
}

// pool reads and compiles the calendars a service draws from.
func (e *Engine) pool(ctx context.Context, s *Service) ([]member, error) {
	ids := make([]string, len(s.Calendars))
	for i, c := range s.Calendars {
		ids[i] = calendarKey(s.Organisation, c)
	}
	sh := e.trusted()
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
		out = append(out, member{cal: cal, compiled: c})
	}
	return out, e.block(ctx, sh, out)
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
		Notice: time.Duration(*s.NoticeHours) * time.Hour, Horizon: time.Duration(s.HorizonDays) * 24 * time.Hour,
	}
}

// claimName is the name a calendar's time is claimed under: calendars of two organisations
// may have one id.
func claimName(org OrganisationID, id CalendarID) CalendarID {
	return CalendarID(org) + "/" + id
}

// busy reads what is claimed of each member in [from, to), a day more on either side.
func (e *Engine) busy(ctx context.Context, s *Service, members []member, from, to time.Time) ([][]calendars.Interval, error) {
	names := make([]CalendarID, len(members))
	for i, m := range members {
		names[i] = claimName(s.Organisation, m.cal.ID)
	}
	claims, err := e.Store.Busy(ctx, s.Organisation.Partition(), names, from.Add(-24*time.Hour), to.Add(24*time.Hour))
	if err != nil {
		return nil, err
	}
	out := make([][]calendars.Interval, len(members))
	for i, list := range claims {
		out[i] = make([]calendars.Interval, len(list))
		for j, c := range list {
			out[i][j] = calendars.Interval{Start: c.Start.Unix(), End: c.End.Unix()}
		}
	}
	return out, nil
}

// Slots lists up to limit free starts of a service in [from, to], over its whole pool; limit 0
// is all of them.
func (e *Engine) Slots(ctx context.Context, org OrganisationID, id ServiceID, from, to time.Time, limit int) ([]Slot, error) {
	s, err := e.Service(ctx, org, id)
	if err != nil {
		return nil, err
	}
	starts, err := e.starts(ctx, s, from, to)
	if err != nil {
		return nil, err
	}
	if limit > 0 && len(starts) > limit {
		starts = starts[:limit]
	}
	return s.slots(starts), nil
}

func (s *Service) slots(starts []int64) []Slot {
	out := make([]Slot, len(starts))
	for i, t := range starts {
		out[i] = s.slot(time.Unix(t, 0).UTC())
	}
	return out
}

func (s *Service) slot(start time.Time) Slot {
	return Slot{Start: start, End: start.Add(time.Duration(s.DurationMin) * time.Minute)}
}

// starts is the sorted union of the pool's free starts.
func (e *Engine) starts(ctx context.Context, s *Service, from, to time.Time) ([]int64, error) {
	now := e.Clock.Now()
	if last := now.Add(time.Duration(s.HorizonDays) * 24 * time.Hour); to.After(last) {
		to = last
	}
	if from.Before(now) {
		from = now
	}
	members, err := e.pool(ctx, s)
	if err != nil || to.Before(from) {
		return nil, err
	}
	busy, err := e.busy(ctx, s, members, from, to)
	if err != nil {
		return nil, err
	}
	var all []int64
	for i, m := range members {
		all = append(all, m.compiled.Starts(m.query(s, now, from, to), busy[i])...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// nearest are the three free slots closest to a wanted moment.
func (e *Engine) nearest(ctx context.Context, s *Service, wanted time.Time) ([]Slot, error) {
	const count = 3
	for _, around := range []time.Duration{7 * 24 * time.Hour, 366 * 24 * time.Hour} {
		starts, err := e.starts(ctx, s, wanted.Add(-around), wanted.Add(around))
		if err != nil {
			return nil, err
		}
		if len(starts) < count && around < 366*24*time.Hour {
			continue
		}
		far := func(t int64) int64 { return max(t-wanted.Unix(), wanted.Unix()-t) }
		slices.SortStableFunc(starts, func(a, b int64) int { return cmp.Compare(far(a), far(b)) })
		starts = starts[:min(count, len(starts))]
		slices.Sort(starts)
		return s.slots(starts), nil
	}
	return nil, nil
}

// rank orders the calendars that could take the appointment: the person's referent first, then
// the least loaded that week, then the least recently used (RULES §3).
func (e *Engine) rank(ctx context.Context, d *dossier, members []member, start time.Time, only CalendarID) ([]member, error) {
	if only != "" {
		members = slices.DeleteFunc(slices.Clone(members), func(m member) bool { return m.cal.ID != only })
	}
	if len(members) < 2 {
		return members, nil
	}
	y, m, day := start.In(d.zone()).Date()
	monday := time.Date(y, m, day-(int(start.In(d.zone()).Weekday())+6)%7, 0, 0, 0, 0, d.zone())
	loads, err := e.busy(ctx, d.s, members, monday.Add(24*time.Hour), monday.AddDate(0, 0, 6))
	if err != nil {
		return nil, err
	}
	fields := make([]string, len(members))
	for i, m := range members {
		fields[i] = string(claimName(d.o.ID, m.cal.ID))
	}
	used, err := e.Store.Find(ctx, d.o.ID.Partition(), indexUsed, fields...)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	last := func(i int) int64 { n, _ := strconv.ParseInt(used[i], 10, 64); return n }
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(
			-boolCompare(members[a].cal.ID == d.r.Referent, members[b].cal.ID == d.r.Referent),
			cmp.Compare(len(loads[a]), len(loads[b])), cmp.Compare(last(a), last(b)))
	})
	out := make([]member, len(order))
	for i, n := range order {
		out[i] = members[n]
	}
	return out, nil
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

// fits checks a start against a calendar's windows and the service's limits; what is taken is
// the claim's to find out. Staff are not bound by the notice.
func (m member) fits(d *dossier, start time.Time, by Actor) (Claim, error) {
	q := m.query(d.s, d.now, start, start)
	if by == ByStaff {
		q.Notice = 0
	} else {
		q.Notice = max(0, q.Notice-shownFor)
	}
	if err := m.compiled.Fits(q, start, nil); err != nil {
		return Claim{}, err
	}
	return Claim{
		Calendar: claimName(d.o.ID, m.cal.ID), Start: start.Add(-q.Before), End: start.Add(q.Duration + q.After),
		Capacity: m.compiled.Capacity(),
	}, nil
}

// shownFor is how long a page may stay open: a slot that was shown just outside the notice can
// still be booked (RULES §3).
const shownFor = 30 * time.Minute

// refusal turns a calendar's reason into words.
func refusal(op string, err error) *Error {
	var r *calendars.Refusal
	out := refuse(op, CodeNotBookable, "this moment cannot be booked")
	if errors.As(err, &r) {
		out.Message = "this moment cannot be booked: " + string(r.Reason)
		out.Fields = []Field{{Pointer: "/start", Code: string(r.Reason), Message: "this moment cannot be booked"}}
	}
	return out
}
