package api

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"relance/engine"
)

// trace is what is noted about one request while it is answered, for its log line.
type trace struct {
	id    string // random; also X-Request-Id and the problem's instance
	route string // the pattern, never the path: paths and queries may hold tokens
	org   engine.OrganisationID
	code  string // of the problem it was answered with
	cause error
}

type traceKey struct{}

// traceOf is the trace of a request; an empty one outside traced.
func traceOf(ctx context.Context) *trace {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// note keeps the problem for the request's log line and names the request in it.
func (p *Problem) note(r *http.Request) { p.noteIn(r.Context()) }

func (p *Problem) noteIn(ctx context.Context) {
	t := traceOf(ctx)
	t.code, t.cause = p.Code, p.cause
	if t.id != "" {
		p.Instance = "urn:relance:request:" + t.id
	}
}

// Traced is the log, the request ids, the counters and the rescue of /v1 for a handler that
// stands beside it: pages and hooks. Its route is the pattern of the mux that took the request.
func Traced(o Options, next http.Handler) http.Handler {
	o = o.withDefaults()
	return traced(o, newMeter(o.Metrics), next)
}

// traced gives every request an id, answers 500 for a panic, and logs one line: method,
// route pattern, status, duration, organisation. Never the path, the query, a header or a body.
func traced(o Options, m *meter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{id: requestID(o.Random)}
		began := o.Now()
		sw := &statusWriter{ResponseWriter: w}
		w.Header().Set("X-Request-Id", t.id)
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
		defer func() {
			if v := recover(); v != nil {
				rescue(o.Log, sw, r, v)
			}
			took := o.Now().Sub(began)
			if t.route == "" {
				t.route = r.Pattern[strings.IndexByte(r.Pattern, ' ')+1:]
			}
			line(o.Log, r, t, sw.status, took)
			m.observe(t.route, r.Method, sw.status, took)
		}()
		next.ServeHTTP(sw, r)
	})
}

// rescue answers for a handler that panicked. The value may hold anything, so only the
// stack is logged.
func rescue(log *slog.Logger, w *statusWriter, r *http.Request, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	log.Error("a request panicked", "request", traceOf(r.Context()).id, "stack", string(debug.Stack()))
	if w.status == 0 {
		newProblem(engine.CodeInternal, "").write(w, r)
	}
}

func line(log *slog.Logger, r *http.Request, t *trace, status int, took time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request", t.id), slog.String("method", r.Method), slog.String("route", t.route),
		slog.Int("status", status), slog.Duration("took", took),
	}
	if t.org != "" {
		attrs = append(attrs, slog.String("organisation", string(t.org)))
	}
	if t.code != "" {
		attrs = append(attrs, slog.String("code", t.code))
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		if t.cause != nil {
			attrs = append(attrs, slog.String("cause", t.cause.Error()))
		}
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

func requestID(random io.Reader) string {
	var b [12]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "unnamed" // no randomness must not stop a request
	}
	return hex.EncodeToString(b[:])
}

// statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
