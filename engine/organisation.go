package engine

import (
	"time"

	"relance/calendars"
)

// Organisation is the tenant: a département, a trust, an agency.
type Organisation struct {
	ID       OrganisationID   `json:"id" yaml:"id"`
	Version  int64            `json:"-" yaml:"-"`
	Name     string           `json:"name" yaml:"name"`                   // opens every message
	Zone     string           `json:"zone" yaml:"zone"`                   // IANA, of its quiet hours; default Europe/Paris
	Region   calendars.Region `json:"region,omitempty" yaml:"region"`     // whose public holidays are quiet
	Language string           `json:"language,omitempty" yaml:"language"` // of recipients without one; default fr
	Phone    string           `json:"phone" yaml:"phone"`                 // shown to recipients, as people write it
	Email    string           `json:"email,omitempty" yaml:"email"`       // Reply-To of every email
	SMS      Sender           `json:"sms" yaml:"sms"`
	Quiet    QuietHours       `json:"quiet_hours" yaml:"quiet_hours"`
	// RetentionMonths is how long personal data outlives the last activity, 1 to 36 (RULES §8); default 24.
	RetentionMonths int `json:"retention_months" yaml:"retention_months"`
	// FeedNames puts people's names into the feeds that agents' agendas read, and so into whatever keeps
	// those agendas; default no (RULES §8).
	FeedNames bool `json:"feed_names,omitempty" yaml:"feed_names"`
	// Locations are where appointments are held; windows and services name them by id.
	Locations []Location `json:"locations,omitempty" yaml:"locations"`
	Keys      []Key      `json:"keys,omitempty" yaml:"-"` // API keys; changes on issue and revocation
	CreatedAt time.Time  `json:"created_at" yaml:"-"`
	// SMSPrice is what one part of an SMS costs, in whatever currency the organisation counts; 0: not told.
	SMSPrice float64 `json:"sms_price,omitempty" yaml:"sms_price"`
}

// Sender is who an SMS comes from.
type Sender struct {
	From    string `json:"from,omitempty" yaml:"from"` // a number, a short code or up to 11 letters and digits; "" is the provider's own
	Replies bool   `json:"replies" yaml:"replies"`     // whether From can take a reply (letters never can)
}

// QuietHours bound what we initiate: out of [From, Until) nothing goes out, nor on
// Sundays and holidays (RULES §4). Defaults 08:00 and 20:00.
type QuietHours struct {
	From    string `json:"from" yaml:"from"`                 // first allowed moment, wall clock "08:00"
	Until   string `json:"until" yaml:"until"`               // first moment no longer allowed, "20:00"
	Sundays bool   `json:"sundays,omitempty" yaml:"sundays"` // true lets messages go on Sundays and holidays
}

// Key is an API key of an organisation; only its hash is kept.
type Key struct {
	ID        KeyID      `json:"id"`
	Name      string     `json:"name"`
	Hash      string     `json:"hash"` // hex SHA-256 of the whole key
	CreatedAt time.Time  `json:"created_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

// Calendar is what can be booked (an agent, a desk, a room), owned by an organisation.
type Calendar struct {
	Organisation       OrganisationID `json:"organisation" yaml:"-"`
	Version            int64          `json:"-" yaml:"-"`
	Name               string         `json:"name" yaml:"name"`
	calendars.Calendar `yaml:",inline"`
	// BusyURL is where the agent's own agenda is published as iCalendar; its busy time is not offered.
	// It opens that agenda to whoever has it: it is not logged.
	BusyURL string `json:"busy_url,omitempty" yaml:"busy_url"`
	// FeedGeneration counts the addresses the calendar's own feed has had; only the last one opens.
	FeedGeneration int `json:"feed_generation,omitempty" yaml:"-"`
}
