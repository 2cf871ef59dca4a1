package channels

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Errors of the optional abilities.
var (
	// ErrNotFound: the provider has no trace of the message; it never left.
	ErrNotFound = errors.New("the provider has no trace of this message")
	// ErrUnsigned: the request is not signed by the provider; answer 403 and change nothing.
	ErrUnsigned = errors.New("the request is not signed by the provider")
	// ErrMalformed: signed, but not what the provider's documentation describes.
	ErrMalformed = errors.New("the request is not one the provider documents")
)

// Finder is a Provider that can look up what became of a message.
type Finder interface {
	// Find looks for a message that may have left at or after since. It returns
	// ErrNotFound when it never left, and any other error when that is still not known.
	Find(ctx context.Context, m Message, since time.Time) (Answer, error)
}

// Checker is a Provider whose settings can be tried without sending anything. The error
// is for an operator: what is wrong and which setting to look at.
type Checker interface {
	Check(ctx context.Context) error
}

// Hooks is a Provider that calls us back. Both methods read the request's body, verify its
// signature, and return ErrUnsigned or ErrMalformed (wrapped) when something is wrong.
type Hooks interface {
	Receipt(r *http.Request) (Receipt, error)
	Inbound(r *http.Request) (Inbound, error)
}

// BatchHooks is a Hooks that may be told of several messages in one call. Hooks' own methods
// refuse such a call; these give all of it.
type BatchHooks interface {
	Receipts(r *http.Request) ([]Receipt, error)
	Inbounds(r *http.Request) ([]Inbound, error)
}

// HookForm is how a provider calls, and the answer it waits for. The zero value is what most
// do: a POST, answered with any 2xx.
type HookForm struct {
	// Method is GET or POST; empty is POST.
	Method string
	// Status, ContentType and Body answer a call that was recorded; Status 0 is our usual answer.
	Status            int
	ContentType, Body string
}

// FormedHooks is a Hooks that differs from the zero HookForm.
type FormedHooks interface {
	ReceiptForm() HookForm
	InboundForm() HookForm
}

// State is where a message is on its way, as a provider reports it.
type State string

// The states of a receipt, in rank order. The last three are final.
const (
	StateAccepted    State = "accepted" // the provider holds it; nothing new after Sent
	StateSent        State = "sent"     // the carrier has it
	StateDelivered   State = "delivered"
	StateUndelivered State = "undelivered" // the carrier could not deliver it
	StateFailed      State = "failed"      // the provider could not send it
)

// Final tells whether no later receipt may change the state.
func (s State) Final() bool {
	return s == StateDelivered || s == StateUndelivered || s == StateFailed
}

// Rank orders states: a receipt of a lower or equal rank changes nothing (RULES §4:
// receipts come twice and out of order). An unknown state ranks 0.
func (s State) Rank() int {
	switch s {
	case StateAccepted:
		return 1
	case StateSent:
		return 2
	case StateDelivered, StateUndelivered, StateFailed:
		return 3
	}
	return 0
}

// Receipt is what a provider says later about a message it took.
type Receipt struct {
	// MessageID is our id, when the callback URL carried it; ProviderID is the provider's.
	MessageID  string
	ProviderID string
	// Reference is what the function Reference made, from a provider that gives it back in
	// the call rather than in its address; empty otherwise.
	Reference string
	State     State
	// Outcome classes the failure of an undelivered or failed message (Permanent,
	// Temporary: a new attempt later may work, Configuration). Sent otherwise.
	Outcome Outcome
	Code    string
	Reason  string // safe, for people
	// BadAddress, OptedOut and Alert mean what they mean in Answer.
	BadAddress bool
	OptedOut   bool
	Alert      bool
	// At is the provider's time; zero when it gave none.
	At time.Time
}

// Fault tells whether the message was lost for a reason that is not its own nor its person's: the
// way there is to blame.
func (r Receipt) Fault() bool {
	return (r.State == StateUndelivered || r.State == StateFailed) && (r.Outcome != Permanent || r.Alert)
}

// Inbound is a message a person sent to us.
type Inbound struct {
	// ProviderID is the provider's id: apply each once.
	ProviderID string
	From       string // E.164
	To         string // the number or code it was sent to
	Text       string
	// Handled is what the provider did about it already; empty is nothing.
	Handled Handled
}

// Handled is what a provider that keeps its own list of who said STOP did about a text, and answered
// by itself: we answer nothing more.
type Handled string

// What a provider may have done.
const (
	HandledStop  Handled = "stop"  // nothing more goes from this sender to the person
	HandledStart Handled = "start" // it goes again
	HandledHelp  Handled = "help"  // it said what the sender is
)
