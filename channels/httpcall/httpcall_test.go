package httpcall_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"relance/channels/httpcall"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-3": 0, "soon": 0, "99999999999999": 0,
		"Thu, 14 May 2026 10:00:30 GMT": 30 * time.Second,
		"Thu, 14 May 2026 09:00:00 GMT": 0,
	} {
		if got := httpcall.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestLostCode(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		fmt.Errorf("post: %w", context.Canceled):         "cancelled",
		fmt.Errorf("post: %w", context.DeadlineExceeded): "timeout",
		errors.New("reset"):                              "connection",
	} {
		if got := httpcall.LostCode(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// TestOnceIsNotRepeated: a kept connection breaks after the second GET arrived. The
// transport repeats a plain GET; one that sends a message must not be.
func TestOnceIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		once bool
		want int32
	}{"a plain GET": {false, 3}, "once": {true, 2}} {
		var arrived atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if arrived.Add(1) == 2 {
				panic(http.ErrAbortHandler)
			}
		}))
		t.Cleanup(server.Close)
		transport := httpcall.Transport(1)
		var last *httpcall.Watch
		for range 2 {
			watch := new(httpcall.Watch)
			last = watch
			r, err := http.NewRequestWithContext(last.Trace(t.Context()), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.once {
				r.Body = httpcall.Once()
			}
			if resp, err := transport.RoundTrip(r); err == nil {
				resp.Body.Close()
			}
		}
		if got := arrived.Load(); got != c.want {
			t.Errorf("%s: arrived %d times, want %d", name, got, c.want)
		}
		if !last.Left() {
			t.Errorf("%s: it left", name)
		}
	}
}

func TestUnreachableNeverLeft(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	server.Close()
	var w httpcall.Watch
	r, err := http.NewRequestWithContext(w.Trace(t.Context()), http.MethodPost, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := httpcall.Transport(1).RoundTrip(r); err == nil || w.Left() {
		t.Errorf("%v, left %v", err, w.Left())
	}
}
