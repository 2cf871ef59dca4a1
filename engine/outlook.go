package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
)

// Outlook is what the pacing of a service would do with more people, by the state of things now. The zero
// one lets everybody out at once.
type Outlook struct {
	gate    *gate
	batches int64 // that have people waiting
	others  int64 // batches of other services that wait for the same slots
	q       quiet
	places  []place // that the horizon will reach, as it does
}

// place is a start that the horizon will reach, for so many people.
type place struct {
	start int64
	n     int
}

// Outlook reads one; CodeNotFound.
func (e *Engine) Outlook(ctx context.Context, org OrganisationID, id ServiceID) (*Outlook, error) {
	o, err := e.organisation(ctx, org)
	if err != nil {
		return nil, err
	}
	s, err := e.Service(ctx, org, id)
	if err != nil {
		return nil, err
	}
	out := &Outlook{q: e.quietOf(o, s)}
	if out.gate, err = e.gate(ctx, org.Partition(), s); err != nil {
		return nil, err
	}
	if out.batches, out.others, err = e.queues(ctx, s, out.gate.neighbours); err != nil {
		return nil, err
	}
	if out.gate.most < math.MaxInt64 {
		out.places, err = e.coming(ctx, s)
	}
	return out, err
}

// coming are the places of a year that the horizon of a service has not reached yet, the next ones first.
func (e *Engine) coming(ctx context.Context, s *Service) ([]place, error) {
	var all []place
	edge := e.Clock.Now().Add(s.horizon())
	q := s.query(e.Clock.Now(), edge.Add(time.Second), edge.Add(lookAhead))
	q.Horizon = 0
	if err := e.places(ctx, s, q, func(t int64, n int) { all = append(all, place{t, n}) }); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.start, b.start) })
	total := 0
	for i := range all {
		total += all[i].n
		all[i].n = total
	}
	return all, nil
}

// Next says why the n-th of a new batch, from 0, would wait, and until when; nil when they would not.
func (o *Outlook) Next(n int64) *Waiting {
	switch {
	case o.gate == nil, o.gate.most == math.MaxInt64, o.gate.queued == 0 && n+o.beside(n) < o.gate.left:
		return nil
	}
	return o.after(min(o.gate.queued+n, (n+1)*(o.batches+1)-1))
}

// after is for somebody with so many before them.
func (o *Outlook) after(ahead int64) *Waiting {
	g := o.gate
	w := &Waiting{People: 1, Reason: WaitForRoom, Ahead: ahead}
	if g.most < math.MaxInt64 && g.free == 0 {
		w.Reason = WaitNoSlots
	}
	when, ok := g.now, true
	if before := ahead + o.beside(ahead); before >= g.left {
		when, ok = o.reaches(float64(before+1+g.out)*g.s.perInvitation() - float64(g.room))
	}
	if ok {
		w.Expected = at(o.q.next(when).In(o.q.zone))
	}
	return w
}

// beside are those of other services who have their turn before somebody with so many before them.
func (o *Outlook) beside(ahead int64) int64 {
	people := int64(0)
	for _, r := range o.gate.neighbours.waiting {
		people += r.waiting
	}
	return min(people, (ahead+1)*o.others/max(1, o.batches))
}

// reaches is when the horizon reaches n more places than it does now; false when that is not within a year.
func (o *Outlook) reaches(n float64) (time.Time, bool) {
	i, _ := slices.BinarySearchFunc(o.places, n, func(p place, n float64) int {
		if float64(p.n) < n-1e-9 {
			return -1
		}
		return 1
	})
	if i == len(o.places) {
		return o.gate.now, false
	}
	return time.Unix(o.places[i].start, 0).Add(-o.gate.s.horizon()), true
}
