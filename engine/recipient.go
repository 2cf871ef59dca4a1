package engine

import "time"

// Channel is a way to reach a person.
type Channel string

// The channels.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
)

// Recipient (bénéficiaire) is the person invited: the only record with their name,
// phone and email (RULES §8).
type Recipient struct {
	ID           RecipientID    `json:"id"`
	Organisation OrganisationID `json:"organisation"`
	Version      int64          `json:"-"`
	ExternalID   string         `json:"external_id"` // the organisation's own reference
	FirstName    string         `json:"first_name,omitempty"`
	LastName     string         `json:"last_name,omitempty"`
	Phone        string         `json:"phone,omitempty"` // E.164, a mobile
	Email        string         `json:"email,omitempty"`
	Language     string         `json:"language,omitempty"` // fr, en; "" = the organisation's
	Referent     CalendarID     `json:"referent,omitempty"` // asked first when a slot is booked

	// BadPhone and BadEmail say why the address no longer works ("21614"), with when that was found; a
	// new address clears it.
	BadPhone   string     `json:"bad_phone,omitempty"`
	BadPhoneAt *time.Time `json:"bad_phone_at,omitempty"`
	BadEmail   string     `json:"bad_email,omitempty"`
	BadEmailAt *time.Time `json:"bad_email_at,omitempty"`
	// OptedOut is when the person stopped SMS, EmailOptedOut emails, and how; per number and address, so
	// a new one clears it.
	OptedOut         *time.Time `json:"opted_out,omitempty"`
	OptedOutHow      OptOutHow  `json:"opted_out_how,omitempty"`
	EmailOptedOut    *time.Time `json:"email_opted_out,omitempty"`
	EmailOptedOutHow OptOutHow  `json:"email_opted_out_how,omitempty"`

	// Open is the one open invitation of each service; removed when it ends (RULES §1).
	Open map[ServiceID]InvitationID `json:"open,omitempty"`
	// Invited is when the last first message of an invitation or a convocation left, by service and by
	// channel: not twice within 24 h, failed deliveries not counted (RULES §1).
	Invited map[ServiceID]map[Channel]time.Time `json:"invited_by,omitempty"`
	// Asked is since when the person has been asked for a service in rounds that led to no appointment: when
	// the first message of the first of them left. The next round goes on from it (RULES §7).
	Asked map[ServiceID]time.Time `json:"asked_since,omitempty"`
	// Links is the generation of the person's links: a changed phone or email kills the old ones.
	Links int `json:"links,omitempty"`
	// Invitations are all of them, so that erasing finds everything.
	Invitations []InvitationID `json:"invitations,omitempty"`
	// FormerPhones are the numbers the person had before: erasing takes them out of the index too.
	FormerPhones []string `json:"former_phones,omitempty"`
	// HelpedAt is the last help reply to a text not understood: one a day (RULES §4).
	HelpedAt *time.Time `json:"helped_at,omitempty"`
	// InformedAt is the last answer to HELP: one a day.
	InformedAt *time.Time `json:"informed_at,omitempty"`
	// Replied are the times of automatic replies in the last day: at most 3 in an hour (RULES §4).
	Replied []time.Time `json:"replied,omitempty"`
	// PausedAt is since when nobody asks them anything; nil when they may be asked.
	PausedAt *time.Time `json:"paused_at,omitempty"`
	// Call is what waits on the call list; Calls are all, so that erasing finds them.
	Call  CallID   `json:"call,omitempty"`
	Calls []CallID `json:"calls,omitempty"`
	// Absences are the no-shows recorded and not corrected since.
	Absences int `json:"absences,omitempty"`
	// Written counts what we wrote them on the last day we did: no more than the caps (RULES §1).
	Written *Written `json:"written,omitempty"`
	// Acting are the invitations that wait for staff: inviting the person again answers those of the service.
	Acting []InvitationID `json:"acting,omitempty"`
	// Offer is the last offer of slots to the person, over or not: a late answer is told from one to
	// something else.
	Offer *Offer `json:"offer,omitempty"`
	// EarlierDay is the last day they were offered an earlier slot, such as 20260518: one a day (RULES §2).
	EarlierDay int       `json:"earlier_day,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	ActiveAt   time.Time `json:"active_at"`      // last invitation, reply, booking: retention counts from it
	Next       *Step     `json:"next,omitempty"` // release, while an offer stands; erase, once nothing is alive
}

// newest is the open invitation for the service, or the last one of all: a line of a batch that
// is sent again may find its invitation ended.
func (r *Recipient) newest(id ServiceID) InvitationID {
	if open := r.Open[id]; open != "" || len(r.Invitations) == 0 {
		return open
	}
	return r.Invitations[len(r.Invitations)-1]
}

// Reach lists the channels that can carry a message to the person now.
func (r *Recipient) Reach() []Channel {
	var out []Channel
	if r.Phone != "" && r.BadPhone == "" && r.OptedOut == nil {
		out = append(out, SMS)
	}
	if r.Email != "" && r.BadEmail == "" && r.EmailOptedOut == nil {
		out = append(out, Email)
	}
	return out
}
