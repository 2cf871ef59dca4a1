package engine

import "time"

// StepKind names what a due step does.
type StepKind string

// The steps of the records that live through time.
const (
	StepInvite    StepKind = "invite"     // invitation: queue its first messages
	StepRelance   StepKind = "relance"    // invitation: rung N of the ladder
	StepExpire    StepKind = "expire"     // invitation: validity ends
	StepRemind    StepKind = "remind"     // appointment: reminder N
	StepOutcome   StepKind = "outcome"    // appointment: past without outcome
	StepLapse     StepKind = "lapse"      // appointment: its link dies, its invitation closes
	StepSend      StepKind = "send"       // message: hand it to a provider
	StepFindOut   StepKind = "find_out"   // message: what became of an attempt without answer
	StepNoReceipt StepKind = "no_receipt" // message: 72 h without receipt (RULES §4)
	StepForget    StepKind = "forget"     // message: erase the body (RULES §8)
	StepErase     StepKind = "erase"      // recipient: erase the person
)

// Step is the one next thing a record waits for.
type Step struct {
	Kind    StepKind  `json:"kind"`
	N       int       `json:"n,omitempty"`      // which rung or reminder, from 0
	At      time.Time `json:"at"`               // when it is due
	Planned time.Time `json:"planned,omitzero"` // when the policy wanted it; differs when quiet hours moved it
}
