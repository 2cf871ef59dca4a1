package main

import (
	"net"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"relance/api"
	"relance/api/feeds"
	"relance/api/hooks"
	"relance/api/pages"
)

// publicHandler is everything the world may reach: /v1 for integrators, /r for
// beneficiaries, /hooks for providers, /ics for agents' agendas.
func (p *process) publicHandler(s surroundings, registry prometheus.Registerer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", api.V1(p.engine, api.Options{
		AdminKey: api.HashKey(string(p.cfg.AdminKey)), BaseURL: p.cfg.PublicURL, Version: version(),
		Log: s.log, Clock: s.clock, Idempotency: p.store, Metrics: registry,
		Limits: api.Limits{Requests: p.cfg.Limits.Requests},
	}))
	mux.Handle("/hooks/", hooks.Handler(p.carriers.hooks(), p.engine, hooks.Options{Log: s.log}))
	mux.Handle("/ics/", feeds.Handler(p.engine, s.log))
	beneficiaries := pages.Handler(p.engine, pages.Options{
		BaseURL: p.cfg.PublicURL, Phone: p.cfg.Pages.DeadLinkPhone, Now: s.clock.Now, Log: s.log,
		ClientIP: clientIP(p.cfg.HTTP.TrustedProxies),
	})
	mux.Handle("/", beneficiaries)
	return mux
}

// opsHandler is everything operators may reach.
func (p *process) opsHandler(s surroundings, registry prometheus.Gatherer) http.Handler {
	outbox := p.carriers.shown(p.engine)
	ops := api.Ops(api.OpsOptions{
		Ready: p.ready(), Metrics: registry, Dead: p.engine, Queues: p.engine, Providers: lanes{p.board}, Outbox: outbox, Log: s.log,
	})
	if outbox == nil {
		return ops
	}
	mux := http.NewServeMux()
	mux.Handle("/", ops)
	mux.Handle("GET /outbox.json", outbox) // beside the page, for programs
	return mux
}

// clientIP finds whom a request comes from, behind so many proxies of ours: each adds to
// the end of X-Forwarded-For the address it was asked from. What stands before was
// written by whoever asked, and is not believed.
func clientIP(proxies int) func(*http.Request) string {
	return func(r *http.Request) string {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		if proxies == 0 {
			return host
		}
		said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if len(said) < proxies {
			return host // nobody of ours wrote it
		}
		if ip := net.ParseIP(strings.TrimSpace(said[len(said)-proxies])); ip != nil {
			return ip.String()
		}
		return host
	}
}
