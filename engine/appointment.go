package engine

import (
	"time"

	"relance/calendars"
)

// AppointmentState is where an appointment stands (RULES §2).
type AppointmentState string

// The states of an appointment. booked, attended and no_show hold their time.
const (
	Booked                  AppointmentState = "booked"
	Attended                AppointmentState = "attended"
	NoShow                  AppointmentState = "no_show"
	CancelledByRecipient    AppointmentState = "cancelled_by_recipient"
	CancelledByOrganisation AppointmentState = "cancelled_by_organisation"
)

// Actor is who acts: cut-offs and move limits bind recipients, not staff.
type Actor string

// The actors.
const (
	ByRecipient Actor = "recipient"
	ByStaff     Actor = "staff"
)

// Appointment (rendez-vous) is booked time of one calendar for one person. It keeps
// its id and link when moved; Sequence counts the moves for calendars (ICS SEQUENCE).
type Appointment struct {
	ID           AppointmentID    `json:"id"`
	Organisation OrganisationID   `json:"organisation"`
	Version      int64            `json:"-"`
	Service      ServiceID        `json:"service"`
	Invitation   InvitationID     `json:"invitation"`
	Recipient    RecipientID      `json:"recipient"`
	Calendar     CalendarID       `json:"calendar"`
	Location     string           `json:"location,omitempty"` // id, as the window named it; "" is the service's
	Forced       calendars.Reason `json:"forced,omitempty"`   // what the calendar said against it when staff forced it
	Start        time.Time        `json:"start"`
	End          time.Time        `json:"end"`
	State        AppointmentState `json:"state"`
	Imposed      bool             `json:"imposed,omitempty"`
	Origin       Origin           `json:"origin"`          // how it came about, for the figures
	Moves        int              `json:"moves,omitempty"` // by the person
	Sequence     int              `json:"sequence"`
	Held         Claims           `json:"held"` // what is claimed, buffers included; the calendar's time first
	Reminders    []Reminder       `json:"reminders,omitempty"`
	ConfirmedAt  *time.Time       `json:"confirmed_at,omitempty"` // the person said "I come"

	WantsEarlier  *time.Time    `json:"wants_earlier,omitempty"`  // since when the person asks for an earlier slot; nil: they do not
	Earlier       *EarlierOffer `json:"earlier,omitempty"`        // the last one offered
	EarlierOffers int           `json:"earlier_offers,omitempty"` // how many were

	History   []Recorded `json:"history,omitempty"` // outcomes given, the last one counts
	CreatedAt time.Time  `json:"created_at"`
	Next      *Step      `json:"next,omitempty"`
}

// Reminder (rappel) is one planned reminder and what became of it.
type Reminder struct {
	Before  Hours     `json:"before_hours"`
	At      time.Time `json:"at"`                // planned: start minus Before, elapsed time
	State   string    `json:"state"`             // planned, sent (queued for sending), skipped, merged
	Reason  string    `json:"reason,omitempty"`  // too_late, unreachable, cancelled
	Message MessageID `json:"message,omitempty"` // merged: the reminder of the day that says this one too
}

// Recorded is an outcome, as staff gave it; it may be corrected.
type Recorded struct {
	State AppointmentState `json:"state"`
	At    time.Time        `json:"at"`
}
