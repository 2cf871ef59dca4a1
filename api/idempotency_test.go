package api_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/api"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

func TestSameKeySameRequestSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.want(201, w.post("/v1/invitations", personal("anna"), "Idempotency-Key", "k-1"))
	again := w.want(201, w.post("/v1/invitations", personal("anna"), "Idempotency-Key", "k-1"))
	if again.body != first.body || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("another answer: %s, then %s", first.body, again.body)
	}
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the second answer does not say that it is an old one")
	}
	w.refused(422, "idempotency_key_reused", w.post("/v1/invitations", personal("ben"), "Idempotency-Key", "k-1"))
	w.refused(422, "idempotency_key_reused", w.post("/v1/services", personal("anna"), "Idempotency-Key", "k-1"))
	refused := w.refused(409, "already_invited", w.post("/v1/invitations", personal("anna"), "Idempotency-Key", "k-2"))
	if r := w.post("/v1/invitations", personal("anna"), "Idempotency-Key", "k-2"); r.body != refused.body {
		t.Errorf("a refusal is not kept: %s", r.body)
	}
	stranger := w.as(w.newKey(w.organisation("Another")))
	stranger.refused(422, "invalid", stranger.post("/v1/invitations", personal("anna"), "Idempotency-Key", "k-1"))
	if n := len(w.walk("/v1/invitations")); n != 1 {
		t.Errorf("%d invitations", n)
	}
}

func TestConcurrentRequestsWithOneKeyCreateOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bodies := make([]string, 24)
	var wg sync.WaitGroup
	for i := range bodies {
		wg.Go(func() {
			switch r := w.post("/v1/services", `{"name":"x","calendars":["desk-1"],"duration_min":20}`, "Idempotency-Key", "once"); r.status {
			case 201:
				bodies[i] = r.body
			case 409:
				if r.text("code") != "idempotency_still_running" || r.header.Get("Retry-After") == "" {
					t.Errorf("not a request that still runs: %s", r.body)
				}
			default:
				t.Errorf("answered %d: %s", r.status, r.body)
			}
		})
	}
	wg.Wait()
	if n := len(w.walk("/v1/services")); n != 2 { // rsa is the other
		t.Errorf("%d services", n)
	}
	answer := ""
	for _, b := range bodies {
		if b != "" && answer != "" && b != answer {
			t.Errorf("two answers: %s and %s", answer, b)
		}
		answer = max(answer, b)
	}
}

func TestKeptAnswersTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.as(adminKey)
	first := w.want(201, admin.post("/v1/organisations/"+w.org+"/keys", `{"name":"n"}`, "Idempotency-Key", "1"))
	again := w.want(201, admin.post("/v1/organisations/"+w.org+"/keys", `{"name":"n"}`, "Idempotency-Key", "1"))
	if first.text("key") == "" || again.text("key") != first.text("key") {
		t.Error("the same request made another key")
	}
	w.want(201, w.post("/v1/invitations", personal("anna"), "Idempotency-Key", "a-visible-key"))
	secret := first.text("key")[strings.LastIndexByte(first.text("key"), '.')+1:]
	found := 0
	ctx := context.Background()
	for it := w.redis.Scan(ctx, 0, "*:i:*", 100).Iterator(); it.Next(ctx); found++ {
		v, err := w.redis.Get(ctx, it.Val()).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		for _, plain := range []string{secret, "anna", "a-visible-key", "inv_"} {
			if bytes.Contains(v, []byte(plain)) || strings.Contains(it.Val(), plain) {
				t.Errorf("Redis holds %q in plain", plain)
			}
		}
		if ttl := w.redis.PTTL(ctx, it.Val()).Val(); ttl <= 23*time.Hour || ttl > 24*time.Hour {
			t.Errorf("kept for %s", ttl)
		}
	}
	if found != 2 {
		t.Errorf("%d answers kept", found)
	}
}

func TestWithoutAStoreKeysAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.Idempotency = nil })
	w.refused(503, "unavailable", w.post("/v1/invitations", personal("anna"), "Idempotency-Key", "k"))
	w.want(201, w.post("/v1/invitations", personal("anna")))
}

func TestSwap(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*store.Store{
		"redis": redistest.Store(t), "embedded": redistest.Embedded(t), "cluster": redistest.Cluster(t),
	} {
		t.Run(name, func(t *testing.T) {
			var kept api.Idempotency = s
			swap := func(old, next, want string) {
				t.Helper()
				found, err := kept.Swap(context.Background(), "org_x", "k", []byte(old), []byte(next), time.Minute)
				if err != nil || string(found) != want {
					t.Errorf("swap %q for %q found %q, %v; not %q", old, next, found, err, want)
				}
			}
			swap("", "a", "")
			swap("", "b", "a")
			swap("b", "c", "a")
			swap("a", "a\x00\xff", "a")
			swap("a\x00\xff", "", "a\x00\xff")
			swap("", "", "")
			swap("x", "y", "")
			swap("", "z", "")
			if _, err := kept.Swap(context.Background(), "org_x", "k", []byte("z"), []byte("y"), 0); err == nil {
				t.Error("a value without an end was kept")
			}
		})
	}
}

func TestSwapsRace(t *testing.T) {
	t.Parallel()
	s := redistest.Store(t)
	var wg sync.WaitGroup
	won := make([]bool, 50)
	for i := range won {
		wg.Go(func() {
			found, err := s.Swap(context.Background(), "org_x", "k", nil, fmt.Append(nil, i), time.Minute)
			if err != nil {
				t.Error(err)
			}
			won[i] = len(found) == 0
		})
	}
	wg.Wait()
	n := 0
	for _, w := range won {
		if w {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 50 won", n)
	}
}
