package engine

import "time"

// Service (motif) is what an appointment is for, and the policy of its invitations.
// A zero field means its default, filled by WithDefaults when the service is saved.
type Service struct {
	ID           ServiceID      `json:"id" yaml:"id"`
	Organisation OrganisationID `json:"organisation" yaml:"-"`
	Version      int64          `json:"-" yaml:"-"`
	Name         string         `json:"name" yaml:"name"`                   // as recipients read it: "votre rendez-vous d'orientation"
	Calendars    []CalendarID   `json:"calendars" yaml:"calendars"`         // the pool it draws from
	Location     string         `json:"location,omitempty" yaml:"location"` // only windows at this location, by id; "" any
	Address      string         `json:"address,omitempty" yaml:"address"`   // where to come when no location says so, as recipients read it
	Phone        string         `json:"phone,omitempty" yaml:"phone"`       // instead of the organisation's

	DurationMin int  `json:"duration_min" yaml:"duration_min"`   // 5 to 720
	StepMin     int  `json:"step_min,omitempty" yaml:"step_min"` // default: the duration
	BeforeMin   int  `json:"buffer_before_min,omitempty" yaml:"buffer_before_min"`
	AfterMin    int  `json:"buffer_after_min,omitempty" yaml:"buffer_after_min"`
	NoticeHours *int `json:"notice_hours,omitempty" yaml:"notice_hours"` // default 24
	HorizonDays int  `json:"horizon_days,omitempty" yaml:"horizon_days"` // default 45

	ValidityDays *int    `json:"validity_days,omitempty" yaml:"validity_days"` // default 10, 1 to 365; 0 = without end
	Ladder       []Rung  `json:"ladder" yaml:"ladder"`                         // default: after 3 and 7 days; [] = none
	Reminders    []Hours `json:"reminders_hours" yaml:"reminders_hours"`       // before the start; default [48]; [] = none

	// AbsenceReminders come on top for people who missed an appointment before; default none.
	AbsenceReminders []Hours `json:"absence_reminders_hours,omitempty" yaml:"absence_reminders_hours"`
	// AfterNoShow is what a no-show brings: offer writes to the person, so many days later, that they can
	// choose again, and the invitation is valid anew from then; nothing, the default, leaves the link open
	// while it is valid.
	AfterNoShow     NoShowPolicy `json:"after_no_show,omitempty" yaml:"after_no_show"`
	AfterNoShowDays *int         `json:"after_no_show_days,omitempty" yaml:"after_no_show_days"` // default 1; 0: at once

	// SlotsPerInvitation is how many free slots there must be for each open invitation nobody answered yet:
	// people beyond that wait (RULES §1). Default 1.0; 0 invites everybody at once.
	SlotsPerInvitation *float64 `json:"slots_per_invitation,omitempty" yaml:"slots_per_invitation"`

	CancelCutoffHours *int `json:"cancel_cutoff_hours,omitempty" yaml:"cancel_cutoff_hours"` // default 4
	MoveCutoffHours   *int `json:"move_cutoff_hours,omitempty" yaml:"move_cutoff_hours"`     // default 4
	MaxMoves          *int `json:"max_moves,omitempty" yaml:"max_moves"`                     // default 3

	// Quiet narrows the organisation's allowed hours for this service; what it does not say is the
	// organisation's. Sundays are the organisation's alone.
	Quiet *QuietHours `json:"quiet_hours,omitempty" yaml:"quiet_hours"`
	// MaxSMS and MaxEmails are how many messages a person gets at most in a day, all services together, when
	// this one has one to send: default and at most 4 and 6 (RULES §1), 1 at least. Answers do not count.
	MaxSMS    *int `json:"max_sms_a_day,omitempty" yaml:"max_sms_a_day"`
	MaxEmails *int `json:"max_emails_a_day,omitempty" yaml:"max_emails_a_day"`

	// Fallback is when a message that went by one channel only, and did not arrive, is sent by the other
	// one; default both ways.
	Fallback FallbackPolicy `json:"fallback,omitempty" yaml:"fallback"`

	// EarlierPeople is to how many of those who asked for an earlier slot a freed one is offered, the first
	// to answer having it; 0: to nobody. Default 3: enough that one of them reads it in time, few enough that
	// at most two read of a slot that is gone when they answer. Only who asked is ever written to.
	EarlierPeople *int `json:"earlier_people,omitempty" yaml:"earlier_people"`

	// Follow has open invitations follow the newest version of the policy; without it each keeps the one it
	// started under.
	Follow bool `json:"follow,omitempty" yaml:"follow"`

	Consequence string            `json:"consequence,omitempty" yaml:"consequence"` // said as the organisation wrote it; "" says none
	MaxParts    int               `json:"max_parts,omitempty" yaml:"max_parts"`     // of an SMS; default 3
	Texts       map[string]string `json:"texts,omitempty" yaml:"texts"`             // "fr/sms/invitation": template instead of ours; "fr/sms/relance_2": of the second rung alone
	CreatedAt   time.Time         `json:"created_at" yaml:"-"`
}

// Hours is a delay in whole hours.
type Hours int

// Duration is the delay.
func (h Hours) Duration() time.Duration { return time.Duration(h) * time.Hour }

// Rung is one relance: how long after the invitation was sent, and by which channels. Its own words are a
// text of its number: "fr/sms/relance_2".
type Rung struct {
	AfterDays int       `json:"after_days" yaml:"after_days"`
	Channels  []Channel `json:"channels,omitempty" yaml:"channels"` // default: every reachable one
}
