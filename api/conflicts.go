package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/calendars"
	"relance/engine"
)

// Conflict is a coming appointment that its calendar does not allow any more.
type Conflict struct {
	Appointment engine.AppointmentID `json:"appointment"`
	Service     engine.ServiceID     `json:"service"`
	Start       time.Time            `json:"start"`
	End         time.Time            `json:"end"`
	Why         calendars.Reason     `json:"why" doc:"no_window, holiday, closed; taken and full: more people than there is room for, and these booked last"`
}

// SavedCalendar is a calendar as it was saved, and who is booked where it no longer is open.
type SavedCalendar struct {
	Calendar
	Conflicts *Page[Conflict] `json:"conflicts,omitempty" doc:"The first of them, absent when there is none. Nothing was cancelled or moved: see /conflicts and /conflicts/resolve"`
}

// Settlement asks to cancel or move appointments in conflict.
type Settlement struct {
	How          engine.Remedy          `json:"how" enum:"cancel,move" doc:"cancel, or move each to the free slot nearest to its start, on any calendar of its service, from tomorrow on and in time for the notice"`
	Appointments []engine.AppointmentID `json:"appointments,omitempty" minItems:"1" maxItems:"2000" doc:"Only these; default all in conflict"`
}

// Settled answers for one appointment.
type Settled struct {
	Appointment engine.AppointmentID    `json:"appointment"`
	Done        bool                    `json:"done" doc:"It is in no conflict now"`
	Result      engine.Resolution       `json:"result" enum:"cancelled,moved,settled,left" doc:"settled: there was nothing left to do; left: as it was, see why"`
	Why         engine.Code             `json:"why,omitempty" doc:"no_free_slot, or the code of a problem"`
	Detail      string                  `json:"detail,omitempty" doc:"The same in words"`
	State       engine.AppointmentState `json:"state,omitempty"`
	Calendar    engine.CalendarID       `json:"calendar,omitempty" doc:"Where it is now"`
	Start       *time.Time              `json:"start,omitempty" doc:"When it is now"`
}

// Settlements are the answers, in the order of the conflicts.
type Settlements struct {
	Items []Settled `json:"items" nullable:"false"`
	Done  int       `json:"done"`
	Left  int       `json:"left"`
	More  bool      `json:"more,omitempty" doc:"There are others than these 2000: ask again"`
}

// mostSettled is how many appointments one call settles, each in a commit of its own.
const mostSettled = 2000

// conflictsShown is how many conflicts the answer to a save holds.
const conflictsShown = 50

func (h calendarRoutes) registerConflicts(a huma.API) {
	at := calendarsPath + "/{calendar}"
	huma.Register(a, operation("list-conflicts", http.MethodGet, at+"/conflicts", forOrganisation, "List appointments in conflict",
		"Coming appointments that the calendar does not allow any more, since its windows, closures, holidays or capacity changed."), h.conflicts)
	huma.Register(a, operation("resolve-conflicts", http.MethodPost, at+"/conflicts/resolve", forOrganisation, "Cancel or move appointments in conflict",
		"Each on its own, and each person is told. Who cannot be moved is left and listed. It may be repeated: what is in no conflict is not touched."), h.resolve)
	huma.Register(a, operation("add-closure", http.MethodPost, at+"/closures", forOrganisation, "Close a calendar for some time",
		"Adds one closure and answers with the appointments in conflict; nothing is cancelled. A closure that is there already changes nothing."), h.addClosure)
}

// saved answers with a calendar and the conflicts it has now.
func (h calendarRoutes) saved(ctx context.Context, c engine.Calendar) (SavedCalendar, error) {
	all, next, err := h.verbs.Conflicts(ctx, orgOf(ctx), c.ID, "", conflictsShown)
	if err != nil {
		return SavedCalendar{}, problemOf(err)
	}
	out := SavedCalendar{Calendar: calendarOf(&c)}
	if len(all) > 0 {
		out.Conflicts = &Page[Conflict]{Items: conflictsOf(all), Next: next}
	}
	return out, nil
}

func conflictsOf(in []engine.Clash) []Conflict {
	return each(in, func(c engine.Clash) Conflict { return Conflict(c) })
}

func (h calendarRoutes) conflicts(ctx context.Context, in *struct {
	AtCalendar
	Paging
}) (*pageOut[Conflict], error) {
	all, next, err := h.verbs.Conflicts(ctx, orgOf(ctx), in.Calendar, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	path := calendarsPath + "/" + url.PathEscape(string(in.Calendar)) + "/conflicts"
	return pageOf(h.server, path, in.Paging, conflictsOf(all), next), nil
}

// errEnough ends a call that has settled as many as one answer holds.
var errEnough = errors.New("enough")

func (h calendarRoutes) resolve(ctx context.Context, in *struct {
	AtCalendar
	Body Settlement
}) (*one[Settlements], error) {
	out := Settlements{Items: []Settled{}}
	err := h.verbs.Resolve(ctx, engine.ResolveRequest{
		Organisation: orgOf(ctx), Calendar: in.Calendar, How: in.Body.How, Appointments: in.Body.Appointments,
	}, func(r engine.Resolved) error {
		s := settledOf(r)
		if s.Done {
			out.Done++
		} else {
			out.Left++
		}
		if out.Items = append(out.Items, s); len(out.Items) == mostSettled {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		out.More, err = len(in.Body.Appointments) == 0, nil
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Settlements]{out}, nil
}

func settledOf(r engine.Resolved) Settled {
	s := Settled{
		Appointment: r.Appointment, Done: r.Result != engine.ResolvedNot, Result: r.Result, Why: r.Why,
		Detail: r.Message, State: r.State, Calendar: r.Calendar,
	}
	if !r.Start.IsZero() {
		s.Start = &r.Start
	}
	return s
}

func (h calendarRoutes) addClosure(ctx context.Context, in *struct {
	AtCalendar
	Body calendars.Closure
}) (*one[SavedCalendar], error) {
	c, err := h.verbs.AddClosure(ctx, orgOf(ctx), in.Calendar, in.Body)
	if err != nil {
		return nil, problemOf(err)
	}
	out, err := h.saved(ctx, c)
	if err != nil {
		return nil, err
	}
	return &one[SavedCalendar]{out}, nil
}
