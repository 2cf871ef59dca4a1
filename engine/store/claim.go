package store

import (
	"strconv"
	"strings"
	"time"

	"relance/engine"
)

// maxClaim bounds how far before an interval another one that overlaps it can start, and so
// how much of a calendar has to be read.
const maxClaim = 24 * time.Hour

// maxScore is the largest whole number that a sorted set keeps exactly.
const maxScore = 1 << 53

// validate refuses what no state of the store could make right: defects of the caller, told
// before anything is written.
func validate(ch *engine.Change) error {
	for i, p := range ch.Puts {
		if p.ID == "" || p.Expect < 0 && p.Expect != engine.Fresh {
			return invalid("commit", "a record needs an id and a version that is not negative")
		}
		for _, q := range ch.Puts[:i] {
			if p.ID == q.ID {
				return invalid("commit", "a change puts one record twice: "+p.ID)
			}
		}
	}
	for _, c := range ch.Claims {
		if c.Capacity < 1 {
			return invalid("commit", "a claim needs a calendar with a capacity of at least 1")
		}
		if err := validateClaim(c); err != nil {
			return err
		}
	}
	for _, l := range ch.Lists {
		if l.Score > maxScore || l.Score < -maxScore {
			return invalid("commit", "the place of a list entry is beyond what a list keeps exactly (2^53)")
		}
	}
	return nil
}

func validateClaim(c engine.Claim) error {
	switch length := c.End.Sub(c.Start); {
	case c.Start.Nanosecond() != 0 || c.End.Nanosecond() != 0:
		return invalid("commit", "a claim starts and ends on a whole second")
	case length <= 0:
		return invalid("commit", "a claim must end after it starts")
	case length > maxClaim:
		return invalid("commit", "a claim of calendar time is at most 24 hours, buffers included; shorten the service's duration or buffers")
	}
	return nil
}

// member is how a claim is written in its calendar's set.
func member(c engine.Claim) string {
	b := make([]byte, 0, 24+len(c.Holder))
	b = append(strconv.AppendInt(b, c.Start.Unix(), 10), ':')
	b = append(strconv.AppendInt(b, c.End.Unix(), 10), ':')
	return string(append(b, c.Holder...))
}

// parseMember reads what member wrote.
func parseMember(calendar engine.CalendarID, s string) (engine.Claim, error) {
	start, rest, _ := strings.Cut(s, ":")
	end, holder, _ := strings.Cut(rest, ":")
	from, err := strconv.ParseInt(start, 10, 64)
	if err != nil {
		return engine.Claim{}, err
	}
	to, err := strconv.ParseInt(end, 10, 64)
	if err != nil {
		return engine.Claim{}, err
	}
	return engine.Claim{
		Calendar: calendar,
		Holder:   holder,
		Start:    time.Unix(from, 0).UTC(),
		End:      time.Unix(to, 0).UTC(),
	}, nil
}
