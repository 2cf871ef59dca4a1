package engine

import (
	"cmp"
	"slices"
	"time"

	"relance/calendars"
)

// situate says of each slot where it can be: a start that two calendars of the pool offer at two
// places can be booked at either.
func (o *openings) situate(slots []Slot) {
	places, all := make([][]string, len(o.members)), []string(nil)
	for n, m := range o.members {
		places[n] = m.cal.places(o.s)
		all = append(all, places[n]...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) < 2 {
		for i := range slots {
			if len(all) == 1 && all[0] != "" {
				slots[i].Locations = all
			}
		}
		return
	}
	for i := range slots {
		var at []string
		for n, m := range o.members {
			for _, id := range places[n] {
				if m.offers(o.q, slots[i].Start, id, o.busy[n]) {
					at = append(at, id)
				}
			}
		}
		slices.Sort(at)
		slots[i].Locations = slices.Compact(at)
	}
}

// offers tells whether a start that is shown can be had at a location of the member.
func (m member) offers(q calendars.Query, start time.Time, id string, busy []calendars.Interval) bool {
	q.Blocked = m.blocked
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
