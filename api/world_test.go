package api_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/api"
	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

const adminKey = "the-admin-key-of-the-tests"

// monday is a working Monday at nine in Paris, with no clock change near.
var monday = time.Date(2026, 5, 18, 7, 0, 0, 0, time.UTC)

type stillClock struct{}

func (stillClock) Now() time.Time                     { return monday }
func (stillClock) Span(d time.Duration) time.Duration { return d }

// plainTexts writes nothing that a test looks at.
type plainTexts struct{}

func (plainTexts) Render(_ string, _ engine.Channel, k engine.MessageKind, _ map[string]string, _ map[string]any) (engine.Text, error) {
	return engine.Text{Subject: string(k), Body: string(k), Parts: 1}, nil
}
func (plainTexts) Day(_ string, t, _ time.Time) string { return t.Format(time.DateOnly) }
func (plainTexts) Hour(_ string, t time.Time) string   { return t.Format("15:04") }
func (plainTexts) Check(map[string]string, bool) error { return nil }

// plainAddresses takes mobiles beginning with 06 and anything with an @.
type plainAddresses struct{}

func (plainAddresses) Phone(raw string) (string, *engine.Field) {
	if strings.HasPrefix(raw, "06") && len(raw) == 10 {
		return "+33" + raw[1:], nil
	}
	return "", &engine.Field{Code: "invalid_number", Message: "is not a phone number"}
}

func (plainAddresses) Email(raw string) (string, *engine.Field) {
	if !strings.Contains(raw, "@") {
		return "", &engine.Field{Code: "invalid", Message: "is not an email address"}
	}
	return strings.ToLower(raw), nil
}

// logBook keeps what was logged.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// world is the API over a real engine and Redis, with one organisation that has a key, a
// calendar and a service.
type world struct {
	t     testing.TB
	url   string
	e     *engine.Engine
	store *store.Store
	redis redis.UniversalClient
	log   *logBook
	key   string
	org   string
}

// newWorld changes the options as the test wants them.
func newWorld(t testing.TB, change ...func(*api.Options)) *world {
	t.Helper()
	client := redistest.Client(t)
	s := store.New(client, redistest.Prefix())
	w := &world{t: t, store: s, redis: client, log: &logBook{}, e: &engine.Engine{
		Store: s, Lister: s, Clock: stillClock{}, Minter: engine.NewMinter(rand.Reader), Random: rand.Reader,
		Links: engine.Links{Key: []byte("a key of at least thirty-two bytes")}, Texts: plainTexts{}, Drafts: plainTexts{}, Addresses: plainAddresses{},
		PublicURL: "https://rdv.example.org",
	}}
	o := api.Options{
		AdminKey: api.HashKey(adminKey), BaseURL: "https://api.example.org", Clock: stillClock{}, Idempotency: s,
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	srv := httptest.NewServer(api.V1(w.e, o))
	t.Cleanup(srv.Close)
	w.url = srv.URL
	w.org = w.organisation("Département de l'Exemple")
	w.key = w.newKey(w.org)
	w.want(200, w.put("/v1/calendars/desk-1", `{"name":"Desk 1","windows":[
		{"first_day":"2026-01-05","start":"09:00","end":"12:00","rrule":"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"},
		{"first_day":"2026-01-05","start":"14:00","end":"17:00","rrule":"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}]}`))
	w.want(200, w.put("/v1/services/rsa", `{"name":"Rendez-vous d'orientation","calendars":["desk-1"],"duration_min":30}`))
	return w
}

func (w *world) organisation(name string) string {
	w.t.Helper()
	r := w.as(adminKey).post("/v1/organisations", fmt.Sprintf(`{"name":%q,"phone":"01 02 03 04 05"}`, name))
	w.want(201, r)
	return r.text("id")
}

func (w *world) newKey(org string) string {
	w.t.Helper()
	r := w.as(adminKey).post("/v1/organisations/"+org+"/keys", `{"name":"tests"}`)
	w.want(201, r)
	return r.text("key")
}

// as is the same world through the eyes of another key.
func (w *world) as(key string) *world {
	other := *w
	other.key = key
	return &other
}

// on is the same world for a subtest.
func (w *world) on(t testing.TB) *world {
	other := *w
	other.t = t
	return &other
}

// response is an answer, read.
type response struct {
	t      testing.TB
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (w *world) do(method, path, body string, headers ...string) response {
	w.t.Helper()
	return w.send(method, path, strings.NewReader(body), headers...)
}

func (w *world) send(method, path string, body io.Reader, headers ...string) response {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.key != "" {
		r.Header.Set("Authorization", "Bearer "+w.key)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := response{t: w.t, status: res.StatusCode, header: res.Header, body: string(all)}
	_ = json.Unmarshal(all, &out.json)
	return out
}

func (w *world) get(path string) response { w.t.Helper(); return w.do("GET", path, "") }
func (w *world) put(path, body string) response {
	w.t.Helper()
	return w.do("PUT", path, body)
}
func (w *world) post(path, body string, headers ...string) response {
	w.t.Helper()
	return w.do("POST", path, body, headers...)
}

// want stops the test unless the answer has the status.
func (w *world) want(status int, r response) response {
	w.t.Helper()
	if r.status != status {
		w.t.Fatalf("status %d, not %d: %s", r.status, status, r.body)
	}
	return r
}

// refused stops the test unless the answer is the problem.
func (w *world) refused(status int, code string, r response) response {
	w.t.Helper()
	w.want(status, r)
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		w.t.Fatalf("content type %q of a problem: %s", ct, r.body)
	}
	if r.text("code") != code || r.text("type") != "urn:relance:problem:"+code {
		w.t.Fatalf("not the problem %s: %s", code, r.body)
	}
	if n, _ := r.json["status"].(float64); int(n) != status || r.text("title") == "" || r.text("detail") == "" || r.text("instance") == "" {
		w.t.Fatalf("an incomplete problem: %s", r.body)
	}
	return r
}

// text is a string member of the answer.
func (r response) text(name string) string {
	s, _ := r.json[name].(string)
	return s
}

func (r response) items() []map[string]any {
	r.t.Helper()
	list, ok := r.json["items"].([]any)
	if !ok {
		r.t.Fatalf("no items: %s", r.body)
	}
	out := make([]map[string]any, len(list))
	for i, v := range list {
		out[i], _ = v.(map[string]any)
	}
	return out
}

// faults are the errors of a problem as "where code".
func (r response) faults() []string {
	list, _ := r.json["errors"].([]any)
	var out []string
	for _, v := range list {
		m, _ := v.(map[string]any)
		where, _ := m["pointer"].(string)
		if p, ok := m["parameter"].(string); ok {
			where = p
		}
		out = append(out, fmt.Sprint(where, " ", m["code"]))
	}
	return out
}

// walk follows a list by its Link headers to the end.
func (w *world) walk(path string) []map[string]any {
	w.t.Helper()
	var out []map[string]any
	for range 1000 {
		r := w.want(200, w.get(path))
		out = append(out, r.items()...)
		link := r.header.Get("Link")
		if link == "" {
			return out
		}
		next, ok := strings.CutSuffix(link, `>; rel="next"`)
		if !ok {
			w.t.Fatalf("a link that is not to the next page: %q", link)
		}
		path = strings.TrimPrefix(next, "<https://api.example.org")
	}
	w.t.Fatal("the pages never end")
	return nil
}

// invite invites a person by name and answers with the invitation.
func (w *world) invite(name string) response {
	w.t.Helper()
	return w.want(201, w.post("/v1/invitations", personal(name)))
}

func personal(name string) string {
	return fmt.Sprintf(`{"service":"rsa","person":{"external_id":%q,"first_name":"Zoé","email":"%s@example.org"}}`, name, name)
}

// newBare serves an engine with nothing but the options given.
func newBare(t testing.TB, e *engine.Engine, o api.Options) *world {
	t.Helper()
	log := &logBook{}
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	srv := httptest.NewServer(api.V1(e, o))
	t.Cleanup(srv.Close)
	return &world{t: t, url: srv.URL, e: e, log: log}
}
