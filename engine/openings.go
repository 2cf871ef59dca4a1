package engine

import (
	"cmp"
	"slices"
	"time"

	"relance/calendars"
)

// locations tells of a free start where it can be: one that two calendars of the pool offer at two
// places can be booked at either. While the service is at one place nothing is looked for.
func (o *openings) locations() func(start time.Time) []string {
	places, all := make([][]string, len(o.members)), []string(nil)
	for n, m := range o.members {
		places[n] = m.cal.places(o.s)
		all = append(all, places[n]...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	switch {
	case len(all) == 0 || len(all) == 1 && all[0] == "":
		return func(time.Time) []string { return nil }
	case len(all) == 1:
		return func(time.Time) []string { return all }
	}
	return func(start time.Time) []string {
		var at []string
		for n, m := range o.members {
			for _, id := range places[n] {
				if !slices.Contains(at, id) && m.offers(o.s, o.now, start, id, o.busy[n]) {
					at = append(at, id)
				}
			}
		}
		slices.Sort(at)
		return at
	}
}

// offers tells whether a free start can be had at a location of the member.
func (m member) offers(s *Service, now, start time.Time, id string, busy []calendars.Interval) bool {
	q := s.query(now, start, start)
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
