package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
	"relance/engine/store/storetest"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Store { return redistest.Store(t) })
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Store { return redistest.Embedded(t) })
}

func TestCluster(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Store { return redistest.Cluster(t) })
}

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) storetest.Store { return store.NewMemory() })
}

// TestMemoryKeepsValues: a value comes back as it was given, beside records of JSON.
func TestMemoryKeepsValues(t *testing.T) {
	t.Parallel()
	m, value := store.NewMemory(), &struct{ n int }{7}
	for version, put := range []engine.Put{{ID: "a", Value: value}, {ID: "a", Expect: 1, Body: []byte("{}")}, {ID: "a", Expect: 2, Value: value}} {
		res, err := m.Commit(t.Context(), 17, []engine.Change{{Puts: []engine.Put{put}}})
		if err != nil || res[0] != engine.Done {
			t.Fatal(res, err)
		}
		got, err := m.Load(t.Context(), 17, "a")
		if err != nil {
			t.Fatal(err)
		}
		if r := got[0]; r.Version != int64(version+1) || r.Value != put.Value || string(r.Body) != string(put.Body) {
			t.Errorf("%+v comes back as %+v", put, r)
		}
	}
}

// full writes something under every kind of key.
func full(id string, org engine.OrganisationID) engine.Change {
	at := time.Unix(1_800_000_000, 0)
	return engine.Change{
		Puts:   []engine.Put{{ID: id, Body: []byte("{}")}},
		Claims: []engine.Claim{{Calendar: "cal", Holder: id, Start: at, End: at.Add(time.Hour), Capacity: 9}},
		Index:  []engine.IndexEntry{{Index: "i", Field: id, Value: "v", Unique: true}},
		Lists:  []engine.ListEntry{{List: "l", Score: 1, Member: id}},
		Due:    []engine.Due{{Kind: "k", ID: id, At: at}},
		Events: []engine.Event{{At: at, Type: engine.EventBatchStored, Organisation: org}},
		Counts: []engine.Count{{Name: "n", Field: "f", N: 1}},
	}
}

// TestOneSlot: whatever a change writes stays under the tag of its partition, and nothing is
// written anywhere else.
func TestOneSlot(t *testing.T) {
	t.Parallel()
	c := redistest.Client(t)
	s := store.New(c, "")
	if _, err := s.Commit(t.Context(), 17, []engine.Change{full("a", "org_1")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take(t.Context(), time.Unix(1_900_000_000, 0), time.Unix(1_900_000_060, 0), 9, nil, 17); err != nil {
		t.Fatal(err)
	}
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 8 {
		t.Errorf("one of each is %d keys: %q", len(keys), keys)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "{p17}:") {
			t.Errorf("key %q is outside the partition", key)
		}
	}
}

// TestForgottenScripts: a server that restarted, or a replica that took over, knows no script.
func TestForgottenScripts(t *testing.T) {
	t.Parallel()
	c := redistest.Client(t)
	s := store.New(c, "")
	at := time.Unix(1_900_000_000, 0)
	for i := range 3 {
		forget := func() {
			if err := c.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		forget()
		if _, err := s.Commit(t.Context(), 1, []engine.Change{full(fmt.Sprint(i), "org_1")}); err != nil {
			t.Fatal(err)
		}
		forget()
		due, err := s.Take(t.Context(), at, at.Add(time.Minute), 9, nil, 0, 1, 2)
		if err != nil || len(due) != 1 {
			t.Errorf("taken: %v, %v", due, err)
		}
		forget()
		if got, err := s.Overdue(t.Context(), at.Add(time.Hour)); err != nil || got["k"].Entries != int64(i+1) {
			t.Errorf("overdue: %v, %v", got, err)
		}
		forget()
		if got, _, err := s.List(t.Context(), 1, "l", "", 9); err != nil || len(got) != i+1 {
			t.Errorf("listed: %v, %v", got, err)
		}
	}
}

func TestKeepEvents(t *testing.T) {
	t.Parallel()
	s := redistest.Store(t)
	s.KeepEvents = 100
	org := engine.OrganisationID("org_1")
	var changes []engine.Change
	for i := range 1000 {
		changes = append(changes, engine.Change{Events: []engine.Event{{Organisation: org, Rung: i}}})
	}
	if _, err := s.Commit(t.Context(), org.Partition(), changes); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.Events(t.Context(), org, "", 2000)
	if err != nil || len(got) < 100 || len(got) > 400 {
		t.Fatalf("%d events are kept of about 100, %v", len(got), err)
	}
	if last := got[len(got)-1].Rung; last != 999 {
		t.Errorf("the newest event is %d", last)
	}
}

// TestCheckRefuses a server that says nothing of itself; redistest checks those that are right.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	s := redistest.Embedded(t)
	s.Embedded = false
	if err := s.Check(t.Context()); engine.CodeOf(err) != engine.CodeInvalid {
		t.Errorf("a Redis without persistence: %v", err)
	}
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer func() { _ = c.Close() }()
	if err := store.New(c, "").Check(t.Context()); engine.CodeOf(err) != engine.CodeUnavailable {
		t.Errorf("no Redis at all: %v", err)
	}
}

// TestTakeWithANodeDown: the healthy partitions go on.
func TestTakeWithANodeDown(t *testing.T) {
	t.Parallel()
	c := redistest.Client(t)
	s := store.New(c, "")
	at := time.Unix(1_800_000_000, 0)
	for p := range engine.Partition(3) {
		if _, err := s.Commit(t.Context(), p, []engine.Change{full("a", "org_1")}); err != nil {
			t.Fatal(err)
		}
	}
	// A key of another type makes one partition fail as a lost node would.
	if err := c.Set(t.Context(), "{p1}:d:k", "spoilt", 0).Err(); err != nil {
		t.Fatal(err)
	}
	due, err := s.Take(t.Context(), at, at.Add(time.Minute), 9, []string{"k"}, 0, 1, 2)
	if engine.CodeOf(err) != engine.CodeUnavailable || len(due) != 2 {
		t.Errorf("taken: %v, %v", due, err)
	}
}

func ExampleStore_Commit() {
	server, err := miniredis.Run()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer func() { _ = client.Close() }()
	s := store.New(client, "")

	ten := time.Date(2026, time.May, 14, 10, 0, 0, 0, time.UTC)
	book := func(id string) engine.Change {
		return engine.Change{
			Puts:   []engine.Put{{ID: id, Body: []byte(`{"state":"booked"}`)}},
			Claims: []engine.Claim{{Calendar: "desk", Holder: id, Start: ten, End: ten.Add(time.Hour), Capacity: 1}},
		}
	}
	answers, err := s.Commit(context.Background(), 17, []engine.Change{book("apt_1"), book("apt_2")})
	fmt.Println(answers[0] == engine.Done, answers[1] == engine.Taken, err)
	// Output: true true <nil>
}

// TestMemoryEnds: what is due at the end or later is forgotten, whatever it was due at before, and a lease to the end
// is one for good. What is due before comes as ever.
func TestMemoryEnds(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.May, 18, 9, 0, 0, 0, time.UTC)
	end := start.Add(time.Hour)
	m := store.NewMemory()
	m.EndAt(end)
	due := func(id string, at time.Time) {
		if _, err := m.Commit(t.Context(), 3, []engine.Change{{Due: []engine.Due{{Kind: "k", ID: id, At: at}}}}); err != nil {
			t.Fatal(err)
		}
	}
	due("before", end.Add(-time.Millisecond))
	due("at the end", end)
	due("put off", start)
	due("put off", end.Add(time.Hour))
	if at, ok := m.Earliest(3, "k"); !ok || !at.Equal(end.Add(-time.Millisecond)) {
		t.Errorf("the earliest is due at %v (%v)", at, ok)
	}
	for _, want := range []string{"before", ""} {
		taken, err := m.Take(t.Context(), end.Add(24*time.Hour), end.Add(48*time.Hour), 9, nil, 3)
		if err != nil || len(taken) > 1 || len(taken) == 1 != (want != "") || len(taken) == 1 && taken[0].ID != want {
			t.Errorf("taken %v, %v; want %q", taken, err, want)
		}
	}
}

// TestMemoryListsOfEverySize: few members are found one by one, many by their name.
func TestMemoryListsOfEverySize(t *testing.T) {
	t.Parallel()
	m := store.NewMemory()
	list := func(e engine.ListEntry) {
		e.List = "l"
		if _, err := m.Commit(t.Context(), 3, []engine.Change{{Lists: []engine.ListEntry{e}}}); err != nil {
			t.Fatal(err)
		}
	}
	const most = 40
	for n := range most {
		list(engine.ListEntry{Score: 1, Member: fmt.Sprint(n)})
		list(engine.ListEntry{Score: int64(100 - n), Member: fmt.Sprint(n)}) // moved, not there twice
	}
	for n := most - 1; n >= 0; n-- {
		page, _, err := m.List(t.Context(), 3, "l", "", 2*most)
		if err != nil || len(page) != n+1 || page[0] != (engine.Listed{Score: int64(100 - n), Member: fmt.Sprint(n)}) {
			t.Fatalf("%d members, %v: %v", len(page), err, page)
		}
		list(engine.ListEntry{Member: fmt.Sprint(n), Remove: true})
	}
}
