package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
	"relance/engine/intake"
)

// V1 serves /v1: its routes, its OpenAPI 3.1 document at /v1/openapi.json and .yaml, and
// a page made of it at /v1/docs.
func V1(e *engine.Engine, o Options) http.Handler {
	return newV1(e, func(ctx context.Context, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID, body io.Reader, f intake.Format) (*engine.Batch, error) {
		return intake.Receive(ctx, e, org, service, id, body, f)
	}, o)
}

func newV1(v verbs, receive receiver, o Options) http.Handler {
	o = o.withDefaults()
	s := &server{
		o: o, verbs: v, receive: receive,
		limiter: newLimiter(o.Limits, o.Now),
		mux:     http.NewServeMux(),
	}
	a := huma.NewAPI(s.config(), s)
	organisations{s, v}.register(a)
	keys{s, v}.register(a)
	services{s, v}.register(a)
	textRoutes{s, v}.register(a)
	earlier{s, v}.register(a)
	slotRoutes{s, v}.register(a)
	calendarRoutes{s, v}.register(a)
	agendas{s, v}.register(a)
	batches{s, v}.register(a)
	invitations{s, v}.register(a)
	appointments{s, v}.register(a)
	messages{s, v}.register(a)
	recipients{s, v}.register(a)
	events{s, v}.register(a)
	actions{s, v}.register(a)
	calls{s, v}.register(a)
	replies{s, v}.register(a)
	figures{s, v}.register(a)
	s.describe(a)
	return traced(o, newMeter(o.Metrics), s)
}
