package channels

import "time"

const (
	healthStep  = 0.1  // share of the newest answer in a lane's health
	healthFloor = 0.02 // a sick lane keeps this share of its weight: those sends probe it
	longestRest = 5 * time.Minute
)

// lane is a Lane and what the router has learnt of it. Router.mu guards it.
type lane struct {
	Lane
	health    float64 // 1: every recent answer was good; moves by healthStep
	alerts    int     // alerting refusals since the last Sent
	paused    bool
	why       string
	since     time.Time // of the pause
	restUntil time.Time
}

func newLane(l Lane) *lane { return &lane{Lane: l, health: 1} }

// share is the lane's part in a draw. Health counts squared, so that a provider failing
// half the time gets a quarter of its weight, and never less than the floor.
func (l *lane) share() float64 {
	return float64(max(l.Weight, 1)) * max(l.health*l.health, healthFloor)
}

func (l *lane) learn(good bool) {
	target := 0.0
	if good {
		target = 1
	}
	l.health += healthStep * (target - l.health)
}

// draw picks a lane in proportion to its share; x is in [0,1).
func draw(lanes []*lane, x float64) *lane {
	total := 0.0
	for _, l := range lanes {
		total += l.share()
	}
	x *= total
	for _, l := range lanes {
		if x -= l.share(); x < 0 {
			return l
		}
	}
	return lanes[len(lanes)-1]
}

// LaneState is what ops see of a provider.
type LaneState struct {
	Name    string
	Channel Channel
	Weight  int
	// Health is 1 when every recent answer was good, towards 0 when none is.
	Health float64
	Paused bool
	// Why and Since are set while paused. Why is for people.
	Why   string
	Since time.Time
	// RestUntil is set while the provider asked to be left alone.
	RestUntil time.Time
}

func (l *lane) state() LaneState {
	return LaneState{
		Name: l.Provider.Name(), Channel: l.Provider.Channel(), Weight: l.Weight,
		Health: l.health, Paused: l.paused, Why: l.why, Since: l.since, RestUntil: l.restUntil,
	}
}

// States lists every provider, in the order they were given.
func (r *Router) States() []LaneState {
	r.mu.Lock()
	defer r.mu.Unlock()
	states := make([]LaneState, 0, len(r.lanes))
	for _, l := range r.lanes {
		states = append(states, l.state())
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
	if a.Code != CodeCancelled {
		l.learn(a.Outcome == Sent || a.Outcome == Permanent)
	}
	if a.Outcome == Temporary && a.After > 0 {
		l.restUntil = r.cfg.Now().Add(min(a.After, longestRest))
	}
	if a.Outcome == Sent {
		l.alerts = 0
	}
	if a.Alert {
		l.alerts++
	}
	if a.Outcome != Configuration && l.alerts < r.cfg.AlertLimit || l.paused {
		return LaneState{}, false
	}
	l.pause(reasonOf(a), r.cfg.Now())
	return l.state(), true
}

// NoteReceipt tells the router how long after Sent a message's first receipt came; slow
// receipts cost a provider health as failures do (RULES §4).
func (r *Router) NoteReceipt(name string, delay time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.find(name); l != nil {
		l.learn(delay < r.cfg.SlowReceipt)
	}
}

// Pause stops a provider until Resume; why is for people. It tells whether the provider exists.
func (r *Router) Pause(name, why string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.find(name)
	if l != nil && !l.paused {
		l.pause(why, r.cfg.Now())
	}
	return l != nil
}

// Resume lets a provider send again, with a clean record. It tells whether it exists.
func (r *Router) Resume(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.find(name)
	if l != nil {
		*l = *newLane(l.Lane)
	}
	return l != nil
}

func (l *lane) pause(why string, now time.Time) {
	l.paused, l.why, l.since = true, why, now
}

func reasonOf(a Answer) string {
	if a.Code == "" {
		return a.Reason
	}
	return a.Reason + " (" + a.Code + ")"
}
