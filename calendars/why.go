package calendars

// Why is one reason for which starts are missing on a day.
type Why struct {
	Reason Reason
	// Message says it in words for staff.
	Message string
	// Starts are those that are missing, in unix seconds, sorted; none when the day has no
	// window at all.
	Starts []int64
}

// Whys groups what is missing by reason, in the order in which the day meets them.
func (e Explanation) Whys() []Why {
	if e.Reason != "" {
		return []Why{{Reason: e.Reason, Message: e.Reason.Words()}}
	}
	var out []Why
	place := map[Reason]int{}
	for _, m := range e.Missing {
		i, known := place[m.Reason]
		if !known {
			i = len(out)
			place[m.Reason] = i
			out = append(out, Why{Reason: m.Reason, Message: m.Reason.Words()})
		}
		out[i].Starts = append(out[i].Starts, m.Start)
	}
	return out
}

// Words say the reason to staff.
func (r Reason) Words() string {
	if r == Moved {
		return "this time is free, but what is shut or taken before it made the starts fall elsewhere; it can still be booked"
	}
	return (&Refusal{r}).Error()
}
