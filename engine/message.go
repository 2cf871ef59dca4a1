package engine

import "time"

// MessageKind is what a message is for; also the name of its template.
type MessageKind string

// The kinds of messages.
const (
	KindInvitation              MessageKind = "invitation"
	KindRelance                 MessageKind = "relance"
	KindConfirmation            MessageKind = "confirmation"
	KindConvocation             MessageKind = "convocation"
	KindReminder                MessageKind = "reminder"
	KindMoved                   MessageKind = "moved"
	KindCancelledByRecipient    MessageKind = "cancelled_by_recipient"
	KindCancelledByOrganisation MessageKind = "cancelled_by_organisation"
	KindNoShow                  MessageKind = "no_show"
	KindOffer                   MessageKind = "offer"
	KindEarlier                 MessageKind = "earlier"
	KindReplyHelp               MessageKind = "reply_help"
	KindReplyConfirmed          MessageKind = "reply_confirmed"
	KindReplyChange             MessageKind = "reply_change"
	KindReplyNothing            MessageKind = "reply_nothing"
	KindReplyCall               MessageKind = "reply_call"
	KindReplyInfo               MessageKind = "reply_info"
	KindReplyTaken              MessageKind = "reply_taken"
	KindReplyEarlier            MessageKind = "reply_earlier"
	KindStopAck                 MessageKind = "stop_ack"
	KindStartAck                MessageKind = "start_ack"
)

// MessageState is where a message stands; receipts only ever move it forward (RULES §4).
type MessageState string

// The states of a message.
const (
	MessageQueued      MessageState = "queued"
	MessageSending     MessageState = "sending"
	MessageSent        MessageState = "sent"
	MessageDelivered   MessageState = "delivered"
	MessageUndelivered MessageState = "undelivered"
	MessageFailed      MessageState = "failed"
	MessageSkipped     MessageState = "skipped"
)

// Message is one SMS or email to one person: queued → sending → sent → delivered …
// The address is read from the recipient when it is sent and never kept here.
type Message struct {
	ID           MessageID       `json:"id"`
	Organisation OrganisationID  `json:"organisation"`
	Version      int64           `json:"-"`
	Recipient    RecipientID     `json:"recipient"`
	Service      ServiceID       `json:"service,omitempty"`
	Invitation   InvitationID    `json:"invitation,omitempty"`
	Appointment  AppointmentID   `json:"appointment,omitempty"`
	Sequence     int             `json:"sequence,omitempty"` // of the appointment it tells of: an older one is pointless
	Also         []AppointmentID `json:"also,omitempty"`     // of a reminder: the person's others of that day
	Batch        BatchID         `json:"batch,omitempty"`
	Kind         MessageKind     `json:"kind"`
	Channel      Channel         `json:"channel"`
	Rung         int             `json:"rung,omitempty"`
	State        MessageState    `json:"state"`
	Reason       string          `json:"reason,omitempty"`  // why skipped, failed or undelivered
	Code         string          `json:"code,omitempty"`    // the provider's own
	Delayed      string          `json:"delayed,omitempty"` // why it leaves at another moment than planned: quiet, cap, paused, pacing, spacing, later, retried, provider, other_channel, behind
	Answer       bool            `json:"answer,omitempty"`  // to something the person just did: caps do not bind it
	Counted      int             `json:"counted,omitempty"` // the last day it was counted for the caps: 20260518
	Only         bool            `json:"only,omitempty"`    // the only channel used: another one is tried when it fails
	Attempt      int             `json:"attempt,omitempty"` // sends and inquiries started
	Doubts       int             `json:"doubts,omitempty"`  // attempts sent again without knowing the first one's outcome
	Since        *time.Time      `json:"since,omitempty"`   // sending: when the attempt began
	Provider     string          `json:"provider,omitempty"`
	ProviderID   string          `json:"provider_id,omitempty"`
	Way          string          `json:"way,omitempty"`       // which address it went to, by a keyed hash: the person may have another since
	Left         int             `json:"left,omitempty"`      // how often it really left
	Retries      int             `json:"retries,omitempty"`   // sends after a receipt that said "later"
	Earlier      []string        `json:"earlier,omitempty"`   // ProviderID of the sends before those
	Complaint    bool            `json:"complaint,omitempty"` // the person called it spam
	PlannedAt    time.Time       `json:"planned_at"`          // when the policy wanted it
	CreatedAt    time.Time       `json:"created_at"`
	SentAt       *time.Time      `json:"sent_at,omitempty"`
	DeliveredAt  *time.Time      `json:"delivered_at,omitempty"` // as far as a receipt told
	Subject      string          `json:"subject,omitempty"`      // set when first claimed; erased after 6 months
	Body         string          `json:"body,omitempty"`
	Parts        int             `json:"parts,omitempty"`     // of an SMS
	Wording      *TextUsed       `json:"wording,omitempty"`   // what it was made from; set with Body, and kept
	PausedBy     PauseScope      `json:"paused_by,omitempty"` // the pause whose list it is on
	Next         *Step           `json:"next,omitempty"`
}
