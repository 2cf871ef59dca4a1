package simulation

import "time"

// Report is what a simulation came to. It names nobody.
type Report struct {
	Organisation string    `json:"organisation"`
	Service      string    `json:"service"`
	Zone         string    `json:"zone"`
	Batch        time.Time `json:"batch_at"` // when the people were posted
	Lines        int       `json:"lines"`
	Accepted     int       `json:"accepted"`
	Refused      int       `json:"refused"`
	SMSPrice     float64   `json:"sms_price,omitempty"` // of a part; 0: not told, so there is no cost
	Behaviour    Behaviour `json:"behaviour"`
	Days         []Day     `json:"days"`
	Total        Total     `json:"total"`
}

// Day is one day of the organisation's zone.
type Day struct {
	Date      string   `json:"date"` // "2026-05-18"
	SMS       int      `json:"sms"`
	Emails    int      `json:"emails"`
	Parts     int      `json:"sms_parts"`
	Cost      *float64 `json:"cost,omitempty"`
	Invited   int      `json:"invited"`   // whose first message left
	Waiting   int      `json:"waiting"`   // for room in the calendars, at the end of the day
	Booked    int      `json:"booked"`    // appointments chosen or imposed that day
	Moved     int      `json:"moved"`     // that day
	Cancelled int      `json:"cancelled"` // that day
	Used      int      `json:"slots_used"`
	Free      int      `json:"slots_free"` // that nobody took
	NoShows   float64  `json:"no_shows_expected"`

	chosen, imposed int // appointments that took place, with or without the person
}

// Total is the whole of it.
type Total struct {
	SMS       int      `json:"sms"`
	Emails    int      `json:"emails"`
	Parts     int      `json:"sms_parts"`
	Cost      *float64 `json:"cost,omitempty"`
	Invited   int      `json:"invited"`
	Bookings  int      `json:"bookings"`
	Moved     int      `json:"moved"`
	Cancelled int      `json:"cancelled"`
	Used      int      `json:"slots_used"`
	Free      int      `json:"slots_free"`
	NoShows   float64  `json:"no_shows_expected"` // of the appointments within the days
	// People by what had become of them at the end; together they are those accepted.
	WithAppointment int `json:"with_appointment"` // coming or held
	Waiting         int `json:"waiting"`          // never invited: the calendars had no room
	FoundNone       int `json:"found_no_slot"`    // wanted to choose, and there was nothing
	Unreachable     int `json:"unreachable"`      // no channel carried a message to them
	NoAnswer        int `json:"no_answer"`        // or cancelled, and chose no other
	// WithoutSlot are those left without a slot: Waiting and FoundNone.
	WithoutSlot int    `json:"left_without_slot"`
	Coming      int    `json:"coming"`       // of those with an appointment, whose is after the last day
	LastInvited string `json:"last_invited"` // the last day that anybody was invited; "" when nobody was
}

// total adds the days up.
func (r *Report) total() {
	t := &r.Total
	for i := range r.Days {
		d := &r.Days[i]
		if d.Cost = r.cost(d.Parts); d.Invited > 0 {
			t.LastInvited = d.Date
		}
		t.SMS, t.Emails, t.Parts = t.SMS+d.SMS, t.Emails+d.Emails, t.Parts+d.Parts
		t.Invited, t.Bookings, t.Moved, t.Cancelled = t.Invited+d.Invited, t.Bookings+d.Booked, t.Moved+d.Moved, t.Cancelled+d.Cancelled
		t.Used, t.Free, t.NoShows = t.Used+d.Used, t.Free+d.Free, t.NoShows+d.NoShows
	}
	t.Cost = r.cost(t.Parts)
	t.WithoutSlot = t.Waiting + t.FoundNone
}

// cost of SMS parts; nil when the organisation did not say its price.
func (r *Report) cost(parts int) *float64 {
	if r.SMSPrice == 0 {
		return nil
	}
	c := float64(parts) * r.SMSPrice
	return &c
}
