package engine

import (
	"bytes"
	"time"

	"github.com/segmentio/encoding/json"
)

// Claim is time of a calendar held by somebody, buffers included: half-open, whole seconds. Calendar,
// Holder, Start, End, Seats and Until name it: it is released with the values it was claimed with.
type Claim struct {
	Calendar   CalendarID
	Holder     string // the appointment's id; of a hold the recipient's
	Start, End time.Time
	// Capacity is how many may overlap, the holder counted; claims only.
	Capacity int `json:",omitempty"`
	// Seats above 0 make it a place in the session [Start, End): claims of exactly this span alone may
	// overlap it, at most Seats of them, the holder counted. Capacity is not looked at.
	Seats int `json:",omitempty"`
	// Until makes it a hold, to the second: from then on it is in nobody's way, whether or not it was
	// released. Zero is for good.
	Until time.Time `json:",omitzero"`
	// Asked is now, to the second: holds that ended by then are not in the way. Zero looks at none as
	// ended. Claims only.
	Asked time.Time `json:"-"`
	// Insist claims the time whatever overlaps it: staff were told, and want it so. Not with Seats.
	Insist bool `json:"-"`
}

// Ended tells whether the claim is a hold that ended by now.
func (c Claim) Ended(now time.Time) bool { return !c.Until.IsZero() && !now.Before(c.Until) }

// Overlaps tells whether both claim some of the same time of one calendar.
func (c Claim) Overlaps(d Claim) bool {
	return c.Calendar == d.Calendar && c.Start.Before(d.End) && d.Start.Before(c.End)
}

// Claims are all that one appointment or one offered slot holds: the time of its calendar first, then
// its part of the calendar's limits.
type Claims []Claim

// UnmarshalJSON also reads the single claim that appointments of earlier versions hold.
func (c *Claims) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		*c = make(Claims, 1)
		return json.Unmarshal(b, &(*c)[0])
	}
	return json.Unmarshal(b, (*[]Claim)(c))
}
