package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/engine"
)

// claimModel compares random bookings, moves and cancellations with a minute-by-minute count.
func claimModel(t *testing.T, s Store) {
	calendars := 0
	rapid.Check(t, func(r *rapid.T) {
		calendars++
		m := &model{calendar: engine.CalendarID(fmt.Sprint("cal", calendars)), held: map[string]engine.Claim{}}
		for range rapid.IntRange(1, 12).Draw(r, "calls") {
			changes := make([]engine.Change, rapid.IntRange(1, 4).Draw(r, "changes"))
			want := make([]engine.Result, len(changes))
			for i := range changes {
				changes[i] = m.draw(r)
				want[i] = m.apply(changes[i])
			}
			got, err := s.Commit(t.Context(), p, changes)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				r.Fatalf("the store answers %v, %v; the model %v", got, err, want)
			}
		}
		got, err := s.Busy(t.Context(), p, []engine.CalendarID{m.calendar}, noon(), noon().Add(time.Hour))
		if err != nil || len(got[0]) != len(m.held) {
			r.Fatalf("the store holds %d claims, %v; the model %d", len(got[0]), err, len(m.held))
		}
		for _, c := range got[0] {
			if want := m.held[c.Holder]; !named(c, want) {
				r.Fatalf("%+v comes back as %+v", want, c)
			}
		}
	})
}

// model holds at most one claim per holder, within the hour.
type model struct {
	calendar engine.CalendarID
	held     map[string]engine.Claim
}

// named tells whether two claims are one and the same.
func named(a, b engine.Claim) bool {
	return a.Holder == b.Holder && a.Start.Equal(b.Start) && a.End.Equal(b.End) && a.Seats == b.Seats && a.Until.Equal(b.Until)
}

func (m *model) draw(r *rapid.T) engine.Change {
	holder := fmt.Sprint("h", rapid.IntRange(0, 7).Draw(r, "holder"))
	var c engine.Change
	if old, ok := m.held[holder]; ok {
		if rapid.Bool().Draw(r, "again") {
			old.Capacity = max(old.Capacity, 1)
			c.Claims = []engine.Claim{old}
			return c
		}
		c.Releases = []engine.Claim{old}
		if rapid.Bool().Draw(r, "cancel") {
			return c
		}
	}
	from := rapid.IntRange(0, 30).Draw(r, "from")
	next := claim(m.calendar, holder, from, from+rapid.IntRange(1, 30).Draw(r, "length"))
	next.Capacity = rapid.IntRange(1, 3).Draw(r, "capacity")
	if rapid.IntRange(0, 2).Draw(r, "kind") == 0 { // few sessions, so that people meet in them
		next.Start, next.End, next.Seats = noon().Add(10*time.Minute), noon().Add(20*time.Minute), rapid.IntRange(1, 3).Draw(r, "seats")
		if rapid.Bool().Draw(r, "late") {
			next.Start, next.End = next.End, next.End.Add(10*time.Minute)
		}
	}
	if rapid.IntRange(0, 2).Draw(r, "hold") == 0 {
		next.Until = noon().Add(time.Duration(rapid.IntRange(1, 9).Draw(r, "until")) * time.Second)
	}
	next.Asked = noon().Add(time.Duration(rapid.IntRange(0, 9).Draw(r, "asked")) * time.Second)
	next.Insist = next.Seats == 0 && rapid.IntRange(0, 9).Draw(r, "insist") == 0
	c.Claims = []engine.Claim{next}
	return c
}

func (m *model) apply(c engine.Change) engine.Result {
	if len(c.Claims) == 0 {
		delete(m.held, c.Releases[0].Holder)
		return engine.Done
	}
	want := c.Claims[0]
	old, there := m.held[want.Holder]
	if there && len(c.Releases) == 0 && named(old, want) {
		return engine.Done
	}
	leaves := ""
	if len(c.Releases) > 0 {
		leaves = want.Holder
	}
	if !want.Insist && !m.room(want, leaves) {
		return engine.Taken
	}
	m.held[want.Holder] = want
	return engine.Done
}

// room counts minute by minute; who leaves is not counted.
func (m *model) room(want engine.Claim, leaves string) bool {
	for at := want.Start; at.Before(want.End); at = at.Add(time.Minute) {
		n := 0
		for holder, h := range m.held {
			if holder == leaves || at.Before(h.Start) || !at.Before(h.End) || h.Ended(want.Asked) {
				continue
			}
			n++
			switch one := h.Start.Equal(want.Start) && h.End.Equal(want.End); {
			case want.Seats > 0 && !one, want.Seats == 0 && h.Seats > 0:
				return false
			}
		}
		if want.Seats > 0 && n >= want.Seats || want.Seats == 0 && n >= want.Capacity {
			return false
		}
	}
	return true
}
