package engine

// Force is how far staff go against the calendar, on purpose. Recipients never can.
type Force string

// The ways to force an appointment into a calendar.
const (
	// ForceWindows books outside windows, in closures and on holidays. What overlaps an appointment or
	// exceeds a limit is still refused: CodeTaken.
	ForceWindows Force = "outside_windows"
	// ForceOverlap is for staff who were told so, and insist. A session still has no more than its seats.
	ForceOverlap Force = "overlap"
)

// by refuses a force that is none, or not the actor's to use.
func (f Force) by(op string, by Actor) error {
	switch {
	case f == "":
		return nil
	case f != ForceWindows && f != ForceOverlap:
		return invalid(op, []Field{{Pointer: "/force", Code: "unknown", Message: "must be outside_windows or overlap"}})
	case by != ByStaff:
		return invalid(op, []Field{{Pointer: "/force", Code: "staff_only", Message: "is for staff only"}})
	}
	return nil
}

// way is how an appointment gets its time.
type way uint8

const (
	asOpen  way = iota // as the calendar is open
	outside            // outside what is open, in free time
	against            // whatever is there
)

// ways are those to try, the one that forces least first.
func (f Force) ways() []way {
	return []way{asOpen, outside, against}[:map[Force]int{"": 1, ForceWindows: 2, ForceOverlap: 3}[f]]
}

// taken is the refusal of a start whose time has no room.
func (f Force) taken(op string, why error) *Error {
	out := refuse(op, CodeTaken, "somebody else has just taken this slot")
	switch r := reasonOf(why); {
	case f == ForceOverlap:
		out.Message = "this session has no seat left, and nobody gets one by force: give its window more seats"
	case f == ForceWindows:
		out.Message = "this overlaps what is booked or busy already, or exceeds a limit of the calendar; to book it all the same, send force overlap"
	case r != "":
		out.Message = why.Error()
	}
	if r := reasonOf(why); r != "" {
		out.Fields = []Field{{Pointer: "/start", Code: string(r), Message: why.Error()}}
	}
	return out
}
