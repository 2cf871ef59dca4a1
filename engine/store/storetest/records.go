package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

func records(t *testing.T, s Store) {
	held(t, s, "a@0")
	commit(t, s, one(put("a", 0, `{"n":1}`)))
	held(t, s, `a@1 {"n":1}`, "b@0")
	for v := int64(1); v < 12; v++ {
		commit(t, s, one(put("a", v, fmt.Sprintf(`{"n":%d}`, v+1))))
	}
	held(t, s, "b@0", `a@12 {"n":12}`, `a@12 {"n":12}`)
}

func conflicts(t *testing.T, s Store) {
	commit(t, s, one(put("a", 3, "never")), engine.Conflict)
	commit(t, s, one(put("a", 0, "one")))
	commit(t, s, one(put("a", 0, "again")), engine.Conflict)
	for v := int64(1); v < 10; v++ {
		commit(t, s, one(put("a", v, "more")))
	}
	// Version 10 must not be mistaken for 1, nor 1 for 10.
	commit(t, s, one(put("a", 1, "stale")), engine.Conflict)
	commit(t, s, one(put("a", 100, "early")), engine.Conflict)
	held(t, s, "a@10 more")
}

// fresh records are written unseen, but not without the rest of their change.
func fresh(t *testing.T, s Store) {
	commit(t, s, one(put("a", engine.Fresh, "minted")))
	held(t, s, "a@1 minted")
	commit(t, s, one(put("a", 1, "known")))
	held(t, s, "a@2 known")
	c := put("b", engine.Fresh, "never")
	c.Puts = append(c.Puts, engine.Put{ID: "a", Expect: 0})
	commit(t, s, one(c), engine.Conflict)
	held(t, s, "a@2 known", "b@0")
}

func checks(t *testing.T, s Store) {
	commit(t, s, one(put("a", 0, "one")))
	demand := func(id string, version int64) engine.Change {
		c := put("b", 0, "b")
		c.Checks = []engine.Check{{ID: id, Version: version}}
		return c
	}
	commit(t, s, one(demand("a", 2)), engine.Conflict)
	commit(t, s, one(demand("a", 0)), engine.Conflict)
	commit(t, s, one(demand("absent", 1)), engine.Conflict)
	held(t, s, "b@0")
	commit(t, s, one(demand("a", 1)))
	held(t, s, "a@1 one", "b@1 b")
	commit(t, s, one(engine.Change{Checks: []engine.Check{{ID: "absent"}}}))
	held(t, s, "absent@0")
}

func deletes(t *testing.T, s Store) {
	commit(t, s, []engine.Change{put("a", 0, "a"), put("b", 0, "b")})
	commit(t, s, one(engine.Change{
		Checks:  []engine.Check{{ID: "a", Version: 1}},
		Deletes: []string{"a", "absent"},
	}))
	held(t, s, "a@0", "b@1 b")
	commit(t, s, one(put("a", 1, "back")), engine.Conflict)
	commit(t, s, one(put("a", 0, "new")))
	held(t, s, "a@1 new")
}

func order(t *testing.T, s Store) {
	unique := func(value string) engine.Change {
		return engine.Change{Index: []engine.IndexEntry{{Index: "i", Field: "f", Value: value, Unique: true}}}
	}
	commit(t, s, []engine.Change{
		put("a", 0, "one"), put("a", 0, "no"), put("a", 1, "two"),
		{Deletes: []string{"a"}}, put("a", 0, "three"),
		unique("x"), unique("y"), unique("x"),
		{Lists: []engine.ListEntry{{List: "l", Score: 1, Member: "m"}}},
		{Lists: []engine.ListEntry{{List: "l", Member: "m", Remove: true}}},
		{Lists: []engine.ListEntry{{List: "l", Score: 2, Member: "m"}}},
		{Due: []engine.Due{{Kind: "k", ID: "a", At: noon()}}},
		{Due: []engine.Due{{Kind: "k", ID: "a"}}},
	}, 0, engine.Conflict, 0, 0, 0, 0, engine.Taken, 0, 0, 0, 0, 0, 0)
	held(t, s, "a@1 three")
	page, _, err := s.List(t.Context(), p, "l", "", 5)
	if err != nil || fmt.Sprint(page) != "[{2 m}]" {
		t.Errorf("the list is %v, %v", page, err)
	}
	if due := take(t, s, noon(), 5); len(due) != 0 {
		t.Errorf("%v is due though its removal came last", due)
	}
}

// large goes beyond every limit of one script: many changes, many bytes, many entries.
func large(t *testing.T, s Store) {
	const n = 500
	var changes []engine.Change
	var want []engine.Result
	body := strings.Repeat("é", 4000)
	for i := range n {
		c := put(fmt.Sprintf("r%d", i), 0, body)
		for j := range 5 {
			c.Lists = append(c.Lists, engine.ListEntry{List: "l", Score: int64(i), Member: fmt.Sprintf("%d-%d", i, j)})
		}
		c.Counts = []engine.Count{{Name: "n", Field: "f", N: 1}}
		changes, want = append(changes, c), append(want, engine.Done)
		if i%7 == 0 {
			changes, want = append(changes, put(c.Puts[0].ID, 0, "")), append(want, engine.Conflict)
		}
	}
	commit(t, s, changes, want...)
	held(t, s, "r0@1 "+body, fmt.Sprintf("r%d@1 %s", n-1, body))
	counted(t, s, "n", map[string]int64{"f": n})
	if got := members(t, s, "l", 700); len(got) != 5*n {
		t.Errorf("the list has %d members, want %d", len(got), 5*n)
	}
}

// everything is a change that writes one of each.
func everything(id string) engine.Change {
	c := put(id, 0, id)
	c.Claims = []engine.Claim{claim("cal", id, 0, 60)}
	c.Index = []engine.IndexEntry{{Index: "i", Field: "f", Value: id, Unique: true}, {Index: "i", Field: id, Value: "v"}}
	c.Lists = []engine.ListEntry{{List: "l", Score: 1, Member: id}}
	c.Due = []engine.Due{{Kind: "k", ID: id, At: noon()}}
	c.Events = []engine.Event{{At: noon(), Type: engine.EventBatchStored, Organisation: organisation()}}
	c.Counts = []engine.Count{{Name: "n", Field: id, N: 1}}
	return c
}

func atomicity(t *testing.T, s Store) {
	first := everything("first")
	commit(t, s, one(first))
	spoilt := map[string]struct {
		spoil func(*engine.Change)
		want  engine.Result
	}{
		"a stale put":   {func(c *engine.Change) { c.Puts = append(c.Puts, engine.Put{ID: "first", Expect: 7}) }, engine.Conflict},
		"a stale check": {func(c *engine.Change) { c.Checks = []engine.Check{{ID: "first", Version: 9}} }, engine.Conflict},
		"an index":      {func(c *engine.Change) { c.Index[0].Field = "f" }, engine.Taken},
		"a claim":       {func(c *engine.Change) { c.Claims[0].Calendar = "cal" }, engine.Taken},
	}
	for name, test := range spoilt {
		c := everything("second")
		c.Releases = first.Claims
		c.Claims[0].Calendar = "elsewhere"
		c.Index[0].Field = "g"
		if name == "a claim" {
			c.Releases = nil
		}
		c.Deletes = []string{"first"}
		test.spoil(&c)
		t.Log(name)
		commit(t, s, []engine.Change{c, put("witness "+name, 0, "w")}, test.want, engine.Done)
		untouched(t, s)
	}
}

// untouched demands that only the change called "first" left traces.
func untouched(t *testing.T, s Store) {
	t.Helper()
	held(t, s, "first@1 first", "second@0")
	found(t, s, "i", "f=first", "first=v", "g=", "second=")
	counted(t, s, "n", map[string]int64{"first": 1})
	if got := fmt.Sprint(members(t, s, "l", 9)); got != "[first]" {
		t.Errorf("the list holds %s", got)
	}
	holders(t, s, "cal", 0, 60, "first")
	holders(t, s, "elsewhere", 0, 60)
	if evs, _, err := s.Events(t.Context(), organisation(), "", 9); err != nil || len(evs) != 1 {
		t.Errorf("there are %d events, %v", len(evs), err)
	}
	if all, err := s.Overdue(t.Context(), noon()); err != nil || all["k"].Entries != 1 {
		t.Errorf("overdue: %v, %v", all, err)
	}
}

func precedence(t *testing.T, s Store) {
	commit(t, s, one(everything("first")))
	c := everything("second")
	c.Checks = []engine.Check{{ID: "first", Version: 2}}
	commit(t, s, one(c), engine.Conflict)
}

func defects(t *testing.T, s Store) {
	bad := map[string]func(*engine.Change){
		"a claim over 24 h":         func(c *engine.Change) { c.Claims[0].End = c.Claims[0].Start.Add(24*time.Hour + time.Second) },
		"a claim of nothing":        func(c *engine.Change) { c.Claims[0].End = c.Claims[0].Start },
		"a claim of part of second": func(c *engine.Change) { c.Claims[0].End = c.Claims[0].End.Add(time.Millisecond) },
		"no capacity":               func(c *engine.Change) { c.Claims[0].Capacity = 0 },
		"no id":                     func(c *engine.Change) { c.Puts[0].ID = "" },
		"one record twice":          func(c *engine.Change) { c.Puts = append(c.Puts, c.Puts[0]) },
		"a negative version":        func(c *engine.Change) { c.Puts[0].Expect = -2 },
		"a score beyond 2^53":       func(c *engine.Change) { c.Lists[0].Score = 1<<53 + 1 },
	}
	for name, spoil := range bad {
		c := everything("second")
		spoil(&c)
		t.Log(name)
		_, err := s.Commit(t.Context(), p, []engine.Change{put("first", 0, ""), c})
		rejected(t, err, engine.CodeInvalid)
		held(t, s, "first@0", "second@0")
	}
}

func partitions(t *testing.T, s Store) {
	for other := range engine.Partition(3) {
		got, err := s.Commit(t.Context(), other, one(put("a", 0, fmt.Sprint(other))))
		if err != nil || got[0] != engine.Done {
			t.Fatalf("partition %d answers %v, %v", other, got, err)
		}
	}
	for other := range engine.Partition(3) {
		got, err := s.Load(t.Context(), other, "a")
		if err != nil || string(got[0].Body) != fmt.Sprint(other) {
			t.Errorf("partition %d holds %q, %v", other, got[0].Body, err)
		}
	}
}

// bytesKept writes what a script or a protocol might stumble over.
func bytesKept(t *testing.T, s Store) {
	for i, body := range []string{"", "\n", "\r\n\x00", "12\n13\n", "{\"é\":\"\u202f\"}", strings.Repeat("x", 1<<20), "\xff\xfe"} {
		id := fmt.Sprintf("r %d\n{x}", i)
		c := put(id, 0, body)
		c.Index = []engine.IndexEntry{{Index: "i:{y} z", Field: body + ".", Value: body + "!"}}
		commit(t, s, one(c))
		held(t, s, id+"@1 "+body)
		found(t, s, "i:{y} z", body+".="+body+"!")
	}
}

func nothing(t *testing.T, s Store) {
	ctx := t.Context()
	if got, err := s.Commit(ctx, p, nil); err != nil || len(got) != 0 {
		t.Errorf("no changes: %v, %v", got, err)
	}
	commit(t, s, []engine.Change{{}, {}})
	if got, err := s.Load(ctx, p); err != nil || len(got) != 0 {
		t.Errorf("no records: %v, %v", got, err)
	}
	if got, err := s.Find(ctx, p, "i"); err != nil || len(got) != 0 {
		t.Errorf("no fields: %v, %v", got, err)
	}
	if got, err := s.Busy(ctx, p, nil, noon(), noon()); err != nil || len(got) != 0 {
		t.Errorf("no calendars: %v, %v", got, err)
	}
	if got, err := s.Take(ctx, noon(), noon().Add(time.Minute), 9, nil); err != nil || len(got) != 0 {
		t.Errorf("no partitions: %v, %v", got, err)
	}
	if got, err := s.Counts(ctx, p, "n"); err != nil || len(got) != 0 {
		t.Errorf("no counters: %v, %v", got, err)
	}
}

func cancelled(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Commit(ctx, p, one(put("a", 0, "a")))
	rejected(t, err, engine.CodeUnavailable)
	_, err = s.Load(ctx, p, "a")
	rejected(t, err, engine.CodeUnavailable)
	_, err = s.Take(ctx, noon(), noon().Add(time.Minute), 1, nil, p)
	rejected(t, err, engine.CodeUnavailable)
	held(t, s, "a@0")
}
