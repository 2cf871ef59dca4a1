package engine

import (
	"context"
	"math"
)

// share is how many may be invited now. When other services wait for the same slots it is half of what falls to the
// batches of this one: then it is the others' turn, and again its own, until nothing is left. With all of it, who
// comes first would have twice what the second has.
func (w *pacing) share(ctx context.Context) (int64, error) {
	left := w.gate.left
	if len(w.gate.neighbours.waiting) == 0 || left < 1 {
		return left, nil
	}
	own, others, err := w.e.queues(ctx, w.s, w.gate.neighbours)
	return int64(math.Ceil(float64(left*own) / float64(2*max(1, own+others)))), err
}

// turns are up to most of those who wait, in order of their batch, the batches taking turns.
func (w *pacing) turns(ctx context.Context, most int) ([]string, error) {
	batches, more, err := w.inTurn(ctx)
	if err != nil {
		return nil, err
	}
	each := most
	if more {
		each = 1 // the others' turn comes before anybody's second
	}
	var queues [][]Listed
	var owners []BatchID
	for _, b := range batches {
		people, _, err := w.e.Lister.List(ctx, w.p, queueName(w.o.ID, w.s.ID, b), "", each)
		if err != nil {
			return nil, err
		}
		if len(people) == 0 {
			if err := w.drop(ctx, b); err != nil {
				return nil, err
			}
			continue
		}
		queues, owners = append(queues, people), append(owners, b)
	}
	return w.deal(queues, owners, most), nil
}

// inTurn are the batches whose turn comes next, from the one after the last on and round again, and whether
// there are more of them.
func (w *pacing) inTurn(ctx context.Context) (batches []BatchID, more bool, err error) {
	list := paceName(w.o.ID, w.s.ID)
	next, rest, err := w.e.Lister.List(ctx, w.p, list, w.e.Lister.After(Listed{Member: string(w.rec.Last)}), batchesAtOnce)
	if err != nil {
		return nil, false, err
	}
	if more = rest != ""; !more && w.rec.Last != "" {
		first, _, err := w.e.Lister.List(ctx, w.p, list, "", batchesAtOnce)
		if err != nil {
			return nil, false, err
		}
		for _, b := range first {
			if BatchID(b.Member) > w.rec.Last {
				break // it is among those that come next
			}
			if more = len(next) == batchesAtOnce; more {
				break
			}
			next = append(next, b)
		}
	}
	for _, b := range next {
		batches = append(batches, BatchID(b.Member))
	}
	return batches, more, nil
}

// deal takes one of each queue in turn.
func (w *pacing) deal(queues [][]Listed, owners []BatchID, most int) []string {
	var out []string
	for round := 0; ; round++ {
		before := len(out)
		for i, q := range queues {
			if round < len(q) && len(out) < most {
				out, w.rec.Last = append(out, q[round].Member), owners[i]
			}
		}
		if len(out) == before {
			return out
		}
	}
}

// drop takes a batch of which nobody waits any more off the list, unless somebody just came.
func (w *pacing) drop(ctx context.Context, b BatchID) error {
	name := paceName(w.o.ID, w.s.ID)
	c := Change{Lists: []ListEntry{{List: name, Member: string(b), Remove: true}}}
	if b == lone {
		c.Caps = []Cap{{Name: name, Field: countWaiting, Most: 0}} // theirs are not counted apart
	} else {
		c.Caps = []Cap{{Name: "batch:" + string(b), Field: countWaiting, Most: 0}}
	}
	_, err := w.e.commit(ctx, w.p, []Change{c})
	return err
}
