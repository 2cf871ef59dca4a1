package engine

import (
	"io"
	"sync"
	"time"
)

// Engine carries the verbs. Every field is required unless it says otherwise; it is
// safe for concurrent use and keeps nothing that Redis does not hold.
type Engine struct {
	Store     Store
	Lister    Lister
	Clock     Clock
	Minter    *Minter
	Random    io.Reader // keys; crypto/rand in production
	Links     Links
	Texts     Texts
	Drafts    Drafts // looks at texts before they are saved; only needed by who saves or shows them
	Addresses Addresses
	Limits    Limits
	Agendas   Agendas // where agents' own agendas are read; only needed by who advances DueCalendar
	PublicURL string  // of the links, without a slash at the end: https://rdv.example.fr
	// Wake, optional, is told that something of this kind is due now, so that a
	// dispatcher in the same process need not wait for its next look.
	Wake func(kind string)

	// Imported, optional, is told how the reading of an agenda went: "changed", "unchanged", or the
	// reason of its failure.
	Imported func(outcome string)

	// Heard, optional, is told once of each message that its provider has said the last of: when it
	// was sent, and whether it went as well as it could for the provider.
	Heard func(provider string, sent time.Time, well bool)

	cache   cache
	shelves sync.Pool // *shelf, empty and trusting
	slates  sync.Pool // *slate
	buffers sync.Pool // *[]byte: what records are written to for a Keeper
	vars    sync.Pool // map[string]any, empty: what a template may say, made once and not for every message
}

// Texts renders messages; the wording of channels is behind it.
type Texts interface {
	// Render fills the template of a kind; overrides are templates instead of ours by
	// "fr/sms/invitation". Errors name the template and the variable. Nobody keeps vars.
	Render(language string, ch Channel, kind MessageKind, overrides map[string]string, vars map[string]any) (Text, error)
	// Day is a date in full ("jeudi 14 mai"), Hour a time of day ("10 h 30").
	Day(language string, t, now time.Time) string
	Hour(language string, t time.Time) string
	// Check refuses templates that name an unknown variable or ask for a reply that cannot come.
	Check(overrides map[string]string, replies bool) error
}

// Text is a rendered message.
type Text struct {
	Subject, Body, HTML string
	Parts               int    // of an SMS, as it will be sent
	Encoding            string // of an SMS: GSM-7 or UCS-2
	Units               int    // of an SMS: septets, or UTF-16 units
	Language            string // the one it is written in, which need not be the one asked
	Digest              string // of its template
}

// Addresses normalises what people typed; errors say why without the address.
type Addresses interface {
	// Phone is a mobile in E.164; refusals have a code: invalid_number, not_mobile, country_not_allowed.
	Phone(raw string) (string, *Field)
	Email(raw string) (string, *Field)
}
