package storetest

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// organisation is one whose partition is p.
func organisation() engine.OrganisationID {
	for i := 0; ; i++ {
		if org := engine.OrganisationID(fmt.Sprintf("org_%d", i)); org.Partition() == p {
			return org
		}
	}
}

// found demands the values of fields of an index, "field=value" each.
func found(t testing.TB, s Store, index string, want ...string) {
	t.Helper()
	fields := make([]string, len(want))
	values := make([]string, len(want))
	for i, w := range want {
		fields[i], values[i], _ = strings.Cut(w, "=")
	}
	got, err := s.Find(t.Context(), p, index, fields...)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", values) {
		t.Errorf("the index answers %q, want %q", got, values)
	}
}

func indexes(t *testing.T, s Store) {
	set := func(field, value string) engine.Change {
		return engine.Change{Index: []engine.IndexEntry{{Index: "i", Field: field, Value: value}}}
	}
	found(t, s, "i", "a=")
	commit(t, s, []engine.Change{set("a", "1"), set("b", "2"), set("a", "3")})
	found(t, s, "i", "b=2", "absent=", "a=3", "b=2")
	commit(t, s, []engine.Change{set("a", ""), set("absent", "")})
	found(t, s, "i", "a=", "b=2")
	found(t, s, "j", "a=", "b=")
}

func unique(t *testing.T, s Store) {
	set := func(field, value string) engine.Change {
		return engine.Change{Index: []engine.IndexEntry{{Index: "i", Field: field, Value: value, Unique: true}}}
	}
	commit(t, s, one(set("a", "1")))
	commit(t, s, one(set("a", "2")), engine.Taken)
	commit(t, s, one(set("a", "1")))
	commit(t, s, one(set("b", "2")))
	found(t, s, "i", "a=1", "b=2")
	// Removing asks nothing, and makes room.
	commit(t, s, []engine.Change{set("a", ""), set("a", "2"), set("a", "1")}, 0, 0, engine.Taken)
	found(t, s, "i", "a=2")
}

// members reads a whole list in pages.
func members(t testing.TB, s Store, list string, page int) []string {
	t.Helper()
	var all []string
	for cursor := ""; ; {
		got, next, err := s.List(t.Context(), p, list, cursor, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range got {
			all = append(all, l.Member)
		}
		if next == "" {
			return all
		}
		if len(got) != page {
			t.Fatalf("a page of %d has %d members and a next one", page, len(got))
		}
		cursor = next
	}
}

func enlist(score int64, members ...string) engine.Change {
	var c engine.Change
	for _, m := range members {
		c.Lists = append(c.Lists, engine.ListEntry{List: "l", Score: score, Member: m})
	}
	return c
}

func lists(t *testing.T, s Store) {
	if got := members(t, s, "l", 3); len(got) != 0 {
		t.Errorf("an empty list has %v", got)
	}
	commit(t, s, []engine.Change{
		enlist(20, "b", "a", "é", "Z", "ab", "c"), enlist(-5, "first"), enlist(1_900_000_000_123, "last"), enlist(20, ""),
	})
	want := "[first  Z a ab b c é last]" // by score, then bytes; one is empty
	for page := 1; page < 12; page++ {
		if got := fmt.Sprint(members(t, s, "l", page)); got != want {
			t.Errorf("pages of %d give %s, want %s", page, got, want)
		}
	}
	got, _, err := s.List(t.Context(), p, "l", "", 99)
	if err != nil || got[0].Score != -5 || got[8].Score != 1_900_000_000_123 {
		t.Errorf("scores come back as %v, %v", got, err)
	}
	commit(t, s, one(enlist(99, "a"))) // a place, not a copy
	if got := fmt.Sprint(members(t, s, "l", 4)); got != "[first  Z ab b c é a last]" {
		t.Errorf("after moving a: %s", got)
	}
	commit(t, s, one(engine.Change{Lists: []engine.ListEntry{{List: "big", Score: 1 << 53, Member: "m"}, {List: "big", Score: -1 << 53, Member: "n"}}}))
	if got, _, err := s.List(t.Context(), p, "big", "", 2); err != nil || got[0].Score != -1<<53 || got[1].Score != 1<<53 {
		t.Errorf("the largest scores come back as %v, %v", got, err)
	}
}

// listChanges pages while the member at the cursor, and others, come and go.
func listChanges(t *testing.T, s Store) {
	commit(t, s, one(enlist(1, "a", "c", "e", "g")))
	_, next, err := s.List(t.Context(), p, "l", "", 2)
	if err != nil {
		t.Fatal(err)
	}
	remove := func(m string) engine.ListEntry {
		return engine.ListEntry{List: "l", Member: m, Remove: true}
	}
	commit(t, s, []engine.Change{enlist(1, "b", "d"), {Lists: []engine.ListEntry{remove("c"), remove("a")}}})
	got, last, err := s.List(t.Context(), p, "l", next, 9)
	if err != nil || last != "" || fmt.Sprint(got) != "[{1 d} {1 e} {1 g}]" {
		t.Errorf("the second page is %v (next %q), %v", got, last, err)
	}
}

func listCursors(t *testing.T, s Store) {
	commit(t, s, one(enlist(1, "a", "b")))
	for _, cursor := range []string{"x", "!!", "MTI", strings.Repeat("A", 99)} {
		_, _, err := s.List(t.Context(), p, "l", cursor, 5)
		rejected(t, err, engine.CodeInvalid)
	}
	_, _, err := s.List(t.Context(), p, "l", "", 0)
	rejected(t, err, engine.CodeInvalid)
}

func events(t *testing.T, s Store) {
	org := organisation()
	var changes []engine.Change
	for i := range 9 {
		e := engine.Event{At: noon().Add(time.Duration(i) * time.Second), Type: engine.EventInvitationCreated,
			Organisation: org, Invitation: engine.InvitationID(fmt.Sprint("inv_", i)), Rung: i, Version: int64(i), ID: "not this"}
		changes = append(changes, engine.Change{Events: []engine.Event{e, e}})
	}
	commit(t, s, changes)
	for _, page := range []int{1, 4, 18, 99} {
		n := 0
		for cursor, last := "", ""; ; {
			got, next, err := s.Events(t.Context(), org, cursor, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got {
				if e.Rung != n/2 || !e.At.Equal(noon().Add(time.Duration(n/2)*time.Second)) || e.Organisation != org || e.ID == "" || e.ID == last {
					t.Errorf("event %d is %+v", n, e)
				}
				last = e.ID
				n++
			}
			if cursor = next; next == "" {
				break
			}
		}
		if n != 18 {
			t.Errorf("pages of %d give %d events", page, n)
		}
	}
	if got, _, err := s.Events(t.Context(), "org_other", "", 9); err != nil || len(got) != 0 {
		t.Errorf("another organisation sees %d events, %v", len(got), err)
	}
	eventsResume(t, s, org)
}

// eventsResume reads on from the last event seen, as somebody who polls does.
func eventsResume(t *testing.T, s Store, org engine.OrganisationID) {
	all, _, err := s.Events(t.Context(), org, "", 99)
	if err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1].ID
	if got, next, err := s.Events(t.Context(), org, last, 9); err != nil || len(got) != 0 || next != "" {
		t.Errorf("after the last: %v, %q, %v", got, next, err)
	}
	commit(t, s, one(engine.Change{Events: []engine.Event{{Type: engine.EventBatchStored, Organisation: org}}}))
	if got, _, err := s.Events(t.Context(), org, last, 9); err != nil || len(got) != 1 || got[0].Type != engine.EventBatchStored {
		t.Errorf("the new event is read as %v, %v", got, err)
	}
}

func eventCursors(t *testing.T, s Store) {
	for _, cursor := range []string{"x", "-", "1-", "(1-1", "1-1 ", "99999999999999999999-1"} {
		_, _, err := s.Events(t.Context(), organisation(), cursor, 5)
		rejected(t, err, engine.CodeInvalid)
	}
	_, _, err := s.Events(t.Context(), organisation(), "", 0)
	rejected(t, err, engine.CodeInvalid)
}

// counted demands a whole set of counters.
func counted(t testing.TB, s Store, name string, want map[string]int64) {
	t.Helper()
	got, err := s.Counts(t.Context(), p, name)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the counters are %v, want %v", got, want)
	}
}

func counts(t *testing.T, s Store) {
	count := func(field string, n int64) engine.Change {
		return engine.Change{Counts: []engine.Count{{Name: "n", Field: field, N: n}, {Name: "m:" + field, Field: "x", N: 1}}}
	}
	commit(t, s, []engine.Change{count("a", 1), count("b", 2), count("a", 4), count("b", -3), count("zero", 0)})
	counted(t, s, "n", map[string]int64{"a": 5, "b": -1})
	counted(t, s, "m:a", map[string]int64{"x": 2})
	commit(t, s, one(count("a", math.MaxInt32*1000)))
	counted(t, s, "n", map[string]int64{"a": 5 + math.MaxInt32*1000, "b": -1})
	refused := count("a", 100)
	refused.Checks = []engine.Check{{ID: "absent", Version: 1}}
	commit(t, s, []engine.Change{refused, count("b", 1)}, engine.Conflict, engine.Done)
	counted(t, s, "n", map[string]int64{"a": 5 + math.MaxInt32*1000, "b": 0})
}
