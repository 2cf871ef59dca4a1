package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"relance/engine"
)

// claim holds [from, to), in minutes after noon, in a calendar with room for one.
func claim(calendar engine.CalendarID, holder string, from, to int) engine.Claim {
	minute := func(n int) time.Time { return noon().Add(time.Duration(n) * time.Minute) }
	return engine.Claim{Calendar: calendar, Holder: holder, Start: minute(from), End: minute(to), Capacity: 1}
}

func claimOf(c engine.Claim) []engine.Change {
	return one(engine.Change{Claims: []engine.Claim{c}})
}

// holders demands who holds time in [from, to), by start then holder.
func holders(t testing.TB, s Store, calendar engine.CalendarID, from, to int, want ...string) {
	t.Helper()
	within := claim(calendar, "", from, to)
	got, err := s.Busy(t.Context(), p, []engine.CalendarID{calendar}, within.Start, within.End)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, c := range got[0] {
		names = append(names, c.Holder)
	}
	if fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("%s is held by %v, want %v", calendar, names, want)
	}
}

// race has two hundred people book one slot at once, then a slot with room for three.
func race(t *testing.T, s Store) {
	for _, capacity := range []int{1, 3} {
		calendar := engine.CalendarID(fmt.Sprintf("cal%d", capacity))
		results := make([]engine.Result, 200)
		errs := make([]error, len(results))
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for i := range results {
			wg.Go(func() {
				<-begin
				c := claim(calendar, fmt.Sprintf("apt%d of %d", i, capacity), 0, 30)
				c.Capacity = capacity
				change := put(c.Holder, 0, "booked")
				change.Claims = []engine.Claim{c}
				got, err := s.Commit(t.Context(), p, one(change))
				if errs[i] = err; err == nil {
					results[i] = got[0]
				}
			})
		}
		close(begin)
		wg.Wait()
		tally := map[engine.Result]int{}
		for i, r := range results {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			tally[r]++
		}
		if tally[engine.Done] != capacity || tally[engine.Taken] != len(results)-capacity {
			t.Errorf("capacity %d: %v", capacity, tally)
		}
	}
}

func overlap(t *testing.T, s Store) {
	commit(t, s, claimOf(claim("cal", "held", 60, 120)))
	for _, test := range []struct {
		from, to int
		want     engine.Result
	}{
		{60, 120, engine.Taken}, {0, 61, engine.Taken}, {119, 180, engine.Taken},
		{80, 90, engine.Taken}, {0, 180, engine.Taken}, {60, 61, engine.Taken},
		{120 - 24*60 + 1, 61, engine.Taken}, {119, 119 + 24*60, engine.Taken},
		{0, 60, engine.Done}, {120, 180, engine.Done},
	} {
		commit(t, s, claimOf(claim("cal", "other", test.from, test.to)), test.want)
	}
	commit(t, s, claimOf(claim("elsewhere", "other", 60, 120)))
	// The longest claim still hides everything to its very end.
	commit(t, s, claimOf(claim("long", "day", 0, 24*60)))
	commit(t, s, claimOf(claim("long", "late", 24*60-1, 24*60+10)), engine.Taken)
	commit(t, s, claimOf(claim("long", "next", 24*60, 24*60+10)))
	// One change does not hide its own claims from each other.
	commit(t, s, one(engine.Change{Claims: []engine.Claim{
		claim("own", "a", 0, 30), claim("own", "b", 20, 40),
	}}), engine.Taken)
	holders(t, s, "own", 0, 60)
	// Nor does it refuse those that only touch, or that are one and the same.
	commit(t, s, one(engine.Change{Claims: []engine.Claim{
		claim("own", "a", 30, 60), claim("own", "b", 0, 30), claim("own", "a", 30, 60),
	}}))
	holders(t, s, "own", 0, 60, "b", "a")
}

func capacity(t *testing.T, s Store) {
	seats := func(holder string, from, to, capacity int) []engine.Change {
		c := claim("cal", holder, from, to)
		c.Capacity = capacity
		return claimOf(c)
	}
	commit(t, s, seats("a", 0, 30, 2))
	commit(t, s, seats("b", 30, 60, 2))
	// a and b never meet: at no instant are two held.
	commit(t, s, seats("c", 0, 60, 2))
	commit(t, s, seats("d", 10, 20, 2), engine.Taken)
	commit(t, s, seats("e", 29, 31, 2), engine.Taken)
	commit(t, s, seats("f", 60, 90, 2))
	commit(t, s, seats("g", 50, 70, 2), engine.Taken)
	commit(t, s, seats("h", 60, 90, 2))
	commit(t, s, seats("d", 10, 20, 3))
	// A capacity that shrank binds who comes later only.
	commit(t, s, seats("i", 0, 5, 1), engine.Taken)
	holders(t, s, "cal", 0, 90, "a", "c", "d", "b", "f", "h")
	// A long claim counts once with each of the short ones it covers.
	many := func(capacity int, claims ...engine.Claim) []engine.Change {
		for i := range claims {
			claims[i].Capacity = capacity
		}
		return one(engine.Change{Claims: claims})
	}
	commit(t, s, many(2, claim("long", "a", 0, 60), claim("long", "b", 10, 20), claim("long", "c", 30, 40)))
	commit(t, s, many(2, claim("long", "d", 0, 60)), engine.Taken)
	commit(t, s, many(3, claim("long", "d", 0, 60)))
	// The claims of one change may come in any order.
	commit(t, s, many(2, claim("own", "a", 40, 50), claim("own", "b", 0, 10), claim("own", "c", 0, 10), claim("own", "d", 0, 60)), engine.Taken)
}

func claimAgain(t *testing.T, s Store) {
	c := claim("cal", "apt", 0, 30)
	commit(t, s, claimOf(c))
	commit(t, s, claimOf(c))
	commit(t, s, one(engine.Change{Claims: []engine.Claim{c, c}}))
	holders(t, s, "cal", 0, 30, "apt")
	commit(t, s, claimOf(claim("cal", "apt", 0, 31)), engine.Taken)
	commit(t, s, claimOf(claim("cal", "ap", 0, 30)), engine.Taken)
}

func moving(t *testing.T, s Store) {
	commit(t, s, claimOf(claim("cal", "apt", 0, 30)))
	commit(t, s, claimOf(claim("cal", "other", 60, 90)))
	move := func(from, to engine.Claim) []engine.Change {
		return one(engine.Change{Releases: []engine.Claim{from}, Claims: []engine.Claim{to}})
	}
	old := claim("cal", "apt", 0, 30)
	commit(t, s, move(old, claim("cal", "apt", 45, 75)), engine.Taken)
	holders(t, s, "cal", 0, 90, "apt", "other")
	commit(t, s, move(old, claim("cal", "apt", 15, 45))) // overlaps what it frees
	commit(t, s, move(claim("cal", "apt", 15, 45), claim("cal", "apt", 15, 45)))
	holders(t, s, "cal", 0, 90, "apt", "other")
	// What another holder has cannot be freed under one's own name.
	commit(t, s, move(claim("cal", "apt", 60, 90), claim("cal", "apt", 60, 90)), engine.Taken)
	commit(t, s, one(engine.Change{Releases: []engine.Claim{claim("cal", "apt", 15, 45), claim("cal", "gone", 0, 5)}}))
	holders(t, s, "cal", 0, 90, "other")
}

func busy(t *testing.T, s Store) {
	commit(t, s, []engine.Change{
		{Claims: []engine.Claim{claim("a", "1", 0, 30), claim("a", "2", 30, 60)}},
		{Claims: []engine.Claim{claim("b", "a:b:c", -24*60, 0), claim("b", "4", 0, 1)}},
	})
	holders(t, s, "a", 0, 60, "1", "2")
	holders(t, s, "a", 30, 31, "2")
	holders(t, s, "a", 29, 30, "1")
	holders(t, s, "a", 60, 90)
	holders(t, s, "b", -1, 0, "a:b:c")
	holders(t, s, "b", 0, 9, "4")
	got, err := s.Busy(t.Context(), p, []engine.CalendarID{"b", "none", "a"}, noon().Add(-time.Hour), noon().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || len(got[0]) != 2 || len(got[1]) != 0 || len(got[2]) != 2 {
		t.Fatalf("busy answers %v", got)
	}
	want := claim("b", "a:b:c", -24*60, 0)
	if c := got[0][0]; c.Calendar != "b" || !c.Start.Equal(want.Start) || !c.End.Equal(want.End) || c.Holder != want.Holder {
		t.Errorf("the claim comes back as %+v", c)
	}
}

func starting(t *testing.T, s Store) {
	many := []engine.Change{{Claims: []engine.Claim{claim("a", "1", 0, 30), claim("a", "2", 30, 60), claim("b", "3", -60, 90)}}}
	for i := range 300 { // more than a block of a store in memory
		many = append(many, engine.Change{Claims: []engine.Claim{claim("long", fmt.Sprint(i), i, i+1)}})
	}
	for len(many) > 0 {
		n := min(len(many), 50)
		commit(t, s, many[:n])
		many = many[n:]
	}
	for _, test := range []struct {
		from, to int
		want     string
	}{
		{0, 60, "[2 0 0 60]"}, {0, 30, "[1 0 0 30]"}, {1, 31, "[1 0 0 30]"}, {-60, -59, "[0 1 0 0]"}, {-59, 90, "[2 0 0 90]"},
		{30, 30, "[0 0 0 0]"}, {60, 0, "[0 0 0 0]"}, {-100, 1000, "[2 1 0 300]"}, {299, 300, "[0 0 0 1]"}, {300, 1000, "[0 0 0 0]"},
	} {
		within := claim("", "", test.from, test.to)
		got, err := s.Starting(t.Context(), p, []engine.CalendarID{"a", "b", "none", "long"}, within.Start, within.End)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("from %d to %d start %v, want %s", test.from, test.to, got, test.want)
		}
	}
	// Whole seconds: what starts in a second started at its beginning.
	begin := claim("", "", 0, 1).Start
	for offset, want := range map[time.Duration]int{0: 1, time.Millisecond: 0, -time.Millisecond: 1} {
		got, err := s.Starting(t.Context(), p, []engine.CalendarID{"a"}, begin.Add(offset), begin.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if got[0] != want {
			t.Errorf("from %v: %d, want %d", offset, got[0], want)
		}
	}
}
