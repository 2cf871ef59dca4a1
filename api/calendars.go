package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"relance/calendars"
	"relance/engine"
)

// CalendarSettings are what can be set of a calendar.
type CalendarSettings struct {
	Name           string              `json:"name,omitempty" doc:"For staff"`
	Zone           string              `json:"zone,omitempty" doc:"IANA time zone of its wall clock; default the organisation's"`
	Region         calendars.Region    `json:"region,omitempty" doc:"Whose public holidays close it; default the organisation's"`
	OpenOnHolidays bool                `json:"open_on_holidays,omitempty" doc:"Stay open on the region's holidays"`
	Holidays       []calendars.Date    `json:"holidays,omitempty" doc:"Further dates on which it is closed all day"`
	Capacity       int                 `json:"capacity,omitempty" doc:"How many appointments may overlap; default 1"`
	MaxPerDay      int                 `json:"max_per_day,omitempty" doc:"Most appointments that start on one day; default no limit"`
	MaxPerWeek     int                 `json:"max_per_week,omitempty" doc:"Most appointments that start in one week, Monday to Sunday; default no limit"`
	Windows        []calendars.Window  `json:"windows,omitempty" doc:"When it is open"`
	Closures       []calendars.Closure `json:"closures,omitempty" doc:"When it is not, after all"`
	BusyURL        string              `json:"busy_url,omitempty" doc:"Where the agent's own agenda is published as iCalendar (http, https or webcal): its busy time is not offered. How reading it goes stands at /agenda"`
}

// Calendar is what can be booked: an agent, a desk, a room.
type Calendar struct {
	ID engine.CalendarID `json:"id"`
	CalendarSettings
}

func (in CalendarSettings) calendar(id engine.CalendarID) engine.Calendar {
	return engine.Calendar{Name: in.Name, BusyURL: in.BusyURL, Calendar: calendars.Calendar{
		ID: id, Zone: in.Zone, Region: in.Region, OpenOnHolidays: in.OpenOnHolidays, Holidays: in.Holidays,
		MaxPerDay: in.MaxPerDay, MaxPerWeek: in.MaxPerWeek,
		Capacity: in.Capacity, Windows: in.Windows, Closures: in.Closures,
	}}
}

func calendarOf(c *engine.Calendar) Calendar {
	return Calendar{ID: c.ID, CalendarSettings: CalendarSettings{
		Name: c.Name, Zone: c.Zone, Region: c.Region, OpenOnHolidays: c.OpenOnHolidays, Holidays: c.Holidays,
		MaxPerDay: c.MaxPerDay, MaxPerWeek: c.MaxPerWeek, Capacity: c.Capacity, Windows: c.Windows, Closures: c.Closures, BusyURL: c.BusyURL,
	}}
}

type calendarRoutes struct {
	*server
	verbs calendarVerbs
}

const calendarsPath = "/v1/calendars"

func (h calendarRoutes) register(a huma.API) {
	huma.Register(a, creating("create-calendar", calendarsPath, forOrganisation, "Create a calendar", ""), h.create)
	huma.Register(a, operation("list-calendars", http.MethodGet, calendarsPath, forOrganisation, "List calendars", ""), h.list)
	huma.Register(a, operation("get-calendar", http.MethodGet, calendarsPath+"/{calendar}", forOrganisation, "Read a calendar", ""), h.get)
	huma.Register(a, operation("put-calendar", http.MethodPut, calendarsPath+"/{calendar}", forOrganisation, "Create or replace a calendar",
		"The id may be a name of your own. Booked appointments stay as they are; the answer lists those that are in conflict now."), h.put)
	h.registerConflicts(a)
}

func (h calendarRoutes) create(ctx context.Context, in *struct {
	Creates
	Body CalendarSettings
}) (*created[SavedCalendar], error) {
	c, err := h.verbs.SaveCalendar(ctx, orgOf(ctx), in.Body.calendar(""))
	if err != nil {
		return nil, problemOf(err)
	}
	out, err := h.saved(ctx, c)
	if err != nil {
		return nil, err
	}
	return &created[SavedCalendar]{h.o.BaseURL + calendarsPath + "/" + string(c.ID), out}, nil
}

func (h calendarRoutes) list(ctx context.Context, in *Paging) (*pageOut[Calendar], error) {
	all, next, err := h.verbs.Calendars(ctx, orgOf(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	return pageOf(h.server, calendarsPath, *in, each(all, calendarOf), next), nil
}

// AtCalendar names the calendar in the path.
type AtCalendar struct {
	Calendar engine.CalendarID `path:"calendar" maxLength:"64" doc:"The calendar's id"`
}

func (h calendarRoutes) get(ctx context.Context, in *AtCalendar) (*one[Calendar], error) {
	c, err := h.verbs.Calendar(ctx, orgOf(ctx), in.Calendar)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Calendar]{calendarOf(c)}, nil
}

func (h calendarRoutes) put(ctx context.Context, in *struct {
	AtCalendar
	Body CalendarSettings
}) (*one[SavedCalendar], error) {
	c, err := h.verbs.SaveCalendar(ctx, orgOf(ctx), in.Body.calendar(in.Calendar))
	if err != nil {
		return nil, problemOf(err)
	}
	out, err := h.saved(ctx, c)
	if err != nil {
		return nil, err
	}
	return &one[SavedCalendar]{out}, nil
}
