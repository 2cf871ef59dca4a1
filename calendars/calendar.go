package calendars

// ID names a calendar: an agent, a desk, a room.
type ID string

// Date is a wall date in the calendar's zone, "2006-01-02", 1900 to 2199.
type Date string

// Clock is a wall time in the calendar's zone, "15:04". "24:00" is allowed as an end.
type Clock string

// Calendar is what can be booked, as an organisation describes it. Its zero Capacity
// means one. Check it with Validate, use it through Compile.
type Calendar struct {
	ID ID `json:"id" yaml:"id"`
	// Zone is an IANA name such as "Europe/Paris" or "Indian/Reunion".
	Zone string `json:"zone" yaml:"zone"`
	// Region gives the public holidays; empty means none.
	Region Region `json:"region,omitempty" yaml:"region,omitempty"`
	// OpenOnHolidays keeps the calendar open on the region's holidays, not on the
	// dates listed in Holidays.
	OpenOnHolidays bool `json:"open_on_holidays,omitempty" yaml:"open_on_holidays,omitempty"`
	// Holidays are further dates on which the calendar is closed all day.
	Holidays []Date `json:"holidays,omitempty" yaml:"holidays,omitempty"`
	// Capacity is how many appointments may overlap; 0 means 1.
	Capacity int `json:"capacity,omitempty" yaml:"capacity,omitempty"`
	// MaxPerDay and MaxPerWeek are the most appointments that start on one wall day and
	// in one ISO week (Monday to Sunday); 0 means no limit. Each person of a session
	// counts.
	MaxPerDay  int       `json:"max_per_day,omitempty" yaml:"max_per_day,omitempty"`
	MaxPerWeek int       `json:"max_per_week,omitempty" yaml:"max_per_week,omitempty"`
	Windows    []Window  `json:"windows,omitempty" yaml:"windows,omitempty"`
	Closures   []Closure `json:"closures,omitempty" yaml:"closures,omitempty"`
}

// Window opens the calendar from Start to End, on FirstDay only or, with an RRule, on
// the days of the rule from FirstDay on.
type Window struct {
	FirstDay Date  `json:"first_day" yaml:"first_day"`
	Start    Clock `json:"start" yaml:"start"`
	// End is after Start, the same day; "24:00" is midnight.
	End Clock `json:"end" yaml:"end"`
	// RRule is an RFC 5545 rule of days (DAILY, WEEKLY, MONTHLY, YEARLY). An UNTIL
	// with Z is an instant, one without is wall time, a bare date includes that day.
	RRule string `json:"rrule,omitempty" yaml:"rrule,omitempty"`
	// Except are dates the rule does not open (EXDATE). They still count for COUNT.
	Except []Date `json:"except,omitempty" yaml:"except,omitempty"`
	// Location is the place; windows of different places never merge.
	Location string `json:"location,omitempty" yaml:"location,omitempty"`
	// Services the window serves; empty means all.
	Services []string `json:"services,omitempty" yaml:"services,omitempty"`
	// Seats makes each occurrence one group session that so many people join, from Start
	// to End whatever the service's duration and buffers. A session overlaps no other
	// window of its calendar. 0 means individual appointments.
	Seats int `json:"seats,omitempty" yaml:"seats,omitempty"`
}

// Closure shuts the calendar from Start on FirstDay to End on EndDay. An empty Start
// is 00:00, an empty EndDay is FirstDay, an empty End is 24:00. With an RRule it comes
// back on the days of the rule with the same length in days.
type Closure struct {
	FirstDay Date   `json:"first_day" yaml:"first_day"`
	Start    Clock  `json:"start,omitempty" yaml:"start,omitempty"`
	EndDay   Date   `json:"end_day,omitempty" yaml:"end_day,omitempty"`
	End      Clock  `json:"end,omitempty" yaml:"end,omitempty"`
	RRule    string `json:"rrule,omitempty" yaml:"rrule,omitempty"`
}
