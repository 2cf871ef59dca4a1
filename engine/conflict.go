package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"relance/calendars"
)

// Conflict is a coming appointment that its calendar does not allow any more: since it was booked a
// window, a closure, a holiday, the capacity or the seats changed.
type Conflict struct {
	Appointment AppointmentID
	Service     ServiceID
	Start, End  time.Time
	Why         calendars.Reason // no_window, holiday, closed; taken and full: more people than there is room for
}

// Conflicts pages through the appointments of a calendar that it does not allow any more, by start.
// Bookings are guarded by the calendar's version, so after it was saved no new one comes to light.
// Where there is room for some of those who share the time, they are in conflict who booked last.
// CodeNotFound; CodeInvalid for a cursor that was not given out.
func (e *Engine) Conflicts(ctx context.Context, org OrganisationID, id CalendarID, cursor string, limit int) ([]Conflict, string, error) {
	cal, err := e.Calendar(ctx, org, id)
	if err != nil {
		return nil, "", err
	}
	return e.conflicts(ctx, cal, cursor, limit)
}

// WouldConflict is Conflicts as if the calendar were saved as given.
func (e *Engine) WouldConflict(ctx context.Context, org OrganisationID, cal Calendar, cursor string, limit int) ([]Conflict, string, error) {
	if err := invalid("conflicts", calendarFields(cal)); err != nil {
		return nil, "", err
	}
	cal.Organisation = org
	return e.conflicts(ctx, &cal, cursor, limit)
}

func (e *Engine) conflicts(ctx context.Context, cal *Calendar, cursor string, limit int) ([]Conflict, string, error) {
	m, err := rulesOf(cal)
	if err != nil {
		return nil, "", err
	}
	last, err := parsePlaced(cursor)
	if err != nil {
		return nil, "", err
	}
	d := &diary{e: e, m: m, now: e.Clock.Now()}
	if last.id != "" {
		d.cursor = e.Lister.From(last.group)
	}
	var out []Conflict
	for {
		group, err := d.group(ctx)
		if err != nil || len(group) == 0 {
			return out, "", err
		}
		begin := group[0].Held.Start.Unix()
		for _, c := range m.conflicts(group, d.now) {
			here := placed{group: begin, start: c.Start.Unix(), id: c.Appointment}
			if last.id != "" && begin == last.group && !here.after(last) {
				continue
			}
			if len(out) == limit {
				end := out[limit-1]
				return out, placed{group: d.before(begin, end), start: end.Start.Unix(), id: end.Appointment}.String(), nil
			}
			out = append(out, c)
		}
	}
}
