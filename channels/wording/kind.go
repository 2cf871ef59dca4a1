// Package wording holds the texts people receive, as Liquid templates: one folder
// a language, one file a kind of message. Values are always plain text: a template
// never sees HTML and a value never becomes any (RULES §4, "Wording").
package wording

// Kind is what a message is for.
type Kind string

const (
	// Invitation asks a person to choose an appointment.
	Invitation Kind = "invitation"
	// Relance follows up an invitation without answer; rung says which time it is.
	Relance Kind = "relance"
	// Confirmation answers a booking.
	Confirmation Kind = "confirmation"
	// Reminder comes before the appointment, or before all those of one day.
	Reminder Kind = "reminder"
	// Moved gives the new date and time of an appointment.
	Moved Kind = "moved"
	// CancelledByRecipient answers the person's own cancellation.
	CancelledByRecipient Kind = "cancelled_by_recipient"
	// CancelledByOrganisation tells the person that the organisation cancels.
	CancelledByOrganisation Kind = "cancelled_by_organisation"
	// Convocation announces an appointment the organisation chose.
	Convocation Kind = "convocation"
	// NoShow offers new slots to who missed an appointment.
	NoShow Kind = "no_show"
	// Offer proposes slots, held for a while: earlier ones to who has an appointment.
	Offer Kind = "offer"
	// Earlier tells who asked for it of an earlier slot that was freed; nothing is held.
	Earlier Kind = "earlier"
	// ReplyHelp answers a reply that was not understood.
	ReplyHelp Kind = "reply_help"
	// ReplyConfirmed answers "I come".
	ReplyConfirmed Kind = "reply_confirmed"
	// ReplyChange answers "change" with the link, or with slots to choose from.
	ReplyChange Kind = "reply_change"
	// ReplyNothing answers a reply that came late: where things stand.
	ReplyNothing Kind = "reply_nothing"
	// ReplyCall answers "call me": somebody will.
	ReplyCall Kind = "reply_call"
	// ReplyInfo answers HELP: who writes, what can be answered, where to call.
	ReplyInfo Kind = "reply_info"
	// ReplyTaken answers who wanted a freed slot after somebody else took it.
	ReplyTaken Kind = "reply_taken"
	// ReplyEarlier answers who asks for an earlier slot, or no longer does.
	ReplyEarlier Kind = "reply_earlier"
	// StopAck acknowledges STOP, once.
	StopAck Kind = "stop_ack"
	// StartAck acknowledges START: the person gets SMS again.
	StartAck Kind = "start_ack"
)

// Kinds returns every kind, in the order of a person's journey.
func Kinds() []Kind {
	return []Kind{
		Invitation, Relance, Confirmation, Reminder, Moved, CancelledByRecipient,
		CancelledByOrganisation, Convocation, NoShow, Offer, Earlier, ReplyHelp, ReplyConfirmed,
		ReplyChange, ReplyNothing, ReplyTaken, ReplyEarlier, ReplyCall, ReplyInfo, StopAck, StartAck,
	}
}

// OnlySMS says whether the kind answers an SMS, so has no email.
func (k Kind) OnlySMS() bool {
	switch k {
	case ReplyHelp, ReplyConfirmed, ReplyChange, ReplyNothing, ReplyTaken, ReplyEarlier, ReplyCall, ReplyInfo, StopAck, StartAck:
		return true
	}
	return false
}

// Channel is what carries a message.
type Channel string

const (
	// SMS texts have a body only.
	SMS Channel = "sms"
	// Email texts have a subject, and the same sentences as text and as HTML.
	Email Channel = "email"
)
