package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"relance/engine"
)

// silent has every verb and answers with what the test says; those it does not know panic.
type silent struct {
	verbs
	err   error
	panic any
}

func (silent) Authenticate(context.Context, string) (engine.OrganisationID, engine.KeyID, error) {
	return "org_a", "key_a", nil
}

func (s silent) Service(context.Context, engine.OrganisationID, engine.ServiceID) (*engine.Service, error) {
	if s.panic != nil {
		panic(s.panic)
	}
	return nil, s.err
}

func ask(h http.Handler, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer key")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryCodeHasAStatus(t *testing.T) {
	t.Parallel()
	for code, status := range map[engine.Code]int{
		engine.CodeInvalid: 422, engine.CodeNotFound: 404, engine.CodeConflict: 409, engine.CodeAlreadyInvited: 409,
		engine.CodePending: 409, engine.CodePersonOnly: 403, engine.CodeUnreachable: 422, engine.CodeTaken: 409, engine.CodeNotBookable: 409,
		engine.CodeTooLate: 409, engine.CodeTooManyMoves: 409, engine.CodeLinkDead: 404, engine.CodeWrongState: 409,
		engine.CodeUnavailable: 503, engine.CodeInternal: 500,
	} {
		h := newV1(silent{err: &engine.Error{Code: code, Op: "x", Message: "words for people", Cause: errors.New("secret cause")}}, nil, Options{Log: slog.New(slog.DiscardHandler)})
		w := ask(h, "GET", "/v1/services/x")
		if w.Code != status || !strings.Contains(w.Body.String(), `"code":"`+string(code)+`"`) {
			t.Errorf("%s: %d %s", code, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s shows its cause: %s", code, w.Body)
		}
		if shown := strings.Contains(w.Body.String(), "words for people"); shown != (code != engine.CodeInternal) {
			t.Errorf("%s shows its words: %v", code, shown)
		}
	}
	for code, k := range kinds() {
		if k.Status < 400 || k.Title == "" || k.Help == "" {
			t.Errorf("%s says nothing", code)
		}
	}
}

func TestAnErrorThatIsNotOursSaysNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newV1(silent{err: errors.New("dial tcp 10.0.0.7: refused")}, nil, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	w := ask(h, "GET", "/v1/services/x")
	if w.Code != 500 || strings.Contains(w.Body.String(), "10.0.0.7") || !strings.Contains(log.String(), "10.0.0.7") {
		t.Errorf("%d %s; logged %s", w.Code, w.Body, log.String())
	}
}

func TestAPanicIsAProblem(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newV1(silent{panic: "0639980001"}, nil, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	w := ask(h, "GET", "/v1/services/x")
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if strings.Contains(log.String()+w.Body.String(), "0639980001") || !strings.Contains(log.String(), "inside_test.go") {
		t.Errorf("logged %s", log.String())
	}
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	o := Options{Log: slog.New(slog.DiscardHandler), Metrics: reg}
	_ = newV1(silent{}, nil, o) // twice on one registry
	h := newV1(silent{err: &engine.Error{Code: engine.CodeNotFound}}, nil, o)
	ask(h, "GET", "/v1/services/x")
	ask(h, "GET", "/v1/services/y")
	ask(h, "BREW", "/somewhere/else")
	if n, err := testutil.GatherAndCount(reg, "relance_http_request_seconds"); n != 2 || err != nil {
		t.Errorf("%d series, %v", n, err)
	}
}

// shelf is an Idempotency in memory, whose entries end with the clock of the test's bubble.
type shelf struct {
	mu   sync.Mutex
	kept map[string][]byte
	ends map[string]time.Time
}

func (s *shelf) Swap(_ context.Context, org engine.OrganisationID, key string, old, next []byte, ttl time.Duration) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key = string(org) + key
	found := s.kept[key]
	if !s.ends[key].After(time.Now()) {
		found = nil
	}
	if bytes.Equal(found, old) {
		s.kept[key], s.ends[key] = next, time.Now().Add(ttl)
	}
	return found, nil
}

// slow takes its time to save a service.
type slow struct {
	silent
	takes time.Duration
	calls *int
}

func (s slow) SaveService(_ context.Context, _ engine.OrganisationID, v engine.Service) (engine.Service, error) {
	*s.calls++
	if s.panic != nil {
		panic(s.panic)
	}
	time.Sleep(s.takes) // the bubble's time
	v.ID = engine.ServiceID(fmt.Sprint("srv_", *s.calls))
	return v, s.err
}

func postService(h http.Handler) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/v1/services", strings.NewReader(`{"name":"x","calendars":["c"],"duration_min":30}`))
	r.Header.Set("Authorization", "Bearer key")
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestALongRequestKeepsItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := newV1(slow{takes: time.Minute, calls: &calls}, nil, Options{
			Log: slog.New(slog.DiscardHandler), Idempotency: &shelf{kept: map[string][]byte{}, ends: map[string]time.Time{}},
		})
		first := make(chan *httptest.ResponseRecorder)
		go func() { first <- postService(h) }()
		time.Sleep(45 * time.Second) // several leases
		if w := postService(h); w.Code != 409 || !strings.Contains(w.Body.String(), "idempotency_still_running") {
			t.Errorf("while it runs: %d %s", w.Code, w.Body)
		}
		if w := <-first; w.Code != 201 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		time.Sleep(23 * time.Hour)
		if w := postService(h); w.Code != 201 || calls != 1 {
			t.Errorf("after 23 hours: %d, %d calls", w.Code, calls)
		}
		time.Sleep(2 * time.Hour)
		if w := postService(h); w.Code != 201 || calls != 2 {
			t.Errorf("after 25 hours: %d, %d calls", w.Code, calls)
		}
	})
}

func TestWhatFailedMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]slow{
		"unavailable": {silent: silent{err: &engine.Error{Code: engine.CodeUnavailable}}},
		"conflict":    {silent: silent{err: &engine.Error{Code: engine.CodeConflict}}},
		"panic":       {silent: silent{panic: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			v.calls = &calls
			h := newV1(v, nil, Options{
				Log: slog.New(slog.DiscardHandler), Idempotency: &shelf{kept: map[string][]byte{}, ends: map[string]time.Time{}},
			})
			if first, second := postService(h), postService(h); calls != 2 || first.Code != second.Code {
				t.Errorf("%d calls, %d then %d", calls, first.Code, second.Code)
			}
		})
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "a": "/a", "a.b": "/a/b", "a[3]": "/a/3", "a[3].b": "/a/3/b", "a[3][4].c": "/a/3/4/c", "x/y~z": "/x~1y~0z",
	} {
		if got := pointerOf(in); got != want {
			t.Errorf("pointerOf(%q) is %q, not %q", in, got, want)
		}
	}
}

func TestHumaSaysNothingOfValues(t *testing.T) {
	t.Parallel()
	p := problemOfHuma(&huma.ErrorModel{Status: 422, Errors: []*huma.ErrorDetail{{Location: "body.phone", Message: "expected string", Value: "0639980001"}}})
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/phone" || strings.Contains(fmt.Sprintf("%+v", *p), "0639980001") {
		t.Errorf("%+v", p)
	}
}

func TestTracedKnowsPatternsOnly(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /r/{token}", func(http.ResponseWriter, *http.Request) {})
	w := ask(Traced(Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, mux), "GET", "/r/secret-token?lang=en")
	if !strings.Contains(log.String(), "route=/r/{token}") || strings.Contains(log.String(), "secret-token") || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("logged %s", log.String())
	}
}
