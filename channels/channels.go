// Package channels is the contract between the engine and whatever carries a message:
// what a message is, what a provider answers, and how a provider is chosen among several.
//
// A provider lives in its own folder (twilio, smtp, outbox) and classifies every error
// of its own exactly once, into an Answer (RULES §4). Nobody else reads provider codes.
package channels

import (
	"context"
	"time"
)

// Channel is a way to reach a person.
type Channel string

// The channels there are.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
)

// Message is one message to one person, ready to leave: wording, encoding and address
// checks are done.
type Message struct {
	// ID is ours, the same on every attempt. It makes the email's Message-ID and is given
	// back in receipts. Letters, digits, '.', '-' and '_' only.
	ID      string
	Channel Channel
	// From is an SMS sender or messaging service, or an email address, bare or
	// "Name <address>". Empty means the provider's own.
	From string
	// FromName is the organisation's name, shown by mail programs. It wins over a name in From.
	FromName string
	// ReplyTo is the bare email address that answers to an email go to; empty means From.
	ReplyTo string
	// To is a number in E.164, or a bare email address.
	To string
	// Body is the text, of an SMS or of an email's text part.
	Body string
	// Subject and HTML are for email. HTML may be empty.
	Subject string
	HTML    string
	// Calendar is an iCalendar object for email; CalendarMethod is its METHOD,
	// "REQUEST" or "CANCEL". Both or neither.
	Calendar       []byte
	CalendarMethod string
	// References is the ID of the message of ours that this one continues; may be empty.
	References string
	// Unsubscribe is the https address that one POST without a body of ours stops such emails
	// with (RFC 8058). Only on what we begin ourselves and is about no appointment, such as
	// invitations and relances: a person who booked must not lose the confirmation and the
	// reminders of it by one touch of a mail program's button, and those are answers, no
	// mailing. May be empty.
	Unsubscribe string
	// ValidFor is how long the carrier may keep trying; 0 is the provider's default.
	ValidFor time.Duration
	// Callback is the absolute URL that receipts go to; empty means none are asked for.
	// The provider adds the message's ID to its query, as CallbackID says.
	Callback string
	// Ticket is what the caller needs beside ID to find the message again when a report
	// about it comes back without a callback. Small letters and digits, 8 at most; no
	// provider reads it. May be empty.
	Ticket string
}

// CallbackID is the query parameter of a receipt's URL that carries Message.ID, so that a
// receipt finds its message even when the provider's answer to Send was lost.
const CallbackID = "m"

// Outcome is what is known after an attempt to send.
type Outcome string

// The outcomes, and what the caller does about each.
const (
	// Sent: the provider has taken the message.
	Sent Outcome = "sent"
	// Permanent: this message to this address will never go; do not retry it, here or elsewhere.
	Permanent Outcome = "permanent"
	// Temporary: the message did not leave; try again, on another provider first.
	Temporary Outcome = "temporary"
	// Configuration: the message did not leave and no other one would; the provider needs a person.
	Configuration Outcome = "configuration"
	// Unknown: it may have left. Find out before a second send.
	Unknown Outcome = "unknown"
)

// CodeCancelled is the Code of an answer cut short by the caller's context: it says
// nothing about the provider.
const CodeCancelled = "cancelled"

// Answer is a provider's answer to Send. The zero value is not an answer.
type Answer struct {
	Outcome Outcome
	// ProviderID is the provider's own id of the message, when it gave one.
	ProviderID string
	// Code is the provider's error code as it is, such as "30005", "550 5.1.1" or "timeout".
	Code string
	// Reason says it for people. It never holds an address, a name or a text.
	Reason string
	// After is how long the provider itself asks to be left alone; 0 when it did not say.
	After time.Duration
	// Slower: the provider refuses because of how many messages it was given, as a 429 does;
	// with Temporary. It is no sign of illness.
	Slower bool
	// BadAddress: the address does not exist or cannot take this channel.
	BadAddress bool
	// OptedOut: the person told the carrier to stop messages from this sender.
	OptedOut bool
	// Alert: refused for a reason ops should look at (a sender that is not allowed, a
	// filter, a policy) though it may concern this one message.
	Alert bool
}

// Provider carries messages of one channel. Send is safe for concurrent use and never
// panics on a message's content. It answers within its own time limit or when ctx ends,
// whichever is first: Temporary if the message had not left, Unknown if it may have.
type Provider interface {
	// Name is stable, unique in an installation, such as "twilio" or "smtp-backup".
	Name() string
	Channel() Channel
	Send(ctx context.Context, m Message) Answer
}
