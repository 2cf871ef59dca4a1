package storetest

import (
	"fmt"
	"testing"
	"time"

	"relance/engine"
)

// agendaOf reads the holders of a calendar from some minutes after noon on, by pages.
func agendaOf(t testing.TB, s Store, calendar engine.CalendarID, from, page int) string {
	t.Helper()
	var out []string
	for cursor := ""; ; {
		claims, next, err := s.Agenda(t.Context(), p, calendar, noon().Add(time.Duration(from)*time.Minute), cursor, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range claims {
			if c.Calendar != calendar {
				t.Errorf("a claim of %s", c.Calendar)
			}
			out = append(out, c.Holder)
		}
		if cursor = next; cursor == "" {
			return fmt.Sprint(out)
		}
	}
}

// agenda pages through what is claimed, by start, from what may still run on.
func agenda(t *testing.T, s Store) {
	day := 24 * 60
	for i, start := range []int{30, 0, 3 * day, 15, day} {
		commit(t, s, claimOf(claim("cal", fmt.Sprint("h", i), start, start+15)), engine.Done)
	}
	for page := 1; page < 7; page++ {
		if got := agendaOf(t, s, "cal", 0, page); got != "[h1 h3 h0 h4 h2]" {
			t.Errorf("pages of %d: %s", page, got)
		}
	}
	if got := agendaOf(t, s, "cal", 2*day, 2); got != "[h4 h2]" { // a claim is at most a day long
		t.Errorf("from the third day: %s", got)
	}
	if got := agendaOf(t, s, "none", 0, 2); got != "[]" {
		t.Errorf("of a calendar without claims: %s", got)
	}
	_, _, err := s.Agenda(t.Context(), p, "cal", noon(), "x", 5)
	rejected(t, err, engine.CodeInvalid)
}

// listFrom begins at a score.
func listFrom(t *testing.T, s Store) {
	commit(t, s, []engine.Change{enlist(10, "a"), enlist(20, "b", "c"), enlist(30, "d")})
	for score, want := range map[int64]string{-5: "a", 10: "a", 11: "b", 20: "b", 30: "d"} {
		got, _, err := s.List(t.Context(), p, "l", s.From(score), 1)
		if err != nil || len(got) != 1 || got[0].Member != want {
			t.Errorf("from %d: %v, %v", score, got, err)
		}
	}
	for last, want := range map[engine.Listed]string{{Score: 10, Member: "a"}: "b", {Score: 20, Member: "b"}: "c", {Score: 20, Member: "bb"}: "c", {Score: 20}: "b", {Score: 25}: "d"} {
		got, _, err := s.List(t.Context(), p, "l", s.After(last), 1)
		if err != nil || len(got) != 1 || got[0].Member != want {
			t.Errorf("after %v: %v, %v", last, got, err)
		}
	}
}
