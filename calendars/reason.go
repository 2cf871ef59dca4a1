package calendars

// Reason says why a start is not free.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Past     Reason = "past"      // before now
	Notice   Reason = "notice"    // after now, before now + notice
	Horizon  Reason = "horizon"   // after now + horizon
	NoWindow Reason = "no_window" // no window of this service and place holds it whole
	Holiday  Reason = "holiday"   // a public holiday or a listed closed date
	Closed   Reason = "closed"    // a closure
	// BusyElsewhere: the agent's own agenda (Query.Blocked).
	BusyElsewhere Reason = "busy_elsewhere"
	Taken         Reason = "taken"     // as many appointments as the capacity overlap it
	Full          Reason = "full"      // a session without seats left
	FullDay       Reason = "full_day"  // as many appointments as the calendar takes in a day
	FullWeek      Reason = "full_week" // as many as it takes in a week
	Moved         Reason = "moved"     // free, but the grid of its range starts elsewhere (Explain only)
)

// Refusal is the error of Place and Fits.
type Refusal struct{ Reason Reason }

// Error says what happened in words for staff.
func (r *Refusal) Error() string {
	switch r.Reason {
	case Past:
		return "this time is past"
	case Notice:
		return "this time is too soon: it is within the notice the service asks for"
	case Horizon:
		return "this time is too far away: it is beyond the service's horizon"
	case NoWindow:
		return "the calendar is not open for this service at this time and place"
	case Holiday:
		return "the calendar is closed that day: public holiday"
	case Closed:
		return "the calendar is closed at this time"
	case BusyElsewhere:
		return "the agent is busy at this time in their own agenda"
	case Taken:
		return "this time is already taken"
	case Full:
		return "this session has no seat left"
	case FullDay:
		return "the calendar takes no more appointments that day"
	case FullWeek:
		return "the calendar takes no more appointments that week"
	}
	return "this time cannot be booked: " + string(r.Reason)
}
