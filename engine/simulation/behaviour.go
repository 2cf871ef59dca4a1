package simulation

import (
	"fmt"
	"time"

	"relance/engine"
)

// Behaviour is how people answer. Shares are from 0 to 1.
type Behaviour struct {
	// Seed is drawn from for everything: another seed is another crowd of the same kind.
	Seed     uint64   `yaml:"seed" json:"seed"`
	Channels Channels `yaml:"channels" json:"channels"`
	// DelayHours are from a message that arrived to what its reader does.
	DelayHours Spread `yaml:"delay_hours" json:"delay_hours"`
	// PicksWithinDays is how far beyond the notice of the service the day is that people wish for at most;
	// when it has no slot they take the next that has, then one before.
	PicksWithinDays int       `yaml:"picks_within_days" json:"picks_within_days"`
	AfterBooking    Changing  `yaml:"after_booking" json:"after_booking"`
	Answers         Answering `yaml:"answers" json:"answers"`
	NoShow          NoShow    `yaml:"no_show" json:"no_show"`
	// Convened is the share of those whose invitation expired that staff book in (a convocation).
	Convened float64 `yaml:"convened" json:"convened"`
	Hours    Hours   `yaml:"hours" json:"hours"`
}

// Channels are what becomes of messages.
type Channels struct {
	SMS   Reading `yaml:"sms" json:"sms"`
	Email Reading `yaml:"email" json:"email"`
}

// Reading is what becomes of the messages of one channel.
type Reading struct {
	Delivered float64 `yaml:"delivered" json:"delivered"` // of addresses: the others refuse every message
	Opened    float64 `yaml:"opened" json:"opened"`       // of messages delivered
	// Booked is the share of those who opened it that go and choose: after the invitation, after the first
	// relance, and so on; the last number holds for all that follow.
	Booked []float64 `yaml:"booked" json:"booked"`
}

// Spread is a skewed distribution: half take less than the median, nine in ten less than P90.
type Spread struct {
	Median float64 `yaml:"median" json:"median"`
	P90    float64 `yaml:"p90" json:"p90"`
}

// Changing are the shares of those who booked.
type Changing struct {
	Move   float64 `yaml:"move" json:"move"`
	Cancel float64 `yaml:"cancel" json:"cancel"`
}

// Answering are the shares of those who got a reminder by SMS that answer it, where the sender takes replies;
// Stop is of every invitation and relance opened by SMS.
type Answering struct {
	Come   float64 `yaml:"come" json:"come"`
	Change float64 `yaml:"change" json:"change"`
	Cancel float64 `yaml:"cancel" json:"cancel"`
	Stop   float64 `yaml:"stop" json:"stop"`
}

// NoShow are the shares of those expected that stay away.
type NoShow struct {
	Chosen  float64 `yaml:"chosen" json:"chosen"`   // they chose the slot
	Imposed float64 `yaml:"imposed" json:"imposed"` // staff did
}

// Hours are when people act, in the organisation's zone: "08:00" to "22:00".
type Hours struct {
	From  string `yaml:"from" json:"from"`
	Until string `yaml:"until" json:"until"`
}

// Default is used where nothing is said. The no-show rates were measured on 35 départements in 2025 (RULES,
// "Why it exists"); the rest is a plausible crowd in which about six in ten book.
func Default() Behaviour {
	return Behaviour{
		Seed: 1,
		Channels: Channels{
			SMS:   Reading{Delivered: 0.96, Opened: 0.90, Booked: []float64{0.38, 0.25, 0.18}},
			Email: Reading{Delivered: 0.98, Opened: 0.45, Booked: []float64{0.30, 0.22, 0.15}},
		},
		DelayHours: Spread{Median: 5, P90: 40}, PicksWithinDays: 10,
		AfterBooking: Changing{Move: 0.08, Cancel: 0.06},
		Answers:      Answering{Come: 0.45, Change: 0.03, Cancel: 0.02, Stop: 0.003},
		NoShow:       NoShow{Chosen: 0.112, Imposed: 0.238},
		Hours:        Hours{From: "08:00", Until: "22:00"},
	}
}

// Mistake is a field of a Behaviour that cannot be.
type Mistake struct{ Field, Message string }

// Check tells every mistake, in the order of the fields.
func (b *Behaviour) Check() []Mistake {
	c := &checking{}
	c.reading("channels.sms", b.Channels.SMS)
	c.reading("channels.email", b.Channels.Email)
	if !(b.DelayHours.Median > 0 && b.DelayHours.Median <= 720) {
		c.add("delay_hours.median", "must be more than 0 and at most 720 hours")
	}
	if !(b.DelayHours.P90 >= b.DelayHours.Median && b.DelayHours.P90 <= 720) {
		c.add("delay_hours.p90", "must be the median or more, and at most 720 hours")
	}
	if b.PicksWithinDays < 0 || b.PicksWithinDays > 365 {
		c.add("picks_within_days", "must be from 0 to 365")
	}
	c.shares("after_booking", []string{"move", "cancel"}, b.AfterBooking.Move, b.AfterBooking.Cancel)
	c.shares("answers", []string{"come", "change", "cancel"}, b.Answers.Come, b.Answers.Change, b.Answers.Cancel)
	c.share("answers.stop", b.Answers.Stop)
	c.share("no_show.chosen", b.NoShow.Chosen)
	c.share("no_show.imposed", b.NoShow.Imposed)
	c.share("convened", b.Convened)
	from, until := c.hour("hours.from", b.Hours.From), c.hour("hours.until", b.Hours.Until)
	if from >= 0 && until >= 0 && from >= until {
		c.add("hours.until", "must be after hours.from")
	}
	return c.found
}

type checking struct{ found []Mistake }

func (c *checking) add(field, message string) { c.found = append(c.found, Mistake{field, message}) }

func (c *checking) share(field string, v float64) {
	if !(v >= 0 && v <= 1) {
		c.add(field, "must be a share from 0 to 1, such as 0.25")
	}
}

// shares exclude each other.
func (c *checking) shares(field string, names []string, values ...float64) {
	sum := 0.0
	for i, v := range values {
		c.share(field+"."+names[i], v)
		sum += v
	}
	if sum > 1+1e-9 {
		c.add(field, "its shares exclude each other: together they must be 1 at most")
	}
}

func (c *checking) reading(field string, r Reading) {
	c.share(field+".delivered", r.Delivered)
	c.share(field+".opened", r.Opened)
	if len(r.Booked) == 0 {
		c.add(field+".booked", "must be a list of shares: after the invitation, after the first relance, …")
	}
	for i, v := range r.Booked {
		c.share(fmt.Sprintf("%s.booked[%d]", field, i), v)
	}
}

// hour is the time since midnight; -1 when it cannot be read.
func (c *checking) hour(field, s string) time.Duration {
	d, ok := ofDay(s)
	if !ok {
		c.add(field, `must be a time of day such as "08:00"`)
		return -1
	}
	return d
}

// ofDay reads "08:00" as the time since midnight; "24:00" is a whole day.
func ofDay(s string) (time.Duration, bool) {
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}

// of is how messages of a channel are read.
func (c Channels) of(ch engine.Channel) Reading {
	if ch == engine.SMS {
		return c.SMS
	}
	return c.Email
}

// booking is the share that goes and chooses after the n-th message of the ladder.
func (r Reading) booking(n int) float64 { return r.Booked[min(n, len(r.Booked)-1)] }
