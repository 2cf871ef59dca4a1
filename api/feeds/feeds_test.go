package feeds_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"relance/api/feeds"
	"relance/engine"
)

const token, text = "abcdefghjkmnpqrstvwxyzabcdef", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

// fake opens one feed, and breaks when told to.
type fake struct{ broken error }

func (f fake) Feed(_ context.Context, t string) ([]byte, error) {
	switch {
	case f.broken != nil:
		return nil, f.broken
	case t == token:
		return []byte(text), nil
	}
	return nil, &engine.Error{Code: engine.CodeNotFound}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, e feeds.Engine, method, path string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	feeds.Handler(e, nil).ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{w.Code, w.Header(), string(body)}
}

func TestFeed(t *testing.T) {
	t.Parallel()
	got := ask(t, fake{}, "GET", "/ics/"+token+".ics")
	if got.status != 200 || got.body != text || got.header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Errorf("answered %+v", got)
	}
	if c := got.header.Get("Cache-Control"); c != "private, no-cache" {
		t.Errorf("may be kept: %q", c)
	}
	etag := got.header.Get("ETag")
	head := ask(t, fake{}, "HEAD", "/ics/"+token+".ics")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != "32" || head.header.Get("ETag") != etag {
		t.Errorf("HEAD answers %+v", head)
	}
	for _, known := range []string{etag, `"x", ` + etag, "W/" + etag, "*"} {
		if got := ask(t, fake{}, "GET", "/ics/"+token+".ics", "If-None-Match", known); got.status != 304 || got.body != "" || got.header.Get("ETag") != etag {
			t.Errorf("to who has %s: %+v", known, got)
		}
	}
	if got := ask(t, fake{}, "GET", "/ics/"+token+".ics", "If-None-Match", `"x"`); got.status != 200 {
		t.Errorf("to who has another: %d", got.status)
	}
}

// What opens nothing is one answer, whatever is asked.
func TestNoFeed(t *testing.T) {
	t.Parallel()
	first := ask(t, fake{}, "GET", "/ics/x.ics")
	if first.status != 404 || first.header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered %+v", first)
	}
	for _, path := range []string{"/ics/", "/ics/" + token, "/ics/" + token + ".ics/x", "/ics/.ics", "/ics/%2e%2e.ics", "/ics/" + token[1:] + ".ics", "/ics/a/b/c"} {
		if got := ask(t, fake{}, "GET", path); !reflect.DeepEqual(got, first) {
			t.Errorf("%s answers %+v, want %+v", path, got, first)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"} {
		if got := ask(t, fake{}, method, "/ics/"+token+".ics"); got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s answers %+v", method, got)
		}
	}
}

func TestFeedInTrouble(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := feeds.Handler(fake{&engine.Error{Code: engine.CodeUnavailable, Message: "the store did not answer"}}, slog.New(slog.NewTextHandler(&log, nil)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/ics/"+token+".ics", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d %v", w.Code, w.Header())
	}
	if !strings.Contains(log.String(), "unavailable") || strings.Contains(log.String(), token) {
		t.Errorf("logged %s", log.String())
	}
}
