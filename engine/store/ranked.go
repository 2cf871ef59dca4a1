package store

import (
	"strings"

	"relance/engine"
)

// ranked is members by score, each once.
type ranked struct {
	scores map[string]int64 // made when there are many: most lists have one member
	order  sorted[engine.Listed]
	n      int
}

// manyRanked is how many members are found faster in a map than one by one.
const manyRanked = 8

func newRanked() *ranked { return &ranked{order: sorted[engine.Listed]{compare: compareListed}} }

func compareListed(a, b engine.Listed) int {
	switch {
	case a.Score < b.Score:
		return -1
	case a.Score > b.Score:
		return 1
	}
	return strings.Compare(a.Member, b.Member)
}

// score is that of a member; false when there is no such member.
func (r *ranked) score(member string) (int64, bool) {
	if r.scores != nil {
		score, there := r.scores[member]
		return score, there
	}
	for _, b := range r.order.blocks {
		for _, e := range b {
			if e.Member == member {
				return e.Score, true
			}
		}
	}
	return 0, false
}

// set gives the member a score, whatever it had.
func (r *ranked) set(member string, score int64) {
	was, there := r.score(member)
	switch {
	case there && was == score:
		return
	case there:
		r.order.remove(engine.Listed{Score: was, Member: member})
	default:
		r.n++
	}
	r.order.add(engine.Listed{Score: score, Member: member})
	switch {
	case r.scores != nil:
		r.scores[member] = score
	case r.n > manyRanked:
		r.scores = make(map[string]int64, r.n)
		for _, b := range r.order.blocks {
			for _, e := range b {
				r.scores[e.Member] = e.Score
			}
		}
	}
}

func (r *ranked) drop(member string) {
	if was, there := r.score(member); there {
		r.n--
		r.order.remove(engine.Listed{Score: was, Member: member})
		delete(r.scores, member)
	}
}
