package agendas_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"relance/engine"
	"relance/workers/agendas"
)

const file = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

// reader may reach this machine, unless the test says otherwise.
func reader(t *testing.T, change ...func(*agendas.Options)) *agendas.Reader {
	t.Helper()
	o := agendas.Options{Private: true}
	for _, f := range change {
		f(&o)
	}
	r, err := agendas.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/private-3f9c2d/basic.ics"
}

// wantReason wants a failure in words that do not hold the address.
func wantReason(t *testing.T, err error, want string) *engine.AgendaError {
	t.Helper()
	var why *engine.AgendaError
	if !errors.As(err, &why) || why.Reason != want || why.Message == "" {
		t.Fatalf("answered %v, want %s", err, want)
	}
	for _, secret := range []string{"3f9c2d", "127.0.0.1", "://"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q holds %q", err, secret)
		}
	}
	return why
}

func TestRead(t *testing.T) {
	t.Parallel()
	var asked http.Header
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Mon, 18 May 2026 07:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/calendar")
		_, _ = w.Write([]byte(file))
	})
	r := reader(t)
	got, err := r.Read(t.Context(), at, engine.Validators{})
	if err != nil || string(got.File) != file || got.Unchanged || got.Validators != (engine.Validators{ETag: `"1"`, LastModified: "Mon, 18 May 2026 07:00:00 GMT"}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if asked.Get("User-Agent") != "Relance" || asked.Get("If-None-Match") != "" {
		t.Errorf("asked with %v", asked)
	}
	if got, err = r.Read(t.Context(), at, got.Validators); err != nil || !got.Unchanged || got.File != nil {
		t.Errorf("asked again: %+v, %v", got, err)
	}
	if asked.Get("If-Modified-Since") == "" {
		t.Errorf("asked again with %v", asked)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	status := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) } }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		reason string
	}{
		"gone":                 {status(404), "not_found"},
		"forbidden":            {status(403), "forbidden"},
		"broken":               {status(500), "status"},
		"nothing new, unasked": {status(304), "status"},
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<p>Connexion"))
		}, "not_a_calendar"},
		"hung up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "unreachable"},
		"hung up halfway": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(file))
		}, "unreachable"},
		"too much": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 3<<10)) }, "too_large"},
		"too much when unpacked": {func(w http.ResponseWriter, _ *http.Request) {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		}, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(t, func(o *agendas.Options) { o.Bytes = 2 << 10 })
			_, err := r.Read(t.Context(), serve(t, c.answer), engine.Validators{})
			wantReason(t, err, c.reason)
		})
	}
}

func TestAServerThatAsksToWait(t *testing.T) {
	t.Parallel()
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := reader(t).Read(t.Context(), at, engine.Validators{})
	if why := wantReason(t, err, "busy"); why.After != time.Hour {
		t.Errorf("waits %v", why.After)
	}
}

func TestAServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := reader(t, func(o *agendas.Options) { o.Timeout = 50 * time.Millisecond })
	_, err := r.Read(t.Context(), at, engine.Validators{})
	wantReason(t, err, "timeout")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Read(ctx, at, engine.Validators{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left is answered %v", err)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "file:///etc/passwd", "ftp://example.org/a", "http://", "://", "example.org/3f9c2d"} {
		_, err := reader(t).Read(t.Context(), address, engine.Validators{})
		wantReason(t, err, "address")
	}
	_, err := reader(t).Read(t.Context(), "https://nobody-3f9c2d.invalid/a.ics", engine.Validators{})
	wantReason(t, err, "unreachable")
	// webcal is fetched under TLS: a plain server is not understood.
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(file)) })
	_, err = reader(t).Read(t.Context(), "webcal"+strings.TrimPrefix(at, "http"), engine.Validators{})
	wantReason(t, err, "unreachable")
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var referer string
	end := serve(t, func(w http.ResponseWriter, r *http.Request) {
		referer = r.Header.Get("Referer")
		_, _ = w.Write([]byte(file))
	})
	once := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, end, http.StatusFound) })
	got, err := reader(t).Read(t.Context(), once, engine.Validators{})
	if err != nil || string(got.File) != file || referer != "" {
		t.Errorf("%+v, %v, told that it came from %q", got, err, referer)
	}
	for name, to := range map[string]string{"round and round": "", "to a file": "file:///etc/passwd", "to another protocol": "gopher://example.org/"} {
		at := serve(t, func(w http.ResponseWriter, r *http.Request) {
			target := to
			if target == "" {
				target = r.URL.Path
			}
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		})
		_, err := reader(t).Read(t.Context(), at, engine.Validators{})
		if err == nil {
			t.Errorf("%s is followed", name)
			continue
		}
		wantReason(t, err, "redirects")
	}
}

// From a protected address nobody is led to one that is not.
func TestRedirectsKeepTLS(t *testing.T) {
	t.Parallel()
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the secret travelled in the clear") })
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain, http.StatusFound) }))
	t.Cleanup(s.Close)
	r := reader(t)
	agendas.Trust(r, s.Certificate())
	_, err := r.Read(t.Context(), s.URL, engine.Validators{})
	wantReason(t, err, "redirects")
}

// Nothing of this machine is reached unless a setting allows it, not by a name nor by a redirect either.
func TestNothingOfOurs(t *testing.T) {
	t.Parallel()
	at := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was reached") })
	r := reader(t, func(o *agendas.Options) { o.Private = false })
	for _, address := range []string{at, strings.Replace(at, "127.0.0.1", "localhost", 1), strings.Replace(at, "127.0.0.1", "[::ffff:127.0.0.1]", 1), "http://169.254.169.254/latest"} {
		_, err := r.Read(t.Context(), address, engine.Validators{})
		wantReason(t, err, "not_allowed")
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	r := reader(t, func(o *agendas.Options) { o.Registry = registry })
	r.Note("changed")
	r.Note("not_found")
	r.Note("not_found")
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP relance_agenda_imports_total Readings of agents' agendas, by outcome: changed, unchanged, or why it failed.
# TYPE relance_agenda_imports_total counter
relance_agenda_imports_total{outcome="changed"} 1
relance_agenda_imports_total{outcome="not_found"} 2
`), "relance_agenda_imports_total"); err != nil {
		t.Error(err)
	}
	if _, err := agendas.New(agendas.Options{Registry: registry}); err == nil {
		t.Error("metrics registered twice are not told")
	}
}
