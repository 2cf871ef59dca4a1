package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"relance/engine"
)

// seat is a place in the session [from, to).
func seat(calendar engine.CalendarID, holder string, from, to, seats int) engine.Claim {
	c := claim(calendar, holder, from, to)
	c.Capacity, c.Seats = 0, seats
	return c
}

func session(t *testing.T, s Store) {
	join := func(holder string) []engine.Change { return claimOf(seat("cal", holder, 0, 120, 3)) }
	commit(t, s, join("a"))
	commit(t, s, join("b"))
	commit(t, s, join("b")) // who is there is there
	commit(t, s, join("c"))
	commit(t, s, join("d"), engine.Taken)
	commit(t, s, join("a"))
	holders(t, s, "cal", 0, 120, "a", "b", "c")
	// Leaving makes room for one, in the same change too.
	leave := one(engine.Change{Releases: []engine.Claim{seat("cal", "b", 0, 120, 3)}})
	commit(t, s, leave)
	commit(t, s, []engine.Change{join("d")[0], join("e")[0]}, engine.Done, engine.Taken)
	swap := one(engine.Change{Releases: []engine.Claim{seat("cal", "a", 0, 120, 3)}, Claims: []engine.Claim{seat("cal", "e", 0, 120, 3)}})
	commit(t, s, swap)
	holders(t, s, "cal", 0, 120, "c", "d", "e")
	// Seats that were added are there for who comes later; seats taken away put nobody out.
	commit(t, s, claimOf(seat("cal", "f", 0, 120, 4)))
	commit(t, s, claimOf(seat("cal", "g", 0, 120, 2)), engine.Taken)
	holders(t, s, "cal", 0, 120, "c", "d", "e", "f")
	// Those of one change count each other.
	commit(t, s, one(engine.Change{Claims: []engine.Claim{seat("own", "a", 0, 60, 1), seat("own", "b", 0, 60, 1)}}), engine.Taken)
	commit(t, s, one(engine.Change{Claims: []engine.Claim{seat("own", "a", 0, 60, 2), seat("own", "b", 0, 60, 2)}}))
}

func sessionAlone(t *testing.T, s Store) {
	commit(t, s, claimOf(seat("cal", "a", 60, 120, 5)))
	for _, c := range []engine.Claim{
		seat("cal", "x", 60, 90, 5), seat("cal", "x", 30, 61, 5), seat("cal", "x", 119, 150, 5), seat("cal", "x", 0, 180, 5),
	} {
		commit(t, s, claimOf(c), engine.Taken)
	}
	alone := claim("cal", "x", 60, 120)
	alone.Capacity = 9
	commit(t, s, claimOf(alone), engine.Taken) // room for nine appointments is no seat
	alone = claim("cal", "x", 90, 95)
	commit(t, s, claimOf(alone), engine.Taken)
	commit(t, s, claimOf(seat("cal", "b", 0, 60, 1)))
	commit(t, s, claimOf(seat("cal", "c", 120, 180, 1)))
	// An appointment that was there first keeps a session away.
	commit(t, s, claimOf(claim("first", "a", 0, 30)))
	commit(t, s, claimOf(seat("first", "b", 0, 60, 5)), engine.Taken)
	holders(t, s, "first", 0, 60, "a")
}

func sessionRace(t *testing.T, s Store) {
	results := make([]engine.Result, 200)
	errs := make([]error, len(results))
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range results {
		wg.Go(func() {
			<-begin
			got, err := s.Commit(t.Context(), p, claimOf(seat("cal", fmt.Sprint("apt", i), 0, 90, 12)))
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
	if tally[engine.Done] != 12 {
		t.Errorf("a session of 12: %v", tally)
	}
}

// asked is a claim made s seconds after noon.
func asked(c engine.Claim, s int) engine.Claim {
	c.Asked = noon().Add(time.Duration(s) * time.Second)
	return c
}

func holds(t *testing.T, s Store) {
	hold := claim("cal", "person", 0, 30)
	hold.Until = noon().Add(1800 * time.Second)
	commit(t, s, claimOf(asked(hold, 0)))
	other := claim("cal", "apt", 10, 40)
	commit(t, s, claimOf(other), engine.Taken) // who does not say when it is, waits
	commit(t, s, claimOf(asked(other, 1799)), engine.Taken)
	commit(t, s, claimOf(asked(other, 1800)))
	holders(t, s, "cal", 0, 40, "person", "apt") // nobody cleared it away yet
	got, err := s.Busy(t.Context(), p, []engine.CalendarID{"cal"}, noon(), noon().Add(time.Hour))
	if err != nil || !got[0][0].Until.Equal(hold.Until) || !got[0][1].Until.IsZero() {
		t.Errorf("holds come back as %+v, %v", got, err)
	}
	// A hold is freed by what it was made with, and cannot come back over what took its place.
	commit(t, s, one(engine.Change{Releases: []engine.Claim{claim("cal", "person", 0, 30)}}))
	holders(t, s, "cal", 0, 40, "person", "apt")
	commit(t, s, one(engine.Change{Releases: []engine.Claim{hold}}))
	commit(t, s, claimOf(asked(hold, 0)), engine.Taken)
	holders(t, s, "cal", 0, 40, "apt")

	// The person's own hold makes way for the appointment in one change.
	own := claim("own", "person", 0, 30)
	own.Until = noon().Add(time.Hour)
	commit(t, s, claimOf(own))
	commit(t, s, one(engine.Change{Releases: []engine.Claim{own}, Claims: []engine.Claim{claim("own", "apt", 0, 30)}}))
	holders(t, s, "own", 0, 30, "apt")

	// The same with room for two, and with seats.
	for name, make := range map[engine.CalendarID]func(holder string) engine.Claim{
		"two":       func(h string) engine.Claim { c := claim("two", h, 0, 30); c.Capacity = 2; return c },
		"two seats": func(h string) engine.Claim { return seat("two seats", h, 0, 30, 2) },
	} {
		held := make("person")
		held.Until = hold.Until
		commit(t, s, []engine.Change{claimOf(make("a"))[0], claimOf(held)[0]})
		commit(t, s, claimOf(asked(make("b"), 1799)), engine.Taken)
		commit(t, s, claimOf(asked(make("b"), 1800)))
		commit(t, s, claimOf(asked(make("c"), 1800)), engine.Taken)
		holders(t, s, name, 0, 30, "a", "b", "person")
	}
}

func insisting(t *testing.T, s Store) {
	insist := func(c engine.Claim) []engine.Change {
		c.Capacity, c.Insist = 0, true
		return claimOf(c)
	}
	commit(t, s, claimOf(claim("cal", "a", 0, 30)))
	commit(t, s, insist(claim("cal", "b", 0, 30)))
	holders(t, s, "cal", 0, 30, "a", "b")
	commit(t, s, claimOf(claim("cal", "c", 0, 30)), engine.Taken)
	c := claim("cal", "c", 0, 30)
	c.Capacity = 2
	commit(t, s, claimOf(c), engine.Taken) // it holds its time like any other
	commit(t, s, one(engine.Change{Releases: []engine.Claim{claim("cal", "a", 0, 30)}, Claims: []engine.Claim{c}}))
	full := seat("session", "a", 0, 30, 1)
	commit(t, s, claimOf(full))
	full.Holder, full.Insist = "b", true
	if _, err := s.Commit(t.Context(), p, claimOf(full)); engine.CodeOf(err) != engine.CodeInvalid {
		t.Errorf("insisting on a seat more: %v", err)
	}
}

// limits: a change holds time of several calendars, or of none.
func limits(t *testing.T, s Store) {
	book := func(holder string, from int) engine.Change {
		day := claim("cal#day", holder, 0, 0)
		day.End, day.Capacity = day.Start.Add(time.Second), 2
		week := day
		week.Calendar, week.Capacity = "cal#week", 3
		return engine.Change{Claims: []engine.Claim{claim("cal", holder, from, from+10), day, week}}
	}
	commit(t, s, []engine.Change{book("a", 0), book("b", 10), book("c", 20)}, 0, 0, engine.Taken)
	holders(t, s, "cal", 0, 60, "a", "b")
	holders(t, s, "cal#week", 0, 60, "a", "b")
	// Moving within a full day needs no more room than there is.
	moved := book("a", 40)
	moved.Releases = book("a", 0).Claims
	commit(t, s, one(moved))
	holders(t, s, "cal", 0, 60, "b", "a")
	// The next day has room, the week has for one more.
	next := func(holder string, from int) engine.Change {
		c := book(holder, from)
		c.Claims[1].Start, c.Claims[1].End = c.Claims[1].Start.Add(24*time.Hour), c.Claims[1].End.Add(24*time.Hour)
		return c
	}
	commit(t, s, []engine.Change{next("d", 100), next("e", 110)}, 0, engine.Taken)
	holders(t, s, "cal", 0, 120, "b", "a", "d")
	holders(t, s, "cal#day", 0, 1, "a", "b")
}
