package engine

import "time"

// StepKind names what a due step does.
type StepKind string

// The steps of the records that live through time.
const (
	StepInvite    StepKind = "invite"     // invitation: queue its first messages
	StepPace      StepKind = "pace"       // invitation: wait until the calendars have room (RULES §1)
	StepRelance   StepKind = "relance"    // invitation: rung N of the ladder
	StepExpire    StepKind = "expire"     // invitation: validity ends
	StepFollowUp  StepKind = "follow_up"  // invitation: offer new slots after a no-show
	StepRemind    StepKind = "remind"     // appointment: reminder N
	StepOutcome   StepKind = "outcome"    // appointment: past without outcome
	StepLapse     StepKind = "lapse"      // appointment: its link dies, its invitation closes
	StepSend      StepKind = "send"       // message: hand it to a provider
	StepFindOut   StepKind = "find_out"   // message: what became of an attempt without answer
	StepNoReceipt StepKind = "no_receipt" // message: 72 h without receipt (RULES §4)
	StepForget    StepKind = "forget"     // message: erase the body (RULES §8)
	StepErase     StepKind = "erase"      // recipient: erase the person
	StepEarlier   StepKind = "earlier"    // freed slot: offer it to those who asked for an earlier one
	StepRelease   StepKind = "release"    // recipient: an offer of slots is over
	StepRead      StepKind = "read"       // agenda: read it at its address
	StepResume    StepKind = "resume"     // pause: it is over, let go of what it kept
	StepFollow    StepKind = "follow"     // following: open invitations learn of another ladder
)

// Step is the one next thing a record waits for.
type Step struct {
	Kind StepKind `json:"kind"`
	N    int      `json:"n,omitempty"` // which rung or reminder, from 0
	// At is when it is due; zero: it is in no due set, and taken up when its turn comes (StepPace).
	At time.Time `json:"at"`
	// Planned is when the policy wanted it, if quiet hours or a pause moved it.
	Planned *time.Time `json:"planned,omitempty"`
	// PausedBy is the pause that keeps it; At is then only when it is looked at again.
	PausedBy PauseScope `json:"paused_by,omitempty"`
	Reason   string     `json:"reason,omitempty"` // why it is late, when quiet hours are not all: paused
}

// stepGrain is as fine as a Timetable keeps times. A step that was finer would be due before its time, put back, and due
// again, for the rest of a millisecond.
const stepGrain = time.Millisecond

// step is one due at when, which the policy wanted at planned.
func step(kind StepKind, n int, when, planned time.Time) *Step {
	s := &Step{Kind: kind, N: n, At: when.Truncate(stepGrain)}
	if !planned.Equal(when) {
		s.Planned = at(planned)
	}
	return s
}

// ripe tells whether the step's time has come.
func (s *Step) ripe(now time.Time) bool {
	return s != nil && !s.At.IsZero() && !s.At.After(now)
}

// lateAs carries the reason for which a step was late over to its next try.
func (s *Step) lateAs(was *Step) {
	if s != nil && s.Kind == was.Kind && s.N == was.N && s.Reason == "" {
		s.Reason = was.Reason
	}
}

// planned is when the policy wanted the step.
func (s *Step) planned() time.Time {
	if s.Planned != nil {
		return *s.Planned
	}
	return s.At
}
