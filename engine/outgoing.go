package engine

import "time"

// Outgoing is a message whose send this caller has won: it calls a provider once, then Settle.
type Outgoing struct {
	Partition               Partition
	Message                 *Message
	To                      string // E.164 or email address
	From, FromName, ReplyTo string
	Text                    Text
	Calendar                []byte // an .ics of the appointment; nil when there is none to send
	CalendarMethod          string // REQUEST or CANCEL
	References              MessageID
	Unsubscribe             string        // the address of the button in mail programs (RFC 8058); "" where none belongs
	ValidFor                time.Duration // of an SMS: later it is pointless
	// FindOut: an earlier attempt began at Since and its outcome is unknown. The provider named by
	// Message.Provider is asked first, if it can be asked; otherwise the message is sent again under
	// the same id.
	FindOut bool
	Since   time.Time

	letter *letter // as claimed: settling need not read it again
}

// Outcome is what a provider's answer means (DESIGN, Sending).
type Outcome string

// The outcomes of a send.
const (
	OutcomeSent          Outcome = "sent"
	OutcomePermanent     Outcome = "permanent"
	OutcomeTemporary     Outcome = "temporary"
	OutcomeConfiguration Outcome = "configuration"
	OutcomeUnknown       Outcome = "unknown"
)

// Answer is a provider's answer to one send.
type Answer struct {
	Outcome      Outcome
	Provider     string // its name
	ProviderID   string
	Code, Reason string
	After        time.Duration // temporary, configuration: not before this much real time
	BadAddress   bool
	OptedOut     bool
	NoReceipt    bool // sent, and nobody will ever say what became of it
	Doubt        bool // sent although an earlier attempt may have arrived: counted
}

// Settled pairs a claimed message with its answer.
type Settled struct {
	*Outgoing
	Answer Answer
}

// Receipt is what a provider says became of a message.
type Receipt struct {
	ProviderID   string
	State        MessageState // sent, delivered, undelivered, failed
	Code, Reason string
	BadAddress   bool
	OptedOut     bool
	Later        bool // undelivered, failed: it may arrive later
	Fault        bool // of the provider or the way, not of the message or its person
}

// Limits are the operational numbers, in real time; zero fields mean the defaults.
type Limits struct {
	Attempts    int           // sends of one message before it is a dead letter; default 20
	SendTimeout time.Duration // after which a send without answer is looked into; default 2 min
	BackOff     time.Duration // before the second attempt, doubled each time up to an hour, with jitter; default 30 s
	ReadAgendas time.Duration // between two readings of an agent's agenda, with jitter; default 15 min
	Nearest     int           // free slots that whoever was too late for one is told of; default 3 (RULES §3), below 0 none
}

func (l Limits) nearest() int {
	if l.Nearest == 0 {
		return 3
	}
	return max(0, l.Nearest)
}

func (l Limits) attempts() int {
	if l.Attempts > 0 {
		return l.Attempts
	}
	return 20
}

func (l Limits) sendTimeout() time.Duration {
	if l.SendTimeout > 0 {
		return l.SendTimeout
	}
	return 2 * time.Minute
}

// wait is the back-off after the n-th failure: doubled each time, at most an hour, and between half
// and the whole of that by chance, so that many failures at once do not come back at once.
func (l Limits) wait(n int, chance float64) time.Duration {
	d := l.BackOff
	if d <= 0 {
		d = 30 * time.Second
	}
	for i := 1; i < n && d < time.Hour; i++ {
		d *= 2
	}
	return time.Duration(float64(min(d, time.Hour)) * (0.5 + chance/2))
}
