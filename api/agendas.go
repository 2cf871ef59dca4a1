package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Feed is where a calendar can be subscribed to.
type Feed struct {
	URL string `json:"url" doc:"For the agent's Outlook, Google or Apple agenda (subscribe to a calendar by its address). Whoever has it reads the feed: keep it like a password"`
}

// Agenda is how reading an agent's own agenda goes.
type Agenda struct {
	ReadAt    *time.Time     `json:"read_at,omitempty" doc:"When the copy that holds now was read; absent: never yet"`
	CheckedAt *time.Time     `json:"checked_at,omitempty" doc:"When the address last answered well"`
	Busy      int            `json:"busy" doc:"How many stretches of time the copy holds"`
	Skipped   int            `json:"skipped" doc:"How many of its entries could not be read, or not wholly"`
	Failure   *AgendaFailure `json:"failure,omitempty" doc:"Absent while it can be read. The last good copy holds meanwhile"`
	NextAt    *time.Time     `json:"next_at,omitempty" doc:"When it is read again"`
}

// AgendaFailure is a row of attempts that failed.
type AgendaFailure struct {
	Reason  string    `json:"reason" doc:"Of the last one, stable: not_found, forbidden, timeout, unreachable, not_allowed, not_a_calendar, too_large, …"`
	Message string    `json:"message" doc:"The same in words, and what to do"`
	Since   time.Time `json:"since" doc:"The first of the row"`
	At      time.Time `json:"at" doc:"The last of the row"`
	Count   int       `json:"count" doc:"How many in a row"`
}

func agendaOf(a *engine.Agenda) Agenda {
	out := Agenda{ReadAt: a.ReadAt, CheckedAt: a.CheckedAt, Busy: len(a.Busy), Skipped: a.Skipped}
	if a.Failure != nil {
		f := AgendaFailure(*a.Failure)
		out.Failure = &f
	}
	if a.Next != nil {
		out.NextAt = &a.Next.At
	}
	return out
}

// agendas are the routes between a calendar and the agent's own agenda, both ways.
type agendas struct {
	*server
	verbs agendaVerbs
}

func (h agendas) register(a huma.API) {
	at := calendarsPath + "/{calendar}"
	huma.Register(a, operation("get-feed", http.MethodGet, at+"/feed", forOrganisation, "Read the address of a calendar's feed",
		"An iCalendar file of its appointments from 30 days ago on, for the agent's own agenda to subscribe to. It names nobody unless the organisation's feed_names says so."), h.feed)
	huma.Register(a, operation("rotate-feed", http.MethodPost, at+"/feed/rotate", forOrganisation, "Give a calendar's feed another address",
		"The one before opens nothing from then on."), h.rotate)
	huma.Register(a, operation("get-agenda", http.MethodGet, at+"/agenda", forOrganisation, "Tell how reading the agent's agenda goes",
		"Of a calendar with a busy_url. It is read about every 15 minutes; calendar.import_failed and calendar.import_restored tell of it among the events."), h.get)
}

func (h agendas) feed(ctx context.Context, in *AtCalendar) (*one[Feed], error) {
	url, err := h.verbs.FeedURL(ctx, orgOf(ctx), in.Calendar)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Feed]{Feed{url}}, nil
}

func (h agendas) rotate(ctx context.Context, in *AtCalendar) (*one[Feed], error) {
	url, err := h.verbs.RotateFeed(ctx, orgOf(ctx), in.Calendar)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Feed]{Feed{url}}, nil
}

func (h agendas) get(ctx context.Context, in *AtCalendar) (*one[Agenda], error) {
	a, err := h.verbs.Agenda(ctx, orgOf(ctx), in.Calendar)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Agenda]{agendaOf(a)}, nil
}
