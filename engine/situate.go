package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"relance/calendars"
)

// situate says of each slot where it can be: a start that two calendars of the pool offer at two
// places can be booked at either. Slots are sorted. Nothing more is read while the service is at one place; own as for busy.
func (e *Engine) situate(ctx context.Context, s *Service, slots []Slot, own ...string) ([]Slot, error) {
	if len(slots) == 0 {
		return slots, nil
	}
	members, err := e.pool(ctx, s)
	if err != nil {
		return nil, err
	}
	places, all := make([][]string, len(members)), []string(nil)
	for n, m := range members {
		places[n] = m.cal.places(s)
		all = append(all, places[n]...)
	}
	slices.Sort(all)
	switch all = slices.Compact(all); {
	case len(all) == 0 || len(all) == 1 && all[0] == "":
		return slots, nil
	case len(all) == 1:
		for i := range slots {
			slots[i].Locations = all
		}
		return slots, nil
	}
	const week = 7 * 24 * time.Hour // limits count whole weeks
	busy, err := e.busy(ctx, s, members, slots[0].Start.Add(-week), slots[len(slots)-1].End.Add(week), own...)
	if err != nil {
		return nil, err
	}
	now := e.Clock.Now()
	for i := range slots {
		var at []string
		for n, m := range members {
			for _, id := range places[n] {
				if m.offers(s, now, slots[i].Start, id, busy[n]) {
					at = append(at, id)
				}
			}
		}
		slices.Sort(at)
		slots[i].Locations = slices.Compact(at)
	}
	return slots, nil
}

// offers tells whether a start that is shown can be had at a location of the member.
func (m member) offers(s *Service, now, start time.Time, id string, busy []calendars.Interval) bool {
	q := m.query(s, now, start, start)
	q.Location = cmp.Or(id, q.Location)
	p, err := m.compiled.Place(q, start, busy)
	return err == nil && p.Location == id
}

// places are the locations of the windows that serve a service, each once.
func (c *Calendar) places(s *Service) []string {
	var out []string
	for _, w := range c.Windows {
		serves := len(w.Services) == 0 || slices.Contains(w.Services, string(s.ID))
		if serves && (s.Location == "" || w.Location == s.Location) && !slices.Contains(out, w.Location) {
			out = append(out, w.Location)
		}
	}
	return out
}
