package workers

import (
	"errors"
	"time"
)

// lookAgain is how long a kind whose queue was full is left alone before its queue is
// counted again: at most twenty inspections a second per queue, and none while the
// dispatcher's own sum stays under the limit.
const lookAgain = 50 * time.Millisecond

// throttle is the back-pressure: it knows which kinds may be taken. A backlog waits in
// the due set, where ops see it and no lease runs. Used by the dispatcher's goroutine only.
type throttle struct {
	pending func(kind string) (int, error)
	limit   int
	loads   map[string]*load
}

// load is what is known of one queue: its last count plus what was enqueued since, so it
// is never under the truth for a single dispatcher. With several, each adds at most limit.
type load struct {
	tasks   int
	counted time.Time
}

func newThrottle(limit int, pending func(string) (int, error)) *throttle {
	t := &throttle{pending: pending, limit: limit, loads: map[string]*load{}}
	for _, kind := range kinds() {
		t.loads[kind] = &load{}
	}
	return t
}

// open lists the kinds whose queues have room at now (real time). A kind whose queue
// cannot be counted is closed, and the error says why.
func (t *throttle) open(now time.Time) ([]string, error) {
	var free []string
	var errs []error
	for _, kind := range kinds() {
		l := t.loads[kind]
		if l.tasks >= t.limit && now.Sub(l.counted) >= lookAgain {
			n, err := t.pending(kind)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			l.tasks, l.counted = n, now
		}
		if l.tasks < t.limit {
			free = append(free, kind)
		}
	}
	return free, errors.Join(errs...)
}

func (t *throttle) add(kind string) {
	if l := t.loads[kind]; l != nil {
		l.tasks++
	}
}

// closed tells whether some kind may not be taken now.
func (t *throttle) closed() bool {
	for _, l := range t.loads {
		if l.tasks >= t.limit {
			return true
		}
	}
	return false
}
