package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"relance/calendars"
)

// MaxExplained is the longest span that Explain looks at.
const MaxExplained = 31 * 24 * time.Hour

// Explained says what became of the starts of a service over a span of time.
type Explained struct {
	From, To time.Time
	// BookableFrom and BookableTo are what notice and horizon leave, now.
	BookableFrom, BookableTo time.Time
	Starts                   int // free ones, over the whole pool
	// Reasons are those above the calendars: past, notice, horizon, no_calendars. All is well without.
	Reasons   []Because
	Calendars []ExplainedCalendar // of the service's pool, in its order
	Next      *Availability       // without Starts: the first there is
}

// Because is a reason that concerns more than one start.
type Because struct {
	Code    string // stable
	Message string // for staff: what happened and what to do
}

// ExplainedCalendar is one calendar's part.
type ExplainedCalendar struct {
	Calendar CalendarID
	Name     string
	Zone     string
	Starts   int
	// Reasons concern the calendar as a whole: unknown_calendar, no_windows, other_services, other_places.
	Reasons []Because
	Days    []calendars.Explanation // each local day of the span; none when the calendar is unknown
}

// Explain says for each calendar and day how many starts a service has in [from, to] and why others
// are missing. CodeInvalid when the span is backwards or longer than MaxExplained, CodeNotFound when
// there is no such service.
func (e *Engine) Explain(ctx context.Context, org OrganisationID, id ServiceID, from, to time.Time) (*Explained, error) {
	if span := to.Sub(from); span < 0 || span > MaxExplained {
		return nil, invalid("explain", []Field{{Pointer: "/to", Code: "out_of_range", Message: "must be after from, by 31 days at most"}})
	}
	_, s, err := e.policies(ctx, org, id)
	if err != nil {
		return nil, err
	}
	members, err := e.pool(ctx, s)
	if err != nil {
		return nil, err
	}
	now := e.Clock.Now()
	q := s.query(now, from, to)
	busy, err := e.busy(ctx, s, members, from.AddDate(0, 0, -7), to.AddDate(0, 0, 7)) // whole weeks: some limits are theirs
	if err != nil {
		return nil, err
	}
	out := &Explained{From: from, To: to, BookableFrom: now.Add(q.Notice), BookableTo: now.Add(q.Horizon), Reasons: s.because(from, to, now)}
	lists := make([][]int64, len(members))
	for i, m := range members {
		q.Blocked = m.blocked
		lists[i] = m.compiled.Starts(q, busy[i])
		out.Calendars = append(out.Calendars, ExplainedCalendar{
			Calendar: m.cal.ID, Name: m.cal.Name, Zone: m.cal.Zone, Starts: len(lists[i]),
			Reasons: s.lacks(m.cal), Days: m.compiled.Explain(q, busy[i]),
		})
	}
	out.addUnknown(s)
	if out.Starts = len(calendars.Union(lists)); out.Starts == 0 {
		out.Next, err = e.next(ctx, s, from)
	}
	return out, err
}

// addUnknown lists what the service names and nobody saved, and keeps the service's order.
func (x *Explained) addUnknown(s *Service) {
	for i, id := range s.Calendars {
		if i < len(x.Calendars) && x.Calendars[i].Calendar == id {
			continue
		}
		x.Calendars = slices.Insert(x.Calendars, i, ExplainedCalendar{Calendar: id, Reasons: []Because{
			{"unknown_calendar", "the service names this calendar, and there is none of this id: save it, or take it out of the service"},
		}})
	}
}

// because gives the reasons above the calendars for which the span has few starts or none.
func (s *Service) because(from, to, now time.Time) []Because {
	var out []Because
	add := func(code, format string, args ...any) { out = append(out, Because{code, fmt.Sprintf(format, args...)}) }
	notice := time.Duration(*s.NoticeHours) * time.Hour
	all := func(whole bool) string {
		if whole {
			return "all of the span"
		}
		return "a part of the span"
	}
	if len(s.Calendars) == 0 {
		add("no_calendars", "the service draws from no calendar: name at least one")
	}
	switch soonest := now.Add(notice); {
	case to.Before(now):
		add(string(calendars.Past), "%s is past", all(true))
	case from.Before(soonest):
		add(string(calendars.Notice), "%s is within the service's notice of %d hours (notice_hours)", all(to.Before(soonest)), *s.NoticeHours)
	}
	if last := now.Add(s.horizon()); to.After(last) {
		add(string(calendars.Horizon), "%s is beyond the service's horizon of %d days (horizon_days)", all(from.After(last)), s.HorizonDays)
	}
	return out
}

// lacks gives the reasons for which a calendar has nothing for the service on any day.
func (s *Service) lacks(cal *Calendar) []Because {
	if len(cal.Windows) == 0 {
		return []Because{{"no_windows", "the calendar has no window: nothing ever opens it"}}
	}
	service, place := false, false
	for _, w := range cal.Windows {
		serves := len(w.Services) == 0 || slices.Contains(w.Services, string(s.ID))
		service = service || serves
		place = place || serves && (s.Location == "" || w.Location == s.Location)
	}
	switch {
	case !service:
		return []Because{{"other_services", "every window of the calendar is for other services: add this one to a window"}}
	case !place:
		return []Because{{"other_places", "no window of the calendar for this service is at the service's location"}}
	}
	return nil
}
