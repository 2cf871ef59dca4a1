package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// server is /v1: what its routes share.
type server struct {
	o       Options
	verbs   verbs
	receive receiver
	limiter *limiter
	mux     *http.ServeMux
}

// Handle registers a route of huma's: the server is its adapter. Who may call it is read
// from the operation's security, which the OpenAPI document shows too.
func (s *server) Handle(op *huma.Operation, h func(huma.Context)) {
	next := func(w http.ResponseWriter, r *http.Request) { h(humago.NewContext(op, r, w)) }
	if op.Method == http.MethodPost {
		next = s.idempotent(next)
	}
	s.route(op.Method, op.Path, accessOf(op), next)
}

func accessOf(op *huma.Operation) access {
	for _, schemes := range op.Security {
		for scheme := range schemes {
			return access(scheme)
		}
	}
	return open
}

// route registers a handler behind the checks that every route has: who asks, and how often.
func (s *server) route(method, path string, need access, h http.HandlerFunc) {
	h = s.authenticated(need, s.limited(h))
	s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		traceOf(r.Context()).route = path
		h(w, r)
	})
}

// ServeHTTP answers everything under /v1.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	routed(s.mux, w, r)
}

// routed finds the route; what has none is a problem too, not the mux's plain text.
func routed(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	h, pattern := mux.Handler(r)
	if pattern != "" {
		mux.ServeHTTP(w, r) // again, because only this sets the path values
		return
	}
	rec := &recorder{header: http.Header{}}
	h.ServeHTTP(rec, r)
	if allow := rec.header.Get("Allow"); rec.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		newProblem(codeMethod, "This address takes %s.", allow).write(w, r)
		return
	}
	newProblem(codeNoRoute, "").write(w, r)
}

// secure sets the headers of every answer: nothing here is a page, nor to be kept.
func secure(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	h.Set("X-Content-Type-Options", "nosniff")
}
