package agendas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"relance/engine"
)

const (
	defaultTimeout = 10 * time.Second
	defaultBytes   = 5 << 20
	maxRedirects   = 5
)

// Options of a Reader; zero fields mean the defaults.
type Options struct {
	// Private lets addresses of this machine and of private networks be read: for agendas kept on
	// an intranet.
	Private bool
	Timeout time.Duration // of one fetch, redirects included; default 10 s
	Bytes   int64         // largest file, uncompressed; default 5 MiB
	// Agent is the User-Agent; default "Relance".
	Agent string
	// Registry, optional, takes the metrics.
	Registry prometheus.Registerer
}

// Reader fetches agendas. Safe for concurrent use.
type Reader struct {
	o       Options
	client  *http.Client
	imports *prometheus.CounterVec
	seconds prometheus.Histogram
}

var _ engine.Agendas = (*Reader)(nil)

// New makes a Reader; an error means that its metrics are registered already.
func New(o Options) (*Reader, error) {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Bytes == 0 {
		o.Bytes = defaultBytes
	}
	if o.Agent == "" {
		o.Agent = "Relance"
	}
	r := &Reader{
		o: o,
		imports: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "relance", Name: "agenda_imports_total",
			Help: "Readings of agents' agendas, by outcome: changed, unchanged, or why it failed."}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "relance", Name: "agenda_fetch_seconds",
			Help: "How long it took to fetch an agenda, failures included.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10}}),
	}
	r.client = &http.Client{Transport: transport(o), CheckRedirect: redirected, Timeout: o.Timeout}
	if o.Registry == nil {
		return r, nil
	}
	return r, errors.Join(o.Registry.Register(r.imports), o.Registry.Register(r.seconds))
}

// transport dials nobody it must not, whatever a name resolves to and wherever a redirect leads.
func transport(o Options) *http.Transport {
	dialer := &net.Dialer{Timeout: o.Timeout}
	if !o.Private {
		dialer.Control = onlyPublic
	}
	return &http.Transport{
		Proxy:                  nil, // a proxy would be asked to reach what we may not
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    o.Timeout,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    4, // many agents are with the same provider
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
}

// Note counts how a reading went; it is the engine's Imported hook.
func (r *Reader) Note(outcome string) { r.imports.WithLabelValues(outcome).Inc() }

// Read fetches what an address publishes, unless known still describes it.
func (r *Reader) Read(ctx context.Context, address string, known engine.Validators) (engine.Published, error) {
	req, err := request(ctx, address, known, r.o.Agent)
	if err != nil {
		return engine.Published{}, err
	}
	began := time.Now()
	got, err := r.fetch(req)
	r.seconds.Observe(time.Since(began).Seconds())
	if ctx.Err() != nil {
		return got, ctx.Err()
	}
	return got, err
}

// request asks for the file. webcal is what agendas write for "subscribe to this"; it says nothing of
// how to fetch, and a private address travels under TLS.
func request(ctx context.Context, address string, known engine.Validators, agent string) (*http.Request, error) {
	u, err := url.Parse(address)
	if err == nil && strings.HasPrefix(u.Scheme, "webcal") {
		u.Scheme = "https"
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &engine.AgendaError{Reason: "address", Message: "this is not an address of the web: give one that begins with https"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &engine.AgendaError{Reason: "address", Message: "this address cannot be asked: copy it again from the agenda"}
	}
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept", "text/calendar, */*;q=0.1")
	if known.ETag != "" {
		req.Header.Set("If-None-Match", known.ETag)
	}
	if known.LastModified != "" {
		req.Header.Set("If-Modified-Since", known.LastModified)
	}
	return req, nil
}

// redirected follows a few redirects, to the web only, and never from TLS to none. The address
// that led there stays secret.
func redirected(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer")
	switch {
	case len(via) > maxRedirects:
		return &engine.AgendaError{Reason: "redirects", Message: fmt.Sprintf("the address leads on more than %d times: copy it again from the agenda", maxRedirects)}
	case req.URL.Scheme != "https" && (req.URL.Scheme != "http" || via[len(via)-1].URL.Scheme == "https"):
		return &engine.AgendaError{Reason: "redirects", Message: "the address leads to one that is not protected: copy it again from the agenda"}
	}
	return nil
}

// fetch gets the answer and reads it whole.
func (r *Reader) fetch(req *http.Request) (engine.Published, error) {
	res, err := r.client.Do(req)
	if err != nil {
		return engine.Published{}, unreachable(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotModified && (req.Header.Get("If-None-Match") != "" || req.Header.Get("If-Modified-Since") != "") {
		return engine.Published{Unchanged: true}, nil
	}
	if res.StatusCode != http.StatusOK {
		return engine.Published{}, refused(res)
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind == "text/html" {
		return engine.Published{}, &engine.AgendaError{Reason: "not_a_calendar",
			Message: "the address answers with a web page: use the agenda's address in iCal format (.ics), the one that needs no login"}
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, r.o.Bytes+1))
	switch {
	case err != nil:
		return engine.Published{}, unreachable(err)
	case int64(len(text)) > r.o.Bytes:
		return engine.Published{}, &engine.AgendaError{Reason: "too_large",
			Message: fmt.Sprintf("the agenda is larger than %d MiB: publish one with less of the past in it", r.o.Bytes>>20)}
	}
	return engine.Published{File: text, Validators: validators(res.Header)}, nil
}

// validators are those worth keeping: nobody needs long ones.
func validators(h http.Header) engine.Validators {
	short := func(s string) string {
		if len(s) > 200 {
			return ""
		}
		return s
	}
	return engine.Validators{ETag: short(h.Get("ETag")), LastModified: short(h.Get("Last-Modified"))}
}

// refused says what a status means for whoever gave the address.
func refused(res *http.Response) *engine.AgendaError {
	why := &engine.AgendaError{Reason: "status", Message: "the agenda's server answers with status " + strconv.Itoa(res.StatusCode)}
	switch res.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		why.Reason, why.Message = "not_found", "there is nothing at this address any more: copy it again from the agenda"
	case http.StatusUnauthorized, http.StatusForbidden:
		why.Reason, why.Message = "forbidden", "the agenda's server does not let us in: the agenda must be published at an address that needs no login"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		why.Reason, why.Message = "busy", "the agenda's server asks to be left alone for now; it is asked again later"
		if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
			why.After = time.Duration(min(seconds, 86400)) * time.Second
		}
	}
	return why
}

// unreachable says why there was no answer. The client's errors hold the address: they are not kept.
func unreachable(err error) *engine.AgendaError {
	var ours *engine.AgendaError
	var name *net.DNSError
	var slow net.Error
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &slow) && slow.Timeout():
		return &engine.AgendaError{Reason: "timeout", Message: "the agenda's server did not answer in time; it is asked again later"}
	case errors.As(err, &name):
		return &engine.AgendaError{Reason: "unreachable", Message: "there is no server of this name: look at the address"}
	}
	return &engine.AgendaError{Reason: "unreachable", Message: "the agenda's server cannot be reached, or has no valid certificate"}
}
