package simulation

import (
	"cmp"
	"container/heap"
	"time"
)

// errand is something that somebody will do.
type errand struct {
	at  int64 // unix seconds, a whole beat
	who *person
	do  deed
	n   int // which time, of what is tried again
	apt *booking
}

// deed is what is done; those of one person at one moment are done in this order.
type deed uint8

const (
	deedVisit deed = iota
	deedMove
	deedCancel
	deedCome
	deedChange
	deedRefuse
	deedTake
	deedStop
	deedConvene
	deedOutcome
)

// agenda is what is still to be done, the soonest first.
type agenda []errand

func (a agenda) Len() int           { return len(a) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(errand)) }
func (a agenda) Less(i, j int) bool { return a[i].compare(a[j]) < 0 }

// Pop takes the last.
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

// compare orders errands whatever order they were noted in.
func (e errand) compare(f errand) int {
	if e.at != f.at { // more often than not, and the people need not be looked at
		return cmp.Compare(e.at, f.at)
	}
	return cmp.Or(cmp.Compare(e.who.chance, f.who.chance), cmp.Compare(e.who.id, f.who.id), cmp.Compare(e.do, f.do), cmp.Compare(e.n, f.n))
}

// beat is how far apart people do things: what is done at once is done faster, and no figure is finer.
const beat = 5 * time.Minute

func (a *agenda) note(at time.Time, e errand) {
	e.at = at.Add(beat - time.Second).Truncate(beat).Unix()
	heap.Push(a, e)
}

// due takes the errands to do by now, in their order.
func (a *agenda) due(now time.Time) []errand {
	var out []errand
	for len(*a) > 0 && (*a)[0].at <= now.Unix() {
		out = append(out, heap.Pop(a).(errand))
	}
	return out
}

// next is when there is something to do; false when there is nothing.
func (a agenda) next() (time.Time, bool) {
	if len(a) == 0 {
		return time.Time{}, false
	}
	return time.Unix(a[0].at, 0), true
}
