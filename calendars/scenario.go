package calendars

import "slices"

// Scenario is a question about free slots that stands by itself: calendars, time
// already taken, and what is asked. It is the form of the conformance cases and of
// "relance slots". Times without Z are local to Timezone.
type Scenario struct {
	ID       string `json:"id"`
	Source   string `json:"source,omitempty"`
	Timezone string `json:"timezone"`
	Now      string `json:"now"`

	Windows      []ScenarioWindow  `json:"windows"`
	Closures     []ScenarioClosure `json:"closures"`
	Appointments []Appointment     `json:"appointments"`
	// Blocked is time an agent's own agenda says is busy.
	Blocked []ScenarioBlocked `json:"blocked,omitempty"`
	// Holidays are dates on which every calendar is closed; Region adds its own, unless
	// OpenOnHolidays.
	Holidays       []Date `json:"holidays"`
	Region         Region `json:"region,omitempty"`
	OpenOnHolidays bool   `json:"open_on_holidays,omitempty"`
	// Capacity of every calendar; 0 means 1. The limits are each calendar's; 0 is none.
	Capacity   int `json:"capacity,omitempty"`
	MaxPerDay  int `json:"max_per_day,omitempty"`
	MaxPerWeek int `json:"max_per_week,omitempty"`

	Filters Filters `json:"filters"`

	// Lengths in minutes. StepMin 0 means the duration, HorizonMin nil means none.
	DurationMin int  `json:"duration_min"`
	StepMin     int  `json:"step_min,omitempty"`
	BeforeMin   int  `json:"before_min,omitempty"`
	AfterMin    int  `json:"after_min,omitempty"`
	NoticeMin   int  `json:"notice_min"`
	HorizonMin  *int `json:"horizon_min"`

	// From and To bound the starts, both included.
	From string `json:"from"`
	To   string `json:"to"`

	// Expected is the known answer of a conformance case; Answer does not look at it.
	Expected []string `json:"expected_utc,omitempty"`
}

// ScenarioWindow is a Window of a named calendar.
type ScenarioWindow struct {
	Calendar ID `json:"calendar"`
	Window
}

// ScenarioClosure is a Closure of a named calendar.
type ScenarioClosure struct {
	Calendar ID `json:"calendar"`
	Closure
}

// ScenarioBlocked is time blocked in a named calendar.
type ScenarioBlocked struct {
	Calendar ID     `json:"calendar"`
	Start    string `json:"start"`
	End      string `json:"end"`
}

// Appointment is time of a calendar; it is taken when HoldsTime.
type Appointment struct {
	Calendar  ID     `json:"calendar"`
	Start     string `json:"start"`
	End       string `json:"end"`
	HoldsTime bool   `json:"holds_time"`
}

// Filters choose a place, a service, or the calendars allowed; empty means any.
type Filters struct {
	Location string `json:"location,omitempty"`
	Service  string `json:"service,omitempty"`
	Agents   []ID   `json:"agents,omitempty"`
}

// ExplainedCalendar says what became of the starts of one calendar, day by day.
type ExplainedCalendar struct {
	Calendar ID
	Days     []Explanation
}

// Answer gives the sorted set of starts over all calendars, in unix seconds. Errors
// hold a *FieldError for each mistake.
func (s Scenario) Answer() ([]int64, error) {
	pool, err := s.pool()
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, c := range pool.calendars {
		out = c.AppendStarts(out, pool.of(c), pool.busy[c.ID()])
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Explain says for each calendar why starts are missing.
func (s Scenario) Explain() ([]ExplainedCalendar, error) {
	pool, err := s.pool()
	if err != nil {
		return nil, err
	}
	var out []ExplainedCalendar
	for _, c := range pool.calendars {
		out = append(out, ExplainedCalendar{c.ID(), c.Explain(pool.of(c), pool.busy[c.ID()])})
	}
	return out, nil
}
