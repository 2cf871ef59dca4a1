package gateway_test

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/gateway"
)

// seen is a request as it arrived.
type seen struct {
	method, path string
	query        url.Values
	header       http.Header
	body         string
}

// server is the other end: it keeps what arrived and answers as it is told.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []seen
	arrived  chan struct{} // one for each request, when somebody listens
}

// serve starts a server; answer nil says {"id":"g-1","code":"0"} with 200.
func serve(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, n int)) *server {
	t.Helper()
	s := &server{arrived: make(chan struct{}, 1)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, seen{r.Method, r.URL.Path, r.URL.Query(), r.Header, string(body)})
		n := len(s.requests)
		s.mu.Unlock()
		select {
		case s.arrived <- struct{}{}:
		default:
		}
		if answer == nil {
			_, _ = io.WriteString(w, `{"id":"g-1","code":"0"}`)
			return
		}
		answer(w, r.WithContext(context.WithValue(r.Context(), bodyKey{}, string(body))), n)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	return s
}

// bodyKey holds the body of a request, which serve has read.
type bodyKey struct{}

func (s *server) all() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.requests...)
}

// says answers with a status and a body.
func says(status int, body string, header ...string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var now = time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)

// settings are a provider of a description at a server.
func settings(s *server, description string) gateway.Settings {
	set := gateway.Settings{
		Name: "gw", Description: []byte(description), Sender: "38123", Timeout: time.Minute, Now: func() time.Time { return now },
	}
	if s != nil {
		set.BaseURL = s.URL
	}
	return set
}

// provider makes a provider; secrets are pairs.
func provider(t testing.TB, s *server, description string, secrets ...string) channels.Provider {
	t.Helper()
	set := settings(s, description)
	set.Secrets = pairs(secrets)
	p, err := gateway.New(set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.(io.Closer).Close() })
	return p
}

func pairs(list []string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		out[list[i]] = list[i+1]
	}
	return out
}

// plain is the smallest useful description.
const plain = `
send:
  url: https://gateway.example/sms
  json: {to: "{{ to }}", from: "{{ from }}", text: "{{ text }}", ref: "{{ id }}"}
answer: {id: id}
`

// called makes a request as the gateway would.
func called(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(cmp.Or(method, http.MethodPost), target, nil)
	r.Body = io.NopCloser(&reader{body})
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

type reader struct{ rest string }

func (r *reader) Read(b []byte) (int, error) {
	if r.rest == "" {
		return 0, io.EOF
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
