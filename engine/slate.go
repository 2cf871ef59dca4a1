package engine

import "relance/calendars"

// slate is where a search of a whole pool writes what it finds: long lists, for a moment. One that is given back is
// used again.
type slate struct {
	taken  []calendars.Interval
	starts []int64
}

func (e *Engine) slate() *slate {
	l, ok := e.slates.Get().(*slate)
	if !ok {
		return &slate{}
	}
	l.taken, l.starts = l.taken[:0], l.starts[:0]
	return l
}
