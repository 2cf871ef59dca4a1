package engine

import "time"

// InvitationState is where an invitation stands.
type InvitationState string

// The states of an invitation; queued, sent and booked are open.
const (
	InvitationQueued  InvitationState = "queued"  // waits for its first message to leave
	InvitationSent    InvitationState = "sent"    // the first message really left
	InvitationBooked  InvitationState = "booked"  // an appointment was chosen
	InvitationExpired InvitationState = "expired" // validity ended without an appointment
	InvitationClosed  InvitationState = "closed"  // refused, closed by staff, or its appointment is over
)

// Invitation is one round of "choose your slot" for one person and one service.
type Invitation struct {
	ID           InvitationID    `json:"id"`
	Organisation OrganisationID  `json:"organisation"`
	Version      int64           `json:"-"`
	Service      ServiceID       `json:"service"`
	Recipient    RecipientID     `json:"recipient"`
	Batch        BatchID         `json:"batch,omitempty"`
	Line         int             `json:"line,omitempty"` // of the batch
	State        InvitationState `json:"state"`
	Reason       string          `json:"reason,omitempty"`   // why it closed
	Imposed      bool            `json:"imposed,omitempty"`  // a convocation: staff booked it
	Channels     []Channel       `json:"channels,omitempty"` // of the first messages; default every reachable one
	Rung         int             `json:"rung,omitempty"`     // relances sent so far
	Rungs        map[Channel]int `json:"rungs,omitempty"`    // the last relance queued by each channel: what is older and still waits is merged into it
	CreatedAt    time.Time       `json:"created_at"`
	SentAt       *time.Time      `json:"sent_at,omitempty"`      // when the first message really left: the ladder counts from it
	DeliveredAt  *time.Time      `json:"delivered_at,omitempty"` // the first receipt that a message arrived
	AskedAt      *time.Time      `json:"asked_at,omitempty"`     // when the last rung was queued
	OpenedAt     *time.Time      `json:"opened_at,omitempty"`
	ExpiresAt    *time.Time      `json:"expires_at,omitempty"`  // midnight ending the last day; nil: without end
	Unreachable  bool            `json:"unreachable,omitempty"` // no message could be delivered: action required
	Unreached    bool            `json:"unreached,omitempty"`   // it was Unreachable at some time
	Appointment  AppointmentID   `json:"appointment,omitempty"` // the current or last one
	Linked       int             `json:"linked,omitempty"`      // generation of the link in the index plus one; 0: none was made yet
	Messages     []MessageID     `json:"messages,omitempty"`    // about this invitation and its appointments, oldest first
	Replies      []string        `json:"replies,omitempty"`     // inbound texts about it, so that erasing finds them
	Via          string          `json:"via,omitempty"`         // channels of its first messages: sms, email, sms_email; settled when one left
	Action       *Action         `json:"action,omitempty"`      // what staff should look at
	Call         *CallAsked      `json:"call,omitempty"`        // the person waits for a call about it
	Policy       int64           `json:"policy,omitempty"`      // version of the service it started under; 0: not begun
	Pace         Pace            `json:"pace,omitempty"`        // how it counts in the pacing of its service
	PausedBy     PauseScope      `json:"paused_by,omitempty"`   // the pause whose list its step is on
	Next         *Step           `json:"next,omitempty"`
}

// Alive tells whether the invitation can still lead to an appointment or has one coming.
func (i *Invitation) Alive() bool {
	return i.State == InvitationQueued || i.State == InvitationSent || i.State == InvitationBooked
}
