package engine

import (
	"cmp"
	"context"
	"errors"
	"time"

	"relance/calendars"
)

// spot is where and until when an appointment can be, and the time it takes.
type spot struct {
	cal *Calendar
	calendars.Place
	claims Claims           // without holder; the calendar's time first
	forced calendars.Reason // what the calendar has against it, when staff force it
}

func (s *spot) end() time.Time { return time.Unix(s.End, 0).UTC() }

// heldBy are the claims as somebody's; until is zero for good.
func (s *spot) heldBy(holder string, until time.Time) Claims {
	for i := range s.claims {
		s.claims[i].Holder, s.claims[i].Until = holder, until
	}
	return s.claims
}

// ask is what somebody wants of a service's pool.
type ask struct {
	start time.Time
	only  CalendarID // "": whichever
	at    *string    // only at this location; nil: at any
	by    Actor
	force Force
	hold  bool // for an offer: the coming appointment keeps its time meanwhile
}

// place finds the calendar for a start: the best of those that are open then and not known to be taken;
// when staff force it, the best of all that have the time.
func (d *dossier) place(ctx context.Context, op string, a ask, taken held) (*spot, error) {
	members, err := d.e.pool(ctx, d.s)
	if err != nil {
		return nil, err
	}
	candidates, err := d.e.rank(ctx, d, members, a.start, a.only)
	if err != nil {
		return nil, err
	}
	var why, full error // why none is open, and why one that is has no room
	open := false
	for _, w := range a.force.ways() {
		for _, m := range candidates {
			if m.full && open && w == asOpen {
				continue // it would only say so once more
			}
			found, err := m.fits(ctx, d, a, w)
			switch {
			case err != nil && (hasNoRoom(err) || w == outside && reasonOf(err) == calendars.BusyElsewhere):
				open, full = true, cmp.Or(full, err)
			case err != nil:
				why = cmp.Or(why, err)
			case found.claims[0].Insist || !m.full && !taken[m.name]:
				return found, nil
			default:
				open = true
			}
		}
	}
	out := refusal(op, why)
	if open {
		out = a.force.taken(op, full)
	}
	if n := d.e.Limits.nearest(); n > 0 && !a.hold { // an offer tells nobody what it could not have
		if out.Nearest, err = d.e.nearest(ctx, d.s, a.start, n, d.own(false)...); err != nil {
			return nil, err
		}
	}
	return nil, out
}

// own are the holders that are not in the person's way: their holds, and the appointment unless it stays.
func (d *dossier) own(stays bool) []string {
	own := []string{string(d.r.ID)}
	if !stays && d.apt != nil && d.apt.State == Booked {
		own = append(own, string(d.apt.ID))
	}
	return own
}

// fits checks a start against a calendar's windows and the service's limits; what is taken is
// the claim's to find out. Staff are not bound by the notice.
func (m member) fits(ctx context.Context, d *dossier, a ask, w way) (*spot, error) {
	q := m.query(d.s, d.now, a.start, a.start)
	if a.by == ByStaff {
		q.Notice = 0
	} else {
		q.Notice = max(0, q.Notice-shownFor)
	}
	if a.at != nil {
		q.Location = cmp.Or(*a.at, q.Location)
	}
	limits := m.compiled.Limits(a.start)
	var busy []calendars.Interval
	// What was booked before there were limits claimed nothing of them; several holds are tried as one.
	if len(limits) > 0 || a.hold {
		lo, hi := busySpan([]member{m}, q)
		read, err := d.e.busy(ctx, d.s, []member{m}, lo, hi, d.own(a.hold)...)
		if err != nil {
			return nil, err
		}
		busy = read[0]
	}
	place, err := m.compiled.Place(q, a.start, busy)
	if err == nil && (a.at != nil && place.Location != *a.at || d.s.Location != "" && place.Location != d.s.Location) {
		err = &calendars.Refusal{Reason: calendars.NoWindow} // not there
	}
	found := &spot{cal: m.cal, Place: place}
	if w == against { // what it overlaps is not for the rules to see
		found.forced = calendars.Taken
	}
	if err != nil && w != asOpen {
		why := reasonOf(err)
		found.Place, err = m.forced(q, a, w, err)
		found.forced = m.against(why, found.Place)
	}
	if err != nil {
		return nil, err
	}
	found.claim(m.name, q, m.compiled.Capacity(), limits)
	for i := range found.claims {
		found.claims[i].Asked = d.now
		found.claims[i].Insist = w == against && found.claims[i].Seats == 0
	}
	return found, nil
}

// forced is the place of an appointment that the calendar refused for why.
func (m member) forced(q calendars.Query, a ask, w way, why error) (calendars.Place, error) {
	if w == against { // a full day or week is no reason
		p, err := m.compiled.Place(q, a.start, nil)
		if err == nil {
			return p, nil
		}
		why = err
	}
	p := calendars.Place{Start: a.start.Unix(), End: a.start.Add(q.Duration).Unix(), Location: q.Location}
	switch reasonOf(why) {
	case calendars.Past, "":
		return p, why
	case calendars.NoWindow, calendars.Holiday, calendars.Closed, calendars.Notice, calendars.Horizon:
		if w == outside && m.elsewhere(q, p) {
			return p, &calendars.Refusal{Reason: calendars.BusyElsewhere}
		}
	default: // there is something in the way
		if w != against {
			return p, why
		}
	}
	return p, nil
}

// elsewhere tells whether the agent's own agenda is in the way, buffers included.
func (m member) elsewhere(q calendars.Query, p calendars.Place) bool {
	from, to := p.Start-int64(q.Before/time.Second), p.End+int64(q.After/time.Second)
	for _, b := range q.Blocked {
		if b.Start < to && b.End > from {
			return true
		}
	}
	return false
}

// claim takes the time of the calendar, and its part of the calendar's limits.
func (s *spot) claim(name CalendarID, q calendars.Query, capacity int, limits []calendars.Limit) {
	at := func(t int64) time.Time { return time.Unix(t, 0).UTC() }
	main := Claim{Calendar: name, Start: at(s.Start), End: at(s.End), Capacity: capacity, Seats: s.Seats}
	if s.Seats == 0 {
		main.Start, main.End = main.Start.Add(-q.Before), main.End.Add(q.After)
	}
	s.claims = append(make(Claims, 0, 1+len(limits)), main)
	for _, l := range limits {
		s.claims = append(s.claims, Claim{Calendar: name + "#" + CalendarID(l.Name), Start: at(l.At), End: at(l.At + 1), Capacity: l.Max})
	}
}

// shownFor is how long a page may stay open: a slot that was shown just outside the notice can
// still be booked (RULES §3).
const shownFor = 30 * time.Minute

// reasonOf is the calendar's reason behind a refusal; "" when it gave none.
func reasonOf(err error) calendars.Reason {
	var r *calendars.Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// hasNoRoom tells whether a calendar refused because of what is there already.
func hasNoRoom(err error) bool {
	switch reasonOf(err) {
	case calendars.Taken, calendars.Full, calendars.FullDay, calendars.FullWeek:
		return true
	}
	return false
}

// refusal turns a calendar's reason into words.
func refusal(op string, err error) *Error {
	out := refuse(op, CodeNotBookable, "this moment cannot be booked")
	var r *calendars.Refusal
	if errors.As(err, &r) {
		out.Message += ": " + r.Error()
		out.Fields = []Field{{Pointer: "/start", Code: string(r.Reason), Message: "cannot be booked: " + r.Error()}}
	}
	return out
}
