package engine

import (
	"context"
	"errors"
	"time"

	"relance/calendars"
)

// Remedy is what becomes of appointments in conflict.
type Remedy string

// The remedies.
const (
	CancelThem Remedy = "cancel"
	MoveThem   Remedy = "move" // to the free slot nearest to the old start
)

// Resolution says what became of one.
type Resolution string

// The resolutions.
const (
	ResolvedCancelled Resolution = "cancelled" // by the organisation; the person is told
	ResolvedMoved     Resolution = "moved"     // the person is told
	ResolvedAlready   Resolution = "settled"   // there was nothing left to do: it is in no conflict (any more)
	ResolvedNot       Resolution = "left"      // as it was, in conflict; Why says why
)

// Resolved answers for one appointment.
type Resolved struct {
	Appointment AppointmentID
	Result      Resolution
	Why         Code   // left: no_free_slot, or the code of a refusal
	Message     string // the same in words
	State       AppointmentState
	Calendar    CalendarID // where it is now, and when
	Start       time.Time
}

// NoFreeSlot is why somebody could not be moved: no calendar of the service has room up to its horizon.
const NoFreeSlot Code = "no_free_slot"

// ResolveRequest asks to settle the conflicts of a calendar.
type ResolveRequest struct {
	Organisation OrganisationID
	Calendar     CalendarID
	How          Remedy
	// Appointments are those to settle, nil: all in conflict. Of people who share a time that has
	// room for some of them, any that is named may go.
	Appointments []AppointmentID
}

// Resolve cancels or moves the appointments in conflict, each in a change of its own, and tells each
// person. told is given every answer as it comes; an error of it ends the call and is returned. Who
// cannot be moved is left and told of. What is no conflict by then is not touched, so the call may be
// repeated. CodeNotFound, CodeInvalid; with CodeUnavailable those told of are done.
func (e *Engine) Resolve(ctx context.Context, r ResolveRequest, told func(Resolved) error) error {
	if r.How != CancelThem && r.How != MoveThem {
		return invalid("resolve", []Field{{Pointer: "/how", Code: "unknown", Message: "must be cancel or move"}})
	}
	if _, err := e.Calendar(ctx, r.Organisation, r.Calendar); err != nil {
		return err
	}
	if r.Appointments != nil {
		return e.resolveEach(ctx, r, r.Appointments, told)
	}
	for cursor := ""; ; {
		some, next, err := e.Conflicts(ctx, r.Organisation, r.Calendar, cursor, diaryPage)
		if err != nil {
			return err
		}
		ids := make([]AppointmentID, len(some))
		for i, c := range some {
			ids[i] = c.Appointment
		}
		if err := e.resolveEach(ctx, r, ids, told); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (e *Engine) resolveEach(ctx context.Context, r ResolveRequest, ids []AppointmentID, told func(Resolved) error) error {
	for _, id := range ids {
		out, err := e.resolve(ctx, r, id)
		if err != nil {
			return err
		}
		if err := told(out); err != nil {
			return err
		}
	}
	return nil
}

// resolve settles one. Refusals are answers; what keeps every other from being settled is an error.
func (e *Engine) resolve(ctx context.Context, r ResolveRequest, id AppointmentID) (Resolved, error) {
	out := Resolved{Appointment: id}
	s := &settling{e: e, r: r, avoid: map[int64]bool{}}
	err := e.claiming(ctx, "resolve", r.Organisation.Partition(), func(taken held) (*Change, error) {
		d, err := e.appointmentDossier(ctx, r.Organisation, id)
		if err != nil {
			return nil, err
		}
		out.Result, out.State, out.Calendar, out.Start = ResolvedAlready, d.apt.State, d.apt.Calendar, d.apt.Start
		cal, why, err := s.conflict(ctx, d)
		if err != nil || why == "" {
			return nil, err
		}
		c, err := s.remedy(ctx, d, taken)
		if err != nil {
			return nil, err
		}
		c.guard(cal) // it is settled because of these windows and closures
		out.Result = map[Remedy]Resolution{CancelThem: ResolvedCancelled, MoveThem: ResolvedMoved}[r.How]
		out.State, out.Calendar, out.Start = d.apt.State, d.apt.Calendar, d.apt.Start
		return c, nil
	})
	switch code := CodeOf(err); code {
	case "":
		return out, nil
	case CodeUnavailable, CodeInternal:
		return out, err
	default:
		out.Result, out.Why, out.Message = ResolvedNot, code, messageOf(err)
		return out, ctx.Err()
	}
}

// settling is one appointment on its way out of a conflict.
type settling struct {
	e     *Engine
	r     ResolveRequest
	avoid map[int64]bool // starts that turned out to be somebody else's
	tried time.Time      // the start of the last try
}

// conflict tells whether the appointment still is in conflict with the calendar as it is now: it is
// asked again for every try, since the person, or somebody else's settling, may have been faster.
func (s *settling) conflict(ctx context.Context, d *dossier) (*Calendar, calendars.Reason, error) {
	if d.apt.State != Booked || !d.apt.Start.After(d.now) || d.apt.Calendar != s.r.Calendar {
		return nil, "", nil
	}
	cal, err := s.e.Calendar(ctx, s.r.Organisation, s.r.Calendar)
	if err != nil {
		return nil, "", err
	}
	m, err := ruled(cal)
	if err != nil {
		return nil, "", err
	}
	place, why := m.allows(d.apt, d.now)
	if why != "" {
		return cal, why, nil
	}
	if d.apt.Forced != "" {
		return cal, "", nil
	}
	others, err := s.beside(ctx, d, m)
	if err == nil && m.crowded(d.apt, place, others) {
		why = calendars.Taken
	}
	return cal, why, err
}

// beside are those who share the appointment's time and may stay; when all conflicts are settled,
// only those who booked before it.
func (s *settling) beside(ctx context.Context, d *dossier, m member) ([]*Appointment, error) {
	p := s.r.Organisation.Partition()
	from, to := d.apt.kept()
	claims, err := s.e.Store.Busy(ctx, p, []CalendarID{claimName(d.o.ID, d.apt.Calendar)}, from, to)
	if err != nil {
		return nil, err
	}
	all, err := s.e.holders(ctx, p, claims[0])
	var out []*Appointment
	for _, a := range all {
		_, why := m.allows(a, d.now)
		if a.ID != d.apt.ID && a.State == Booked && a.Forced == "" && why == "" && (s.r.Appointments != nil || a.ID < d.apt.ID) {
			out = append(out, a)
		}
	}
	return out, err
}

func (s *settling) remedy(ctx context.Context, d *dossier, taken held) (*Change, error) {
	if s.r.How == CancelThem {
		return d.cancel(ByStaff)
	}
	if err := d.movable(ByStaff); err != nil {
		return nil, err
	}
	for {
		start, err := s.refuge(ctx, d)
		if err != nil {
			return nil, err
		}
		if !start.Equal(s.tried) { // what was taken at another start may be free at this one
			clear(taken)
		}
		s.tried = start
		move := MoveRequest{Organisation: d.o.ID, Appointment: d.apt.ID, Start: start, By: ByStaff}
		if start.Equal(d.apt.Start) {
			place := d.apt.Location
			move.Location = &place
		}
		c, err := d.move(ctx, move, taken)
		switch CodeOf(err) {
		case CodeTaken, CodeNotBookable:
			s.avoid[start.Unix()] = true
		default:
			return c, err
		}
	}
}

// refuge is the free start nearest to the old one: that very start at the same place with another
// calendar of the pool, or one of a day to come, in time for the service's notice.
func (s *settling) refuge(ctx context.Context, d *dossier) (time.Time, error) {
	old := d.apt.Start
	if !s.avoid[old.Unix()] {
		return old, nil
	}
	y, m, day := d.now.In(d.zone()).Date()
	first := time.Date(y, m, day+1, 0, 0, 0, 0, d.zone())
	if notice := d.now.Add(time.Duration(*d.s.NoticeHours) * time.Hour); notice.After(first) {
		first = notice
	}
	const day24 = 24 * time.Hour
	for _, around := range []time.Duration{7 * day24, 30 * day24, 400 * day24} {
		from, to := old.Add(-around), old.Add(around)
		if from.Before(first) {
			from = first
		}
		open, err := s.e.openings(ctx, d.s, from, to, d.own(false)...)
		if err != nil {
			return time.Time{}, err
		}
		if best, ok := s.nearest(open.starts, old.Unix()); ok {
			return time.Unix(best, 0).UTC(), nil
		}
	}
	return time.Time{}, refuse("resolve", NoFreeSlot, "no calendar of the service has a free slot left up to its horizon: cancel it, or open more time and try again")
}

func (s *settling) nearest(starts []int64, wanted int64) (best int64, ok bool) {
	far := func(t int64) int64 { return max(t-wanted, wanted-t) }
	for _, t := range starts {
		if !s.avoid[t] && (!ok || far(t) < far(best)) {
			best, ok = t, true
		}
	}
	return best, ok
}

// messageOf is what a refusal says to people.
func messageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}
