package channels

import "time"

// Standing is where a provider stands between its whole weight and the least of it. It moves one
// step at a time, with a pause after each, and never to nothing: the least share is what probes.
// It is a pure function of what was seen, so all processes that see the same decide the same.
type Standing struct {
	// Step counts the halvings of the weight: 0 is all of it.
	Step int `json:"step"`
	// Moved is when Step last changed; zero when it never did.
	Moved time.Time `json:"moved"`
	// Cause is why it last went down; empty at the whole weight.
	Cause Cause `json:"cause,omitempty"`
}

// Cause is what took weight from a provider.
type Cause string

// The causes.
const (
	CauseErrors   Cause = "errors"   // too many of its answers are failures
	CauseReceipts Cause = "receipts" // too many receipts are late, missing or of its own failures
)

const (
	lowestStep = 5                // a thirty-second part of the weight
	coolDown   = 10 * time.Second // between a step and the next one down
	coolUp     = 30 * time.Second // between a step and the next one up
	quietUp    = 10 * time.Minute // after so long without a failure a provider is trusted more, however little it did
)

// Share is the part of the weight that counts, from 1/32 to 1.
func (s Standing) Share() float64 { return 1 / float64(int(1)<<s.clamped()) }

// clamped is Step, within its bounds whatever was stored.
func (s Standing) clamped() int { return min(max(s.Step, 0), lowestStep) }

// Next is the standing after what was seen since the last step.
func (s Standing) Next(seen Evidence, now time.Time) Standing {
	s.Step = s.clamped()
	rested := now.Sub(s.Moved)
	cause := seen.illness()
	switch {
	case cause != "" && s.Step < lowestStep && rested >= coolDown:
		return Standing{Step: s.Step + 1, Moved: now, Cause: cause}
	case cause != "" || s.Step == 0:
		return s
	case rested >= coolUp && seen.recovery(s.Cause), rested >= quietUp && seen.spotless():
		up := Standing{Step: s.Step - 1, Moved: now, Cause: s.Cause}
		if up.Step == 0 {
			up.Cause = ""
		}
		return up
	}
	return s
}

// Evidence is what was seen of a provider lately.
type Evidence struct{ Answers, Receipts Count }

// Count is how often something went well, and how often it did not.
type Count struct{ Good, Bad int64 }

// What decides. Receipts are judged far more mildly than answers: phones are switched off.
const (
	enoughSick = 20 // answers before a provider is called sick
	sickShare  = 0.2
	enoughWell = 10
	wellShare  = 0.05

	enoughUnheard = 10 // messages whose receipts were due
	unheardShare  = 0.5
	enoughHeard   = 5
	heardShare    = 0.2
)

// illness is why a provider should lose weight; empty when it should not.
func (e Evidence) illness() Cause {
	switch {
	case e.Answers.atLeast(enoughSick, sickShare):
		return CauseErrors
	case e.Receipts.atLeast(enoughUnheard, unheardShare):
		return CauseReceipts
	}
	return ""
}

// recovery tells whether what took the weight away is over.
func (e Evidence) recovery(from Cause) bool {
	return e.Answers.atMost(enoughWell, wellShare) && (from != CauseReceipts || e.Receipts.atMost(enoughHeard, heardShare))
}

func (e Evidence) spotless() bool { return e.Answers.Bad == 0 && e.Receipts.Bad == 0 }

// Failed is the share of failures; 0 when nothing was seen.
func (c Count) Failed() float64 { return float64(c.Bad) / float64(max(c.Good+c.Bad, 1)) }

func (c Count) atLeast(enough int64, bad float64) bool {
	return c.Good+c.Bad >= enough && c.Failed() >= bad
}

func (c Count) atMost(enough int64, bad float64) bool {
	return c.Good+c.Bad >= enough && c.Failed() <= bad
}
