package channels

import "time"

// lane is a Lane and what the router knows of it. Router.mu guards it.
type lane struct {
	Lane
	standing Standing
	pause    Pause
	known    Ledger // what all processes told, when last heard
	fresh    Ledger // what this one saw and has not told
	breaker  breaker
	busy     int // messages it is being asked about
	alerts   int // alerting refusals since the last Sent
	judged   time.Time
}

// Pause says whether a provider may be asked at all. The newest one counts, in all processes.
type Pause struct {
	On    bool      `json:"on"`
	Why   string    `json:"why,omitempty"` // for people
	Since time.Time `json:"since"`
}

func newLane(l Lane) *lane {
	l.Receipts = l.Receipts.Truncate(Stretch)
	return &lane{Lane: l, known: Ledger{}, fresh: Ledger{}}
}

// judge lets the standing follow what was seen, once a second at most.
func (l *lane) judge(now time.Time) {
	if since := now.Sub(l.judged); since >= 0 && since < time.Second {
		return
	}
	l.judged = now
	l.standing = l.standing.Next(l.seen(now, l.standing.Moved), now)
}

func (l *lane) seen(now, since time.Time) Evidence {
	return evidence(now, since, l.Receipts, l.known, l.fresh)
}

// note takes an answer into account; it tells whether the provider must be paused for it.
func (l *lane) note(a Answer, now time.Time) (pause bool) {
	l.breaker.note(a, now)
	switch {
	case a.Outcome == Sent && l.Receipts > 0:
		l.fresh.Add(now, Tally{Good: 1, Taken: 1})
	case a.well():
		l.fresh.Add(now, Tally{Good: 1})
	case a.failure():
		l.fresh.Add(now, Tally{Bad: 1})
	}
	if a.Outcome == Sent {
		l.alerts = 0
	}
	if a.Alert {
		l.alerts++
	}
	return a.Outcome == Configuration
}

// turn pauses or resumes. It is newer than what it replaces, though clocks of processes differ.
func (l *lane) turn(on bool, why string, now time.Time) {
	if !now.After(l.pause.Since) {
		now = l.pause.Since.Add(time.Millisecond)
	}
	l.pause = Pause{On: on, Why: why, Since: now}
}

// LaneState is what ops see of a provider.
type LaneState struct {
	Name    string
	Channel Channel
	Weight  int
	// Standing is how much of the weight counts, since when and why; Share is that as a number,
	// from 1/32 to 1.
	Standing
	Share float64
	// Lately is what was seen of it in the last minutes.
	Lately Evidence
	Paused bool
	// Why and Since are set while paused. Why is for people.
	Why   string
	Since time.Time
	// RestUntil is set while the provider is left alone, because it asked for it or fails again
	// and again; Trying while one message at a time tries whether it is back.
	RestUntil time.Time
	Trying    bool
	// Busy is how many messages this process is asking it about.
	Busy int
}

func (l *lane) state(now time.Time) LaneState {
	s := LaneState{
		Name: l.Provider.Name(), Channel: l.Provider.Channel(), Weight: l.Weight,
		Standing: l.standing, Share: l.standing.Share(), Lately: l.seen(now, time.Time{}),
		Trying: l.breaker.trying(), Busy: l.busy,
	}
	if l.breaker.open(now) {
		s.RestUntil = l.breaker.until
	}
	if l.pause.On {
		s.Paused, s.Why, s.Since = true, l.pause.Why, l.pause.Since
	}
	return s
}

// States lists every provider, in the order they were given.
func (r *Router) States() []LaneState {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	states := make([]LaneState, 0, len(r.lanes))
	for _, l := range r.lanes {
		l.judge(now)
		states = append(states, l.state(now))
	}
	return states
}

// Note tells the router what a provider answered. Permanent is a good answer: the
// provider works. Configuration pauses it at once; a run of alerts does too.
func (r *Router) Note(name string, a Answer) {
	paused, ok := r.note(name, a)
	if ok && r.cfg.OnPause != nil {
		r.cfg.OnPause(paused)
	}
}

func (r *Router) note(name string, a Answer) (state LaneState, paused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.find(name)
	if l == nil {
		return LaneState{}, false
	}
	now := r.cfg.Now()
	pause := l.note(a, now) || l.alerts >= r.cfg.AlertLimit
	l.judge(now)
	if !pause || l.pause.On {
		return LaneState{}, false
	}
	l.turn(true, reasonOf(a), now)
	return l.state(now), true
}

// Heard tells the router that the final receipt came of a message that a provider took at a time,
// and whether it tells well of the provider (see Receipt.Fault). One that does not, or comes late,
// counts like one that never comes (RULES §4: slow receipts).
func (r *Router) Heard(name string, taken time.Time, well bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.find(name); l != nil && well && r.cfg.Now().Sub(taken) < l.Receipts {
		l.fresh.Add(taken, Tally{Heard: 1})
	}
}

// Pause stops a provider until Resume; why is for people. It tells whether the provider exists.
func (r *Router) Pause(name, why string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.find(name)
	if l != nil && !l.pause.On {
		l.turn(true, why, r.cfg.Now())
	}
	return l != nil
}

// Resume lets a provider send again, at its whole weight. It tells whether it exists.
func (r *Router) Resume(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.find(name)
	if l == nil {
		return false
	}
	now := r.cfg.Now()
	l.turn(false, "", now)
	l.standing = Standing{Moved: l.pause.Since}
	l.breaker, l.alerts = breaker{}, 0
	return true
}

func reasonOf(a Answer) string {
	if a.Code == "" {
		return a.Reason
	}
	return a.Reason + " (" + a.Code + ")"
}
