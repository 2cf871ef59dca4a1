package engine

import (
	"context"
	"crypto/sha256"
	"net/url"
	"time"

	"github.com/segmentio/encoding/json"

	"relance/calendars"
)

// Agenda is an agent's own agenda, as it was last read at its calendar's busy_url, and how reading
// it goes. It lives as long as the calendar names an address; the last good copy holds however long
// the address cannot be read.
type Agenda struct {
	ID           string         `json:"id"` // ext_…
	Organisation OrganisationID `json:"organisation"`
	Calendar     CalendarID     `json:"calendar"`
	Version      int64          `json:"-"`

	Busy    Spans      `json:"busy,omitempty"`    // of the last good copy
	ReadAt  *time.Time `json:"read_at,omitempty"` // when that copy came; nil: never yet
	Zone    string     `json:"zone,omitempty"`    // the clock that its whole days were read in
	Skipped int        `json:"skipped,omitempty"` // entries of it that could not be read

	CheckedAt  *time.Time     `json:"checked_at,omitempty"` // when the address last answered well
	Validators Validators     `json:"validators,omitzero"`
	Failure    *AgendaFailure `json:"failure,omitempty"` // nil while it can be read
	Next       *Step          `json:"next,omitempty"`
}

// AgendaFailure is a row of attempts that failed.
type AgendaFailure struct {
	Reason  string    `json:"reason"`  // of the last one, stable: not_found, timeout, not_a_calendar, …
	Message string    `json:"message"` // the same in words
	Since   time.Time `json:"since"`   // the first of the row
	At      time.Time `json:"at"`      // the last
	Count   int       `json:"count"`
}

// Validators are what a server gives to ask later whether something changed (RFC 9110).
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Agendas reads published agendas.
type Agendas interface {
	// Read fetches what an http, https or webcal address publishes, unless known still describes it. An
	// *AgendaError says what went wrong in words without the address; other errors are ctx's.
	Read(ctx context.Context, address string, known Validators) (Published, error)
}

// Published is an agenda as it was fetched.
type Published struct {
	Unchanged  bool // nothing new; no File then
	File       []byte
	Validators Validators
}

// AgendaError is why an agenda could not be read.
type AgendaError struct {
	Reason  string        // stable, see AgendaFailure
	Message string        // what happened and what to do; safe to show
	After   time.Duration // real time; how long the other side asked to be left alone; 0: it did not say
}

func (e *AgendaError) Error() string { return "read agenda: " + e.Reason + ": " + e.Message }

func agendaKey(org OrganisationID, id CalendarID) string {
	sum := sha256.Sum256([]byte(string(org) + "\x00" + string(id)))
	return "ext_" + lower32.EncodeToString(sum[:16])
}

func (a *Agenda) recordID() string      { return a.ID }
func (a *Agenda) version() *int64       { return &a.Version }
func (a *Agenda) owner() OrganisationID { return a.Organisation }
func (a *Agenda) due() (string, *Step)  { return DueCalendar, a.Next }

// Agenda reads what is known of a calendar's agenda; CodeNotFound when it names none.
func (e *Engine) Agenda(ctx context.Context, org OrganisationID, id CalendarID) (*Agenda, error) {
	return read[Agenda](ctx, e, org, agendaKey(org, id))
}

// connect brings what hangs on a calendar into the change that saves it: the feed keeps its address,
// and an agenda at a new address is read at once. What was read at another address goes.
func (e *Engine) connect(c *Change, sh shelf, cal *Calendar) error {
	was, err := pick[Calendar](sh, cal.recordID())
	if err != nil {
		return err
	}
	cal.Version, cal.FeedGeneration = 0, 0
	url := ""
	if was != nil {
		cal.Version, cal.FeedGeneration, url = was.Version, was.FeedGeneration, was.BusyURL
	}
	c.Index = append(c.Index, e.feedEntry(cal, true))
	a, err := pick[Agenda](sh, agendaKey(cal.Organisation, cal.ID))
	switch {
	case err != nil:
		return err
	case cal.BusyURL == "" && a != nil:
		c.guard(a)
		c.forget(a)
	case cal.BusyURL != "" && (a == nil || cal.BusyURL != url):
		next := &Agenda{ID: agendaKey(cal.Organisation, cal.ID), Organisation: cal.Organisation, Calendar: cal.ID}
		next.Version = sh.record(next.ID).Version
		next.Next = &Step{Kind: StepRead, At: e.Clock.Now()}
		c.put(next)
	}
	return nil
}

// block gives the members of a pool the busy time of their agents' agendas.
func (e *Engine) block(ctx context.Context, sh shelf, members []member) error {
	var ids []string
	for _, m := range members {
		if m.cal.BusyURL != "" {
			ids = append(ids, agendaKey(m.cal.Organisation, m.cal.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := sh.more(ctx, members[0].cal.Organisation.Partition(), ids...); err != nil {
		return err
	}
	for i, m := range members {
		if m.cal.BusyURL == "" {
			continue
		}
		a, err := settled[Agenda](sh, agendaKey(m.cal.Organisation, m.cal.ID))
		if err != nil {
			return err
		}
		if a != nil {
			members[i].blocked = a.Busy
		}
	}
	return nil
}

// badAddress says why something cannot be the address of an agenda; "" when it can.
func badAddress(address string) string {
	const example = "must be an address such as https://agenda.example.org/private.ics, from the agent's agenda"
	u, err := url.Parse(address)
	switch {
	case err != nil, len(address) > 2000, u.Host == "", u.Fragment != "":
		return example
	case u.User != nil:
		return "must not hold a user name or a password: use the private address that the agenda itself publishes"
	}
	switch u.Scheme {
	case "http", "https", "webcal", "webcals":
		return ""
	}
	return example
}

// Spans are stretches of time, sorted and apart. They are stored as the seconds from the end of one
// to the start of the next, then its length, which is a third of the bytes of two times each.
type Spans []calendars.Interval

// MarshalJSON writes [gap, length, gap, length, …].
func (s Spans) MarshalJSON() ([]byte, error) {
	flat, end := make([]int64, 0, 2*len(s)), int64(0)
	for _, i := range s {
		flat = append(flat, i.Start-end, i.End-i.Start)
		end = i.End
	}
	return json.Marshal(flat)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Spans) UnmarshalJSON(text []byte) error {
	var flat []int64
	if err := json.Unmarshal(text, &flat); err != nil {
		return err
	}
	*s = make(Spans, 0, len(flat)/2)
	for end := int64(0); len(flat) > 1; flat = flat[2:] {
		start := end + flat[0]
		end = start + flat[1]
		*s = append(*s, calendars.Interval{Start: start, End: end})
	}
	return nil
}
