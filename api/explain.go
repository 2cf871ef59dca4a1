package api

import (
	"context"
	"time"

	"relance/calendars"
	"relance/engine"
)

// SlotExplanation says what became of the starts of a service over a span of time.
type SlotExplanation struct {
	Service      engine.ServiceID   `json:"service"`
	From         time.Time          `json:"from"`
	To           time.Time          `json:"to"`
	BookableFrom time.Time          `json:"bookable_from" doc:"What the service's notice leaves: nothing sooner can be booked now"`
	BookableTo   time.Time          `json:"bookable_to" doc:"What the service's horizon leaves: nothing later can be booked now"`
	Starts       int                `json:"starts" doc:"Free starts over all of its calendars; one that several have counts once"`
	Reasons      []SlotReason       `json:"reasons" nullable:"false" doc:"Above the calendars: past, notice, horizon, no_calendars"`
	Calendars    []CalendarExplains `json:"calendars" nullable:"false" doc:"In the service's order"`
	Next         *Availability      `json:"next_available,omitempty" doc:"When nothing is free: the first slot from the span's beginning on, beyond the service's horizon too"`
}

// SlotReason is a reason that concerns more than one start.
type SlotReason struct {
	Code    string `json:"code" doc:"Stable name"`
	Message string `json:"message" doc:"What happened and what to do"`
}

// CalendarExplains is one calendar's part.
type CalendarExplains struct {
	Calendar engine.CalendarID `json:"calendar"`
	Name     string            `json:"name,omitempty"`
	Zone     string            `json:"zone,omitempty" doc:"Of its days"`
	Starts   int               `json:"starts"`
	Reasons  []SlotReason      `json:"reasons,omitempty" doc:"Of the calendar as a whole: unknown_calendar, no_windows, other_services, other_places"`
	Days     []DayExplains     `json:"days" nullable:"false" doc:"Each day of the span, in the calendar's zone"`
}

// DayExplains is one day of a calendar.
type DayExplains struct {
	Date   calendars.Date `json:"date"`
	Starts int            `json:"starts" doc:"Free ones"`
	Why    []DayReason    `json:"why,omitempty" doc:"Why others are missing"`
}

// DayReason is one reason for missing starts.
type DayReason struct {
	Reason  calendars.Reason `json:"reason" doc:"past, notice, horizon, no_window, holiday, closed, busy_elsewhere, taken, full, full_day, full_week or moved"`
	Message string           `json:"message"`
	Starts  []time.Time      `json:"starts,omitempty" doc:"Those that are missing; absent when no window opens that day"`
}

type explainIn struct {
	Service engine.ServiceID `query:"service" required:"true" maxLength:"64" doc:"The service's id"`
	From    time.Time        `query:"from" doc:"First start, RFC 3339 with offset; default now"`
	To      time.Time        `query:"to" doc:"Last start, RFC 3339 with offset; default 7 days after from, at most 31"`
}

func (h slotRoutes) explain(ctx context.Context, in *explainIn) (*one[SlotExplanation], error) {
	from, to := in.From, in.To
	if from.IsZero() {
		from = h.o.Clock.Now()
	}
	if to.IsZero() {
		to = from.Add(slotsExplains)
	}
	if span := to.Sub(from); span < 0 || span > engine.MaxExplained {
		return nil, spanProblem([]Fault{{Parameter: "to", Code: "out_of_range", Detail: "must be after from, by 31 days at most"}})
	}
	x, err := h.verbs.Explain(ctx, orgOf(ctx), in.Service, from, to)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[SlotExplanation]{SlotExplanation{
		Service: in.Service, From: x.From, To: x.To, BookableFrom: x.BookableFrom, BookableTo: x.BookableTo, Starts: x.Starts,
		Reasons: each(x.Reasons, slotReason), Calendars: each(x.Calendars, calendarExplains), Next: availabilityOf(x.Next),
	}}, nil
}

func slotReason(b engine.Because) SlotReason { return SlotReason(b) }

func calendarExplains(c engine.ExplainedCalendar) CalendarExplains {
	return CalendarExplains{
		Calendar: c.Calendar, Name: c.Name, Zone: c.Zone, Starts: c.Starts,
		Reasons: each(c.Reasons, slotReason), Days: each(c.Days, dayExplains),
	}
}

func dayExplains(e calendars.Explanation) DayExplains {
	return DayExplains{Date: e.Date, Starts: e.Starts, Why: each(e.Whys(), func(w calendars.Why) DayReason {
		return DayReason{Reason: w.Reason, Message: w.Message, Starts: each(w.Starts, func(t int64) time.Time { return time.Unix(t, 0).UTC() })}
	})}
}
