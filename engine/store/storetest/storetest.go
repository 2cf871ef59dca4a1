// Package storetest is what every store must do, as tests to run on each of them.
package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// Store is all that a store is asked.
type Store interface {
	engine.Store
	engine.Lister
	engine.Timetable
}

// p is the partition of most tests; noon is when they begin.
const p engine.Partition = 17

func noon() time.Time { return time.Date(2026, time.May, 14, 12, 0, 0, 0, time.UTC) }

// Run tests the stores that open makes; each must be empty and the test's own.
func Run(t *testing.T, open func(t testing.TB) Store) {
	for name, test := range map[string]func(*testing.T, Store){
		"records keep their versions":             records,
		"a record is put only at its version":     conflicts,
		"checks demand and write nothing":         checks,
		"a cap bounds a counter":                  caps,
		"a fresh record is written unseen":        fresh,
		"deleted records are gone":                deletes,
		"changes of one call see each other":      order,
		"large calls are answered in order":       large,
		"a refused change leaves nothing":         atomicity,
		"conflict is told before taken":           precedence,
		"defects are refused before anything":     defects,
		"indexes":                                 indexes,
		"unique index entries":                    unique,
		"one of two hundred claims wins":          race,
		"claims overlap half-open":                overlap,
		"capacity is counted at every instant":    capacity,
		"a claim again is the same claim":         claimAgain,
		"moving releases before it claims":        moving,
		"claims behave as the model":              claimModel,
		"a session has its seats and no more":     session,
		"two hundred join one session":            sessionRace,
		"a session shares its time with nobody":   sessionAlone,
		"holds end by themselves":                 holds,
		"who insists is not refused":              insisting,
		"the claims of a change stand together":   limits,
		"busy reads what overlaps":                busy,
		"starting counts what starts":             starting,
		"lists page by score then member":         lists,
		"list pages survive changes":              listChanges,
		"list cursors are checked":                listCursors,
		"a list is read from a score on":          listFrom,
		"the agenda of a calendar pages by start": agenda,
		"events page in order":                    events,
		"event cursors are checked":               eventCursors,
		"counts add up":                           counts,
		"due entries are leased":                  leases,
		"take gives the longest due first":        takeOrder,
		"take is limited per partition":           takeLimit,
		"what is no longer due is not taken":      undue,
		"due at the latest keeps what is sooner":  atTheLatest,
		"a commit during the lease stands":        commitDuringLease,
		"no entry is taken twice in its lease":    takeRace,
		"overdue counts by kind":                  overdue,
		"partitions know nothing of each other":   partitions,
		"values are kept byte for byte":           bytesKept,
		"nothing asked, nothing answered":         nothing,
		"a cancelled context is an error of ours": cancelled,
		"due times behave as the model":           dueModel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// commit applies changes and demands these answers; no answers means all done.
func commit(t testing.TB, s Store, changes []engine.Change, want ...engine.Result) {
	t.Helper()
	got, err := s.Commit(t.Context(), p, changes)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 {
		want = make([]engine.Result, len(changes))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("the commit answers %v, want %v", got, want)
	}
}

func one(c engine.Change) []engine.Change { return []engine.Change{c} }

func put(id string, expect int64, body string) engine.Change {
	return engine.Change{Puts: []engine.Put{{ID: id, Expect: expect, Body: []byte(body)}}}
}

// held demands that the records are as given, "id@version body" each; "id@0" is a missing one.
func held(t testing.TB, s Store, want ...string) {
	t.Helper()
	ids := make([]string, len(want))
	for i, w := range want {
		ids[i], _, _ = strings.Cut(w, "@")
	}
	got, err := s.Load(t.Context(), p, ids...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		text := fmt.Sprintf("%s@%d", r.ID, r.Version)
		if r.Version != 0 {
			text += " " + string(r.Body)
		}
		if text != want[i] {
			t.Errorf("the store holds %q, want %q", text, want[i])
		}
	}
}

// rejected demands an error with this code.
func rejected(t testing.TB, err error, code engine.Code) {
	t.Helper()
	if engine.CodeOf(err) != code {
		t.Errorf("the answer is %v, want %s", err, code)
	}
}
