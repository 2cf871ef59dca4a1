package engine

import (
	"slices"
	"time"

	"relance/calendars"
)

// openings are the free starts of a service's pool, sorted, and the group sessions among them. Members
// and what is taken of them say where a start can be without another look at the store.
type openings struct {
	e        *Engine
	s        *Service
	q        calendars.Query
	members  []member
	busy     [][]calendars.Interval
	starts   []int64
	sessions map[int64]calendars.Session // by start, with a seat left
	slate    *slate                      // that busy and starts are written on
}

// done gives the slate back; nothing is read of the openings any more.
func (o *openings) done() {
	if o.slate != nil {
		o.e.slates.Put(o.slate)
		*o = openings{}
	}
}

// join notes the sessions of one calendar. Those of several that begin together are one slot with all
// their seats: which one a person joins is chosen when they do.
func (o *openings) join(m member, q calendars.Query, busy []calendars.Interval) {
	if !m.cal.hasSessions() {
		return
	}
	for _, s := range m.compiled.Sessions(q, busy) {
		if s.Left == 0 {
			continue
		}
		if o.sessions == nil {
			o.sessions = map[int64]calendars.Session{}
		}
		if other, ok := o.sessions[s.Start]; ok {
			s.End, s.Seats, s.Left = max(s.End, other.End), s.Seats+other.Seats, s.Left+other.Left
		}
		o.sessions[s.Start] = s
	}
}

// hasSessions tells whether a window of the calendar is one.
func (c *Calendar) hasSessions() bool {
	return slices.ContainsFunc(c.Windows, func(w calendars.Window) bool { return w.Seats > 0 })
}

// slots are some of the starts as people see them.
func (o *openings) slots(starts []int64) []Slot {
	out := make([]Slot, len(starts))
	for i, t := range starts {
		out[i] = o.s.slot(time.Unix(t, 0).UTC())
		if s, ok := o.sessions[t]; ok {
			out[i].End, out[i].Seats, out[i].Left = time.Unix(s.End, 0).UTC(), s.Seats, s.Left
		}
	}
	o.situate(out)
	return out
}
