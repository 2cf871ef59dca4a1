package calendars

import "time"

// Interval is a half-open stretch of time in unix seconds.
type Interval struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// Query asks for the starts of one service. Durations are cut to whole seconds.
type Query struct {
	// Service and Location choose the windows; "" means any.
	Service, Location string
	// Duration of the appointment; nothing fits when it is under a second.
	Duration time.Duration
	// Step between starts; 0 means Duration. A step under a minute is a minute.
	Step time.Duration
	// Before and After are kept free around the appointment, inside the window.
	Before, After time.Duration
	// Now, Notice and Horizon drop starts and never shift the grid. Both count from
	// Now; a Horizon of 0 means none.
	Now             time.Time
	Notice, Horizon time.Duration
	// From and To bound the starts, both included. Ten years at most are looked at.
	From, To time.Time
	// Blocked is time shut beyond the calendar's closures, in any order: what the agent's
	// own agenda says is busy. It shuts whatever the capacity, and counts for no limit.
	Blocked []Interval
}
