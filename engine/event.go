package engine

import "time"

// EventType names what happened, as integrators see it in /v1/events and in webhooks.
type EventType string

// The events. Payloads carry ids and states only (RULES §8). invitation.created tells of people
// invited one by one; those of a batch are told of together by batch.stored, and who got which
// invitation stands at /v1/batches/{id}/lines. The counters count both.
const (
	EventBatchStored           EventType = "batch.stored"
	EventInvitationCreated     EventType = "invitation.created"
	EventInvitationSent        EventType = "invitation.sent"      // the first message really left
	EventInvitationDelivered   EventType = "invitation.delivered" // the first message that arrived
	EventInvitationRelanced    EventType = "invitation.relanced"
	EventInvitationOpened      EventType = "invitation.opened" // the person did something with it: booked, or replied
	EventInvitationExpired     EventType = "invitation.expired"
	EventInvitationClosed      EventType = "invitation.closed"
	EventInvitationUnreachable EventType = "invitation.unreachable"
	EventInvitationPolicy      EventType = "invitation.policy_changed" // it follows the newest policy from now on
	EventAppointmentBooked     EventType = "appointment.booked"
	EventAppointmentMoved      EventType = "appointment.moved"
	EventAppointmentCancelled  EventType = "appointment.cancelled"
	EventAppointmentConfirmed  EventType = "appointment.confirmed" // "I come"
	EventAppointmentOutcome    EventType = "appointment.outcome"
	EventOutcomeMissing        EventType = "appointment.outcome_missing"
	EventEarlierWanted         EventType = "appointment.earlier_wanted"    // the person asks for an earlier slot
	EventEarlierWithdrawn      EventType = "appointment.earlier_withdrawn" // and no longer does
	EventEarlierOffered        EventType = "appointment.earlier_offered"   // a freed slot, not held for them
	EventEarlierEnded          EventType = "appointment.earlier_ended"     // the person answered: accepted, declined, or taken: it was no longer free
	EventMessageSent           EventType = "message.sent"
	EventMessageDelivered      EventType = "message.delivered"
	EventMessageUndelivered    EventType = "message.undelivered"
	EventMessageFailed         EventType = "message.failed"
	EventMessageSkipped        EventType = "message.skipped"
	EventMessageRetried        EventType = "message.retried"       // it could not arrive now ("later"), and is sent again
	EventMessageResent         EventType = "message.resent"        // it left once more: its parts count again
	EventMessageComplaint      EventType = "message.complaint"     // the person called the email spam
	EventRecipientOptedOut     EventType = "recipient.opted_out"   // of the channel; reason says how: reply, page, one_click, provider, complaint, staff
	EventRecipientOptedIn      EventType = "recipient.opted_in"    // of the channel, by the person themselves
	EventRecipientBadAddress   EventType = "recipient.bad_address" // the phone or the email no longer works; reason is the code
	EventRecipientReaddressed  EventType = "recipient.readdressed" // the organisation gave another phone or email
	EventRecipientOffered      EventType = "recipient.offered"     // slots are held for the person, to choose from by replying
	EventRecipientOfferEnded   EventType = "recipient.offer_ended" // they are free again, or one was chosen; reason says which
	EventReplyNotUnderstood    EventType = "reply.not_understood"  // listed for staff
	EventReplyUnknownNumber    EventType = "reply.unknown_number"  // nobody here has the number: listed for staff; the reason is what it means
	EventCallAsked             EventType = "call.asked"            // the person wants to be called: on the call list
	EventCallDone              EventType = "call.done"             // staff called, or dealt with it
	EventRecipientErased       EventType = "recipient.erased"
	EventRecipientPaused       EventType = "recipient.paused" // nothing more is asked of them
	EventRecipientResumed      EventType = "recipient.resumed"
	EventBatchPaused           EventType = "batch.paused"
	EventBatchResumed          EventType = "batch.resumed"
	EventServicePaused         EventType = "service.paused"
	EventServiceResumed        EventType = "service.resumed"
	EventServiceDry            EventType = "service.dry"              // no slot for those invited or waiting: at most once a day
	EventActionDone            EventType = "invitation.action_done"   // staff dealt with it; the reason says with what
	EventImportFailed          EventType = "calendar.import_failed"   // an agent's agenda cannot be read: the first time in a row
	EventImportRestored        EventType = "calendar.import_restored" // it can again
	EventFeedRotated           EventType = "calendar.feed_rotated"    // a calendar's feed has a new address
)

// Event is one line of the audit trail: written in the commit of the change it tells of. The times of
// what is counted are written in the organisation's zone, so that months and weeks need nothing else.
type Event struct {
	ID           string         `json:"id,omitempty"` // the cursor; set by the store
	At           time.Time      `json:"at"`
	Type         EventType      `json:"type"`
	Organisation OrganisationID `json:"organisation"`
	Service      ServiceID      `json:"service,omitempty"`
	Calendar     CalendarID     `json:"calendar,omitempty"` // of what tells of a calendar itself
	Batch        BatchID        `json:"batch,omitempty"`
	Recipient    RecipientID    `json:"recipient,omitempty"`
	Invitation   InvitationID   `json:"invitation,omitempty"`
	Appointment  AppointmentID  `json:"appointment,omitempty"`
	Message      MessageID      `json:"message,omitempty"`
	Kind         MessageKind    `json:"kind,omitempty"`    // of a message
	Channel      Channel        `json:"channel,omitempty"` // of a message
	State        string         `json:"state,omitempty"`
	Reason       string         `json:"reason,omitempty"`
	Rung         int            `json:"rung,omitempty"`
	Version      int64          `json:"version"` // of the record it tells of
	Facts                       // what is counted of it
}
