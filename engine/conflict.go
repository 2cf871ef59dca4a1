package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"relance/calendars"
)

// Clash is a coming appointment that its calendar does not allow any more: since it was booked a
// window, a closure, a holiday, the capacity or the seats changed.
type Clash struct {
	Appointment AppointmentID
	Service     ServiceID
	Start, End  time.Time
	// Why: no_window, holiday, closed; taken and full when more people come than there is room for.
	Why calendars.Reason
}

// Conflicts pages through the appointments of a calendar that it does not allow any more, by start.
// Bookings are guarded by the calendar's version, so none of before a save comes to light after it.
// Where there is room for some of those who share a time, they are in conflict who booked last.
// CodeNotFound; CodeInvalid for a cursor that was not given out.
func (e *Engine) Conflicts(ctx context.Context, org OrganisationID, id CalendarID, cursor string, limit int) ([]Clash, string, error) {
	cal, err := e.Calendar(ctx, org, id)
	if err != nil {
		return nil, "", err
	}
	return e.conflicts(ctx, cal, cursor, limit)
}

// WouldConflict is Conflicts as if the calendar had been saved as given; CodeInvalid.
func (e *Engine) WouldConflict(ctx context.Context, org OrganisationID, cal Calendar, cursor string, limit int) ([]Clash, string, error) {
	if err := invalid("conflicts", calendarFields(cal)); err != nil {
		return nil, "", err
	}
	cal.Organisation = org
	return e.conflicts(ctx, &cal, cursor, limit)
}

// conflicts reads the calendar's diary from the cursor on until a page is full.
func (e *Engine) conflicts(ctx context.Context, cal *Calendar, cursor string, limit int) ([]Clash, string, error) {
	m, err := ruled(cal)
	if err != nil {
		return nil, "", err
	}
	last, err := parsePlaced(cursor)
	if err != nil {
		return nil, "", err
	}
	d := e.diary(cal, last)
	var out []Clash
	for {
		group, err := d.group(ctx)
		if err != nil || len(group) == 0 {
			return out, "", err
		}
		begin, _ := group[0].kept()
		for _, c := range m.conflicts(group, d.now) {
			here := placed{begin.Unix(), c.Start.Unix(), c.Appointment}
			if !here.after(last) {
				continue
			}
			if len(out) == limit {
				return out, last.String(), nil
			}
			out, last = append(out, c), here
		}
	}
}

// ruled compiles a calendar that may not be the stored one.
func ruled(cal *Calendar) (member, error) {
	c, err := calendars.Compile(cal.Calendar)
	if err != nil {
		return member{}, &Error{Code: CodeInternal, Op: "conflicts", Message: "calendar " + string(cal.ID) + " cannot be read", Cause: err}
	}
	return member{cal: cal, compiled: c}, nil
}

// conflicts are those of a group of appointments that share time with nobody else, by start.
func (m member) conflicts(group []*Appointment, now time.Time) []Clash {
	var out []Clash
	add := func(a *Appointment, why calendars.Reason) {
		out = append(out, Clash{a.ID, a.Service, a.Start, a.End, why})
	}
	// Ids sort by the moment of booking: first come, first served.
	group = slices.SortedFunc(slices.Values(group), func(a, b *Appointment) int { return cmp.Compare(a.ID, b.ID) })
	var stay []*Appointment
	for _, a := range group {
		place, why := m.allows(a, now)
		if a.Forced != "" { // staff put it there against the rules, and it takes nobody's room
			if why != "" {
				add(a, why)
			}
			continue
		}
		if why == "" && m.crowded(a, place, stay) {
			if why = calendars.Taken; place.Seats > 0 {
				why = calendars.Full
			}
		}
		if why != "" {
			add(a, why)
			continue
		}
		stay = append(stay, a)
	}
	slices.SortFunc(out, func(a, b Clash) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Appointment, b.Appointment))
	})
	return out
}

// allows asks the calendar's rules for the appointment as it was booked, whatever its service has
// become since: "" and where it is, or why not. Notice and horizon bound bookings, not what is booked.
func (m member) allows(a *Appointment, now time.Time) (calendars.Place, calendars.Reason) {
	if a.Forced != "" { // only what shut the calendar since then is news
		p := calendars.Place{Start: a.Start.Unix(), End: a.End.Unix()}
		if why := m.shut(p); why != a.Forced {
			return p, why
		}
		return p, ""
	}
	from, to := a.kept()
	place, err := m.compiled.Place(calendars.Query{
		Service: string(a.Service), Location: a.Location, Duration: a.End.Sub(a.Start),
		Before: a.Start.Sub(from), After: to.Sub(a.End), Now: now,
	}, a.Start, nil)
	switch {
	case err != nil:
		return place, reasonOf(err)
	case place.End != a.End.Unix(): // of a session that ends at another time now
		return place, calendars.NoWindow
	}
	return place, ""
}

// crowded tells whether there is no room for one more beside the others.
func (m member) crowded(a *Appointment, place calendars.Place, others []*Appointment) bool {
	from, to := a.kept()
	var beside []*Appointment
	for _, o := range others {
		if start, end := o.kept(); start.Before(to) && end.After(from) {
			beside = append(beside, o)
		}
	}
	room := m.compiled.Capacity()
	if place.Seats > 0 {
		return len(beside) >= place.Seats
	}
	if len(beside) < room {
		return false
	}
	for _, o := range beside { // the most at once are there when one of them begins
		moment, _ := o.kept()
		if moment.Before(from) {
			moment = from
		}
		at := 0
		for _, p := range beside {
			if start, end := p.kept(); !start.After(moment) && end.After(moment) {
				at++
			}
		}
		if at >= room {
			return true
		}
	}
	return false
}

// kept is the time of its calendar that the appointment holds, buffers included.
func (a *Appointment) kept() (start, end time.Time) {
	if len(a.Held) == 0 {
		return a.Start, a.End
	}
	return a.Held[0].Start, a.Held[0].End
}

// against is what the calendar has against an appointment that staff force into it: a closure or a
// holiday says more than that there is no window.
func (m member) against(why calendars.Reason, p calendars.Place) calendars.Reason {
	if why != calendars.NoWindow {
		return why
	}
	return cmp.Or(m.shut(p), why)
}

// shut is the closure or holiday that covers some of a time, whether or not there are windows.
func (m member) shut(p calendars.Place) calendars.Reason {
	open := m.cal.Calendar
	open.Windows = []calendars.Window{{FirstDay: "1970-01-01", Start: "00:00", End: "24:00", RRule: "FREQ=DAILY"}}
	c, err := calendars.Compile(open)
	if err != nil { // it was compiled with its own windows
		return ""
	}
	start := time.Unix(p.Start, 0)
	_, err = c.Place(calendars.Query{Duration: time.Unix(p.End, 0).Sub(start), Now: start}, start, nil)
	return reasonOf(err)
}
