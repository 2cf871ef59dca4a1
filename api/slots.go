package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

type slotRoutes struct {
	*server
	verbs slotVerbs
}

const slotsPath = "/v1/slots"

const aboutSlots = "The union over the service's calendars, by start. A page ends where the limit cut it; the link goes on after its last slot. " +
	"near gives the free slots closest to a moment instead, spread the best to show a person. When nothing is free, next_available is the first slot there is."

func (h slotRoutes) register(a huma.API) {
	huma.Register(a, operation("list-slots", http.MethodGet, slotsPath, forOrganisation, "List free slots", aboutSlots), h.slots)
	huma.Register(a, operation("list-service-slots", http.MethodGet, servicesPath+"/{service}/slots", forOrganisation, "List free slots of a service",
		"The same as "+slotsPath+". "+aboutSlots), h.ofService)
	huma.Register(a, operation("explain-slots", http.MethodGet, slotsPath+"/explain", forOrganisation, "Say why slots are missing",
		"For each calendar and day of the span: how many starts are free, which are missing, and why, in codes and words."), h.explain)
}

// slotsAhead is how far slots are looked for when the caller does not say; a service's
// horizon is usually nearer.
const (
	slotsAhead    = 60 * 24 * time.Hour
	slotsMost     = 366 * 24 * time.Hour
	slotsExplains = 7 * 24 * time.Hour
	slotsLimit    = 50
	slotsNear     = 3
	slotsSpread   = 10
)

// SlotSearch is what can be asked of free slots.
type SlotSearch struct {
	From   time.Time `query:"from" doc:"First start, RFC 3339 with offset; default now"`
	To     time.Time `query:"to" doc:"Last start, RFC 3339 with offset; default 60 days after from, at most 366"`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" doc:"How many at most; default 50, 3 with near, 10 with spread"`
	Near   time.Time `query:"near" doc:"The free slots closest to this moment, by start; not with from, to or spread"`
	Spread bool      `query:"spread" doc:"The best to show a person: the soonest, and others over days and halves of days; not with to"`
}

// SlotPage is a part of the free slots.
type SlotPage struct {
	Items []Slot        `json:"items" nullable:"false"`
	Next  *Availability `json:"next_available,omitempty" doc:"When there are no items: the first slot from the span's beginning on, beyond the service's horizon too"`
}

// Availability is the first slot there is.
type Availability struct {
	Slot
	BookableFrom *time.Time `json:"bookable_from,omitempty" doc:"When it can be booked; absent when it can be already"`
}

func availabilityOf(a *engine.Availability) *Availability {
	if a == nil {
		return nil
	}
	out := &Availability{Slot: Slot(a.Slot)}
	if !a.BookableFrom.IsZero() {
		out.BookableFrom = &a.BookableFrom
	}
	return out
}

type slotsOut struct {
	Link string `header:"Link" doc:"The next page, rel=next; absent on the last one"`
	Body SlotPage
}

type slotsIn struct {
	Service engine.ServiceID `query:"service" required:"true" maxLength:"64" doc:"The service's id"`
	SlotSearch
}

func (h slotRoutes) slots(ctx context.Context, in *slotsIn) (*slotsOut, error) {
	return h.search(ctx, in.Service, in.SlotSearch, slotsPath, url.Values{"service": {string(in.Service)}})
}

func (h slotRoutes) ofService(ctx context.Context, in *struct {
	AtService
	SlotSearch
}) (*slotsOut, error) {
	return h.search(ctx, in.Service, in.SlotSearch, servicesPath+"/"+url.PathEscape(string(in.Service))+"/slots", url.Values{})
}

// search answers one of the three questions; path and query lead back here.
func (h slotRoutes) search(ctx context.Context, service engine.ServiceID, ask SlotSearch, path string, query url.Values) (*slotsOut, error) {
	if err := ask.complete(h.o.Clock.Now()); err != nil {
		return nil, err
	}
	found, more, err := h.find(ctx, service, ask)
	if err != nil {
		return nil, problemOf(err)
	}
	out := &slotsOut{Body: SlotPage{Items: slotsOf(found)}}
	if len(found) == 0 {
		next, err := h.verbs.Next(ctx, orgOf(ctx), service, ask.From)
		if err != nil {
			return nil, problemOf(err)
		}
		out.Body.Next = availabilityOf(next)
	}
	if more {
		query.Set("from", found[len(found)-1].Start.Add(time.Second).Format(time.RFC3339))
		query.Set("limit", strconv.Itoa(ask.Limit))
		if ask.Spread {
			query.Set("spread", "true")
		} else {
			query.Set("to", ask.To.Format(time.RFC3339))
		}
		out.Link = h.next(path, query)
	}
	return out, nil
}

func (h slotRoutes) find(ctx context.Context, service engine.ServiceID, ask SlotSearch) (found []engine.Slot, more bool, err error) {
	switch org := orgOf(ctx); {
	case !ask.Near.IsZero():
		found, err = h.verbs.Nearest(ctx, org, service, ask.Near, ask.Limit)
	case ask.Spread:
		return h.verbs.Best(ctx, org, service, ask.From.Add(-time.Second), ask.Limit)
	default:
		found, err = h.verbs.Slots(ctx, org, service, ask.From, ask.To, ask.Limit)
		more = len(found) == ask.Limit
	}
	return found, more, err
}

// complete checks what was asked and fills in the rest.
func (ask *SlotSearch) complete(now time.Time) error {
	var faults []Fault
	refuse := func(parameter, code, detail string) {
		faults = append(faults, Fault{Parameter: parameter, Code: code, Detail: detail})
	}
	if !ask.Near.IsZero() && (!ask.From.IsZero() || !ask.To.IsZero() || ask.Spread) {
		refuse("near", "contradicts", "goes with limit only: leave from, to and spread out")
	}
	if ask.Spread && !ask.To.IsZero() {
		refuse("to", "contradicts", "does not go with spread, which looks as far as the service's horizon")
	}
	if ask.From.IsZero() {
		ask.From = now
	}
	if ask.To.IsZero() {
		ask.To = ask.From.Add(slotsAhead)
	}
	if span := ask.To.Sub(ask.From); span < 0 || span > slotsMost {
		refuse("to", "out_of_range", "must be after from, by 366 days at most")
	}
	switch {
	case !ask.Near.IsZero():
		ask.Limit = cmp.Or(ask.Limit, slotsNear)
	case ask.Spread:
		ask.Limit = cmp.Or(ask.Limit, slotsSpread)
	}
	ask.Limit = cmp.Or(ask.Limit, slotsLimit)
	return spanProblem(faults)
}

func spanProblem(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	p := newProblem(engine.CodeInvalid, "What is asked of the slots is wrong.")
	p.Errors = faults
	return p
}
