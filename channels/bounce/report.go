package bounce

import (
	"strings"

	"relance/channels"
)

// Kind is what a report says became of a message.
type Kind string

// The kinds. Nothing is for mail that reports nothing, such as an answer from somebody's
// holidays.
const (
	Failed    Kind = "failed"
	Delayed   Kind = "delayed" // the sender's server keeps trying
	Delivered Kind = "delivered"
	Complaint Kind = "complaint" // the person called the message spam
	Nothing   Kind = "nothing"
)

// Report is what a mail to one of our addresses says; it holds nothing personal.
type Report struct {
	Kind Kind
	// Status is the enhanced code (RFC 3463) of a failure, such as "5.1.1"; empty when none
	// was given.
	Status string
	// Subject is the message it is about; Known is false when no token of ours names one.
	Subject Subject
	Known   bool
}

// Receipt is what the report means for its message; false when it is none: a message that is
// only late, a complaint, which says that it arrived and more, or no message of ours (RULES §4).
func (r Report) Receipt() (channels.Receipt, bool) {
	out := channels.Receipt{MessageID: r.Subject.ID, State: channels.StateUndelivered, Outcome: channels.Permanent, Code: r.Status}
	if !r.Known {
		return channels.Receipt{}, false
	}
	switch r.Kind {
	case Delivered:
		out.State, out.Outcome = channels.StateDelivered, channels.Sent
	case Failed:
		r.fail(&out)
	default:
		return channels.Receipt{}, false
	}
	return out, true
}

// fail classes a failure by its status (RFC 3463 §3, RULES §4).
func (r Report) fail(out *channels.Receipt) {
	switch s := r.Status; {
	case s == "5.1.7", s == "5.1.8":
		out.Outcome, out.Alert, out.Reason = channels.Configuration, true, "the receiving server refuses our sender"
	case strings.HasPrefix(s, "5.1."):
		out.BadAddress, out.Reason = true, "the address does not exist"
	case strings.HasPrefix(s, "5.7."):
		out.Outcome, out.Alert, out.Reason = channels.Configuration, true, "the receiving server refuses the message by its policy"
	case s == "5.2.2", s == "4.2.2":
		out.Outcome, out.Reason = channels.Temporary, "the mailbox is full"
	case strings.HasPrefix(s, "4."):
		out.Outcome, out.Reason = channels.Temporary, "the receiving server could not be reached for too long"
	case strings.HasPrefix(s, "5.2."):
		out.Reason = "the mailbox takes no messages"
	default:
		out.Reason = "the receiving server refused the message"
	}
}
