package simulation

import (
	"slices"
	"testing"
	"time"

	"relance/engine"
)

// TestAnOfferThatEndsIsSeen: what was held for somebody is on the pages again, also on that of a day that had
// nothing left; when nobody knows what it was, the pages are asked for again.
func TestAnOfferThatEndsIsSeen(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, time.May, 20, 0, 0, 0, 0, time.UTC)
	nine, ten := midnight.Add(9*time.Hour), midnight.Add(10*time.Hour)
	for _, c := range []struct {
		name          string
		offered, seen []time.Time
		want          []time.Time // nil: the page is asked for again
	}{
		{"of a full day", []time.Time{ten, nine}, nil, []time.Time{nine, ten}},
		{"of which one is seen already", []time.Time{nine, ten}, []time.Time{ten}, []time.Time{nine, ten}},
		{"that nobody read", nil, []time.Time{ten}, nil},
	} {
		sim := &Simulation{
			zone: time.UTC, start: midnight, ends: []int64{midnight.Add(aDay).Unix()}, days: make([]Day, 1), people: map[engine.RecipientID]*person{},
			pages: map[int64]*page{midnight.Unix(): {starts: c.seen}},
		}
		p := sim.person("rcp_awa")
		p.offered = c.offered
		sim.Hear([]engine.Event{{Type: engine.EventRecipientOfferEnded, At: midnight, Recipient: p.id}})
		var got []time.Time
		if page := sim.pages[midnight.Unix()]; page != nil {
			got = page.starts
		}
		if !slices.EqualFunc(got, c.want, time.Time.Equal) || (sim.pages[midnight.Unix()] == nil) != (c.want == nil) {
			t.Errorf("an offer %s: %v, not %v", c.name, got, c.want)
		}
		if len(p.offered) > 0 {
			t.Errorf("an offer %s: still held", c.name)
		}
	}
}
