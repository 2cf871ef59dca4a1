package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/engine"
)

// lease is how long a Take of these tests keeps what it took.
const lease = time.Minute

func take(t testing.TB, s Store, now time.Time, limit int, kinds ...string) []engine.Due {
	t.Helper()
	got, err := s.Take(t.Context(), now, now.Add(lease), limit, kinds, p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// due is a change that makes id due some seconds after noon.
func due(kind, id string, seconds int) engine.Change {
	return engine.Change{Due: []engine.Due{{Kind: kind, ID: id, At: noon().Add(time.Duration(seconds) * time.Second)}}}
}

// names shows what was taken as "kind/id@seconds after noon".
func names(taken []engine.Due) []string {
	out := []string{}
	for _, d := range taken {
		out = append(out, fmt.Sprintf("%s/%s@%d", d.Kind, d.ID, int(d.At.Sub(noon()).Seconds())))
	}
	return out
}

func taken(t testing.TB, got []engine.Due, want ...string) {
	t.Helper()
	if fmt.Sprint(names(got)) != fmt.Sprint(want) {
		t.Errorf("taken: %v, want %v", names(got), want)
	}
}

// leases has the first taker die: what it took comes again when the lease has run out, as it was.
func leases(t *testing.T, s Store) {
	commit(t, s, one(due("k", "a", 0)))
	taken(t, take(t, s, noon().Add(-time.Millisecond), 9))
	taken(t, take(t, s, noon(), 9), "k/a@0")
	taken(t, take(t, s, noon().Add(lease-time.Millisecond), 9))
	taken(t, take(t, s, noon().Add(lease), 9), "k/a@60")
	taken(t, take(t, s, noon().Add(lease), 9))
	if got := take(t, s, noon().Add(time.Hour), 1); len(got) != 1 || got[0].Partition != p {
		t.Errorf("taken: %+v", got)
	}
	_, err := s.Take(t.Context(), noon(), noon(), 9, nil, p)
	rejected(t, err, engine.CodeInvalid)
	_, err = s.Take(t.Context(), noon(), noon().Add(lease), -1, nil, p)
	rejected(t, err, engine.CodeInvalid)
}

func takeOrder(t *testing.T, s Store) {
	commit(t, s, []engine.Change{
		due("x", "late", 30), due("y", "early", -30), due("x", "middle", 0), due("z", "other", -60), due("y", "future", 99),
	})
	now := noon().Add(40 * time.Second)
	taken(t, take(t, s, now, 2, "x", "y"), "y/early@-30", "x/middle@0")
	taken(t, take(t, s, now, 9, "absent"))
	taken(t, take(t, s, now, 9, "x", "y"), "x/late@30")
	taken(t, take(t, s, now, 9), "z/other@-60")
	taken(t, take(t, s, now, 9))
}

func takeLimit(t *testing.T, s Store) {
	var want []engine.Partition
	for part := range engine.Partition(4) {
		var changes []engine.Change
		for i := range 5 {
			changes = append(changes, due("k", fmt.Sprint(part, "-", i), i))
		}
		if _, err := s.Commit(t.Context(), part, changes); err != nil {
			t.Fatal(err)
		}
		want = append(want, part)
	}
	now := noon().Add(time.Minute)
	for _, n := range []int{8, 8, 4, 0} {
		got, err := s.Take(t.Context(), now, now.Add(lease), 2, nil, want...)
		if err != nil || len(got) != n {
			t.Fatalf("%d entries taken, want %d, %v", len(got), n, err)
		}
		for i := 1; i < len(got); i++ {
			if got[i].At.Before(got[i-1].At) {
				t.Errorf("%v comes after %v", got[i], got[i-1])
			}
		}
	}
}

func undue(t *testing.T, s Store) {
	commit(t, s, []engine.Change{due("k", "a", 0), due("k", "b", 0), due("k", "c", 0), due("other", "a", 0)})
	commit(t, s, []engine.Change{
		{Due: []engine.Due{{Kind: "k", ID: "a"}, {Kind: "k", ID: "absent"}}},
		due("k", "b", 30),
	})
	taken(t, take(t, s, noon(), 9, "k"), "k/c@0")
	taken(t, take(t, s, noon().Add(30*time.Second), 9, "k"), "k/b@30")
	refused := due("k", "c", -10)
	refused.Checks = []engine.Check{{ID: "absent", Version: 1}}
	commit(t, s, one(refused), engine.Conflict)
	taken(t, take(t, s, noon(), 9, "k"))
}

// atTheLatest brings an entry forward, and never pushes it back; it makes one where there is none.
func atTheLatest(t *testing.T, s Store) {
	by := func(id string, seconds int) engine.Change {
		c := due("k", id, seconds)
		c.Due[0].Latest = true
		return c
	}
	commit(t, s, []engine.Change{by("new", 20), due("k", "early", 10), by("early", 20), due("k", "late", 30), by("late", 20), by("pushed", 20), due("k", "pushed", 40)})
	taken(t, take(t, s, noon().Add(30*time.Second), 9), "k/early@10", "k/late@20", "k/new@20")
	commit(t, s, []engine.Change{{Due: []engine.Due{{Kind: "k", ID: "pushed"}}}, by("pushed", 50)})
	taken(t, take(t, s, noon().Add(50*time.Second), 9), "k/pushed@50")
}

func commitDuringLease(t *testing.T, s Store) {
	commit(t, s, []engine.Change{due("k", "a", 0), due("k", "b", 0)})
	taken(t, take(t, s, noon(), 9), "k/a@0", "k/b@0")
	// The job wrote the next step of one, and that the other has none.
	commit(t, s, []engine.Change{due("k", "a", 10), {Due: []engine.Due{{Kind: "k", ID: "b"}}}})
	taken(t, take(t, s, noon().Add(10*time.Second), 9), "k/a@10")
	commit(t, s, one(engine.Change{Due: []engine.Due{{Kind: "k", ID: "a"}}}))
	taken(t, take(t, s, noon().Add(time.Hour), 9))
}

// takeRace has eight dispatchers take everything at once: each entry goes to one.
func takeRace(t *testing.T, s Store) {
	const n = 400
	var changes []engine.Change
	for i := range n {
		changes = append(changes, due(fmt.Sprint("k", i%3), fmt.Sprint(i), i))
	}
	commit(t, s, changes)
	now := noon().Add(n * time.Second)
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				got, err := s.Take(t.Context(), now, now.Add(lease), 7, nil, p, p+1)
				if err != nil {
					t.Error(err)
					return
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, d := range got {
					seen[d.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("%d of %d entries were taken", len(seen), n)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("entry %s was taken %d times", id, times)
		}
	}
}

func overdue(t *testing.T, s Store) {
	if got, err := s.Overdue(t.Context(), noon()); err != nil || len(got) != 0 {
		t.Errorf("an empty store: %v, %v", got, err)
	}
	for _, part := range []engine.Partition{0, p, engine.Partitions - 1} {
		if _, err := s.Commit(t.Context(), part, []engine.Change{
			due("x", "a", -10), due("x", "b", -10*int(part)), due("x", "c", 1), due("y", "d", 5),
		}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Overdue(t.Context(), noon())
	if err != nil {
		t.Fatal(err)
	}
	x := got["x"]
	if x.Entries != 6 || !x.Oldest.Equal(noon().Add(-10*(engine.Partitions-1)*time.Second)) {
		t.Errorf("x: %+v", x)
	}
	if y, ok := got["y"]; !ok || y != (engine.Backlog{}) {
		t.Errorf("y, which has nothing due: %+v, %v", y, ok)
	}
	take(t, s, noon(), 9)
	if got, err = s.Overdue(t.Context(), noon()); err != nil || got["x"].Entries != 4 {
		t.Errorf("leased entries still count: %v, %v", got, err)
	}
}

// dueModel compares random writes and takes of a few records with a map.
func dueModel(t *testing.T, s Store) {
	kinds := 0
	rapid.Check(t, func(r *rapid.T) {
		kinds++
		kind := fmt.Sprint("kind", kinds)
		at := map[string]int{}
		now := 0
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "id")
			switch rapid.SampledFrom([]string{"set", "clear", "take"}).Draw(r, "step") {
			case "set":
				at[id] = now + rapid.IntRange(-20, 80).Draw(r, "at")
				commit(t, s, one(due(kind, id, at[id])))
			case "clear":
				delete(at, id)
				commit(t, s, one(engine.Change{Due: []engine.Due{{Kind: kind, ID: id}}}))
			case "take":
				now += rapid.IntRange(0, 40).Draw(r, "wait")
				got := take(t, s, noon().Add(time.Duration(now)*time.Second), 9, kind)
				modelTake(r, at, now, got)
			}
		}
	})
}

func modelTake(r *rapid.T, at map[string]int, now int, got []engine.Due) {
	want := 0
	for _, when := range at {
		if when <= now {
			want++
		}
	}
	if len(got) != want {
		r.Fatalf("taken at %d: %v, the model has %v", now, names(got), at)
	}
	for _, d := range got {
		if when, ok := at[d.ID]; !ok || when != int(d.At.Sub(noon()).Seconds()) {
			r.Fatalf("taken at %d: %v, the model has %v", now, names(got), at)
		}
		at[d.ID] = now + int(lease.Seconds())
	}
}
