package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"relance/api"
	"relance/engine"
)

// morgue has one dead letter.
type morgue struct {
	err     error
	retried string
}

func (m *morgue) DeadLetters(_ context.Context, limit int) ([]engine.DeadLetter, error) {
	return []engine.DeadLetter{{ID: "msg_1", Kind: "sms", Reason: "no provider would take it"}}[:min(limit, 1)], m.err
}

func (m *morgue) DeadLetter(_ context.Context, id string) (*engine.DeadLetter, error) {
	if id != "msg_1" {
		return nil, &engine.Error{Code: engine.CodeNotFound, Message: "there is no such dead letter"}
	}
	return &engine.DeadLetter{ID: id}, m.err
}

func (m *morgue) Retry(ctx context.Context, id string) error {
	if _, err := m.DeadLetter(ctx, id); err != nil {
		return err
	}
	m.retried = id
	return nil
}

// oneLine is a service for which people wait, and another of which the last has just been asked.
type oneLine struct{}

func (oneLine) Queues(_ context.Context, limit int) ([]engine.Queue, error) {
	return []engine.Queue{{Organisation: "org_a", Service: "rsa"}, {Organisation: "org_a", Service: "over"}}[:min(limit, 2)], nil
}

func (oneLine) ServiceWaiting(_ context.Context, _ engine.OrganisationID, id engine.ServiceID) (int64, *engine.Waiting, error) {
	if id == "over" {
		return 3, nil, nil
	}
	return 13, &engine.Waiting{People: 7, Reason: engine.WaitForRoom}, nil
}

// twoProviders is a pair of which one can be paused.
type twoProviders map[string]*api.ProviderState

func (p twoProviders) Providers() []api.ProviderState {
	return []api.ProviderState{*p["a"], *p["b"]}
}

func (p twoProviders) Pause(_ context.Context, name, why string) bool {
	if p[name] != nil {
		p[name].Paused, p[name].Why = true, why
	}
	return p[name] != nil
}

func (p twoProviders) Resume(_ context.Context, name string) bool {
	if p[name] != nil {
		p[name].Paused, p[name].Why = false, ""
	}
	return p[name] != nil
}

func opsAsk(t *testing.T, h http.Handler, method, path string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestOps(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "relance_test"}))
	dead := &morgue{}
	providers := twoProviders{"a": {Name: "a", Channel: "sms"}, "b": {Name: "b", Channel: "email"}}
	h := api.Ops(api.OpsOptions{
		Log: slog.New(slog.DiscardHandler), Metrics: reg, Dead: dead, Queues: oneLine{}, Providers: providers,
		Outbox: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "outbox at "+r.URL.Path) }),
	})
	for _, c := range []struct {
		method, path string
		status       int
		holds        string
	}{
		{"GET", "/", 200, "/providers"},
		{"GET", "/healthz", 200, `"alive": true`},
		{"HEAD", "/healthz", 200, ""},
		{"GET", "/readyz", 200, `"ready": true`},
		{"GET", "/metrics", 200, "relance_test 0"},
		{"GET", "/dead", 200, "msg_1"},
		{"GET", "/dead?limit=0", 422, "out_of_range"},
		{"GET", "/dead?limit=many", 422, "out_of_range"},
		{"GET", "/dead/msg_1", 200, "msg_1"},
		{"GET", "/dead/msg_2", 404, "not_found"},
		{"POST", "/dead/msg_2/retry", 404, "not_found"},
		{"POST", "/dead/msg_1/retry", 200, "due now"},
		{"GET", "/dead/msg_1/retry", 405, "method_not_allowed"},
		{"GET", "/queues", 200, `"waiting": 7`},
		{"GET", "/queues?limit=0", 422, "out_of_range"},
		{"GET", "/providers", 200, `"name": "b"`},
		{"POST", "/providers/a/pause?why=bills", 200, `"why": "bills"`},
		{"POST", "/providers/c/pause", 404, "not_found"},
		{"GET", "/outbox/0639980001", 200, "outbox at /outbox/0639980001"},
		{"POST", "/outbox/reply", 200, "outbox at /outbox/reply"},
		{"GET", "/nothing", 404, "no_route"},
	} {
		if status, body := opsAsk(t, h, c.method, c.path); status != c.status || !strings.Contains(body, c.holds) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	if _, body := opsAsk(t, h, "GET", "/queues"); strings.Contains(body, "over") {
		t.Errorf("nobody waits for it any more: %s", body)
	}
	if dead.retried != "msg_1" || !providers["a"].Paused {
		t.Errorf("retried %q, paused %v", dead.retried, providers["a"].Paused)
	}
	if status, _ := opsAsk(t, h, "POST", "/providers/a/resume"); status != 200 || providers["a"].Paused {
		t.Errorf("not resumed: %d", status)
	}
	for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
		if status, _ := opsAsk(t, h, "POST", "/providers/a/pause", from...); status != 403 || providers["a"].Paused {
			t.Errorf("another site paused a provider: %d", status)
		}
	}
	dead.err = &engine.Error{Code: engine.CodeUnavailable, Message: "the store did not answer"}
	if status, body := opsAsk(t, h, "GET", "/dead"); status != 503 || !strings.Contains(body, "did not answer") {
		t.Errorf("%d %s", status, body)
	}
}

func TestOpsShowsOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	h := api.Ops(api.OpsOptions{Log: slog.New(slog.DiscardHandler)})
	for _, path := range []string{"/metrics", "/dead", "/queues", "/providers", "/outbox"} {
		if status, _ := opsAsk(t, h, "GET", path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, body := opsAsk(t, h, "GET", "/"); strings.Contains(body, "/outbox") {
		t.Error("the index lists what is not there")
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	fine := api.Check{Name: "redis", Run: func(context.Context) error { return nil }}
	for name, c := range map[string]struct {
		check  api.Check
		status int
		words  string
	}{
		"all well": {api.Check{Name: "sms", Run: func(context.Context) error { return nil }}, 200, "ok"},
		"one not":  {api.Check{Name: "sms", Run: func(context.Context) error { return errors.New("no sms worker runs here") }}, 503, "no sms worker runs here"},
		"warns":    {api.Check{Name: "sms", Warns: true, Run: func(context.Context) error { return errors.New("spare is paused") }}, 200, "spare is paused"},
		"hangs":    {api.Check{Name: "sms", Run: func(ctx context.Context) error { <-ctx.Done(); return errors.New("no answer in time") }}, 503, "no answer in time"},
		"panics":   {api.Check{Name: "sms", Run: func(context.Context) error { panic("x") }}, 503, "panicked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := api.Ops(api.OpsOptions{Log: slog.New(slog.DiscardHandler), Ready: []api.Check{fine, c.check}})
			status, body := opsAsk(t, h, "GET", "/readyz")
			var got struct {
				Ready  bool
				Checks []struct {
					Name, Words string
					OK          bool
				}
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			if status != c.status || got.Ready != (status == 200) || len(got.Checks) != 2 || !got.Checks[0].OK || got.Checks[1].OK != (got.Ready && !c.check.Warns) || !strings.Contains(got.Checks[1].Words, c.words) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}
