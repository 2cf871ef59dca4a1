package channels

import "maps"

// Report is what processes tell each other of a provider, so that all of them know of a failure
// that one saw, of the receipts that another got, and of a pause.
type Report struct {
	Provider string
	Seen     Ledger
	Standing Standing
	Pause    Pause
}

// Reports is what this process has to tell: what it saw and no Hear has taken over, and where it
// thinks each provider stands.
func (r *Router) Reports() []Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	all := make([]Report, 0, len(r.lanes))
	for _, l := range r.lanes {
		l.judge(now)
		l.fresh.Forget(now.Add(-Horizon(l.Receipts))) // nobody may have listened for long
		all = append(all, Report{Provider: l.Provider.Name(), Seen: maps.Clone(l.fresh), Standing: l.standing, Pause: l.pause})
	}
	return all
}

// Hear takes over what all processes know, told included: what this one reported just before.
// Of two standings or pauses the newer counts.
func (r *Router) Hear(told, known []Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range told {
		if l := r.find(t.Provider); l != nil {
			l.fresh.less(t.Seen)
		}
	}
	for _, k := range known {
		l := r.find(k.Provider)
		if l == nil {
			continue
		}
		l.known = k.Seen
		if k.Standing.Newer(l.standing) {
			l.standing = k.Standing
		}
		if k.Pause.Newer(l.pause) {
			l.hear(k.Pause)
		}
	}
}

// hear takes over a pause or its end, which forgives what came before.
func (l *lane) hear(p Pause) {
	if l.pause.On && !p.On {
		l.breaker, l.alerts = breaker{}, 0
	}
	l.pause = p
}

// Newer tells which of two standings counts.
func (s Standing) Newer(than Standing) bool { return s.Moved.After(than.Moved) }

// Newer tells which of two pauses counts.
func (p Pause) Newer(than Pause) bool { return p.Since.After(than.Since) }
