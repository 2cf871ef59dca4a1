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
		switch {
		case c.Seats < 0 || c.Seats > 0 && c.Insist:
			return invalid("commit", "a session has a number of seats that is not negative, and nobody gets one more by insisting")
		case c.Capacity < 1 && c.Seats == 0 && !c.Insist:
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
	case c.Start.Nanosecond() != 0 || c.End.Nanosecond() != 0 || c.Until.Nanosecond() != 0:
		return invalid("commit", "a claim starts, ends and is held until a whole second")
	case !c.Until.IsZero() && c.Until.Unix() < 1:
		return invalid("commit", "a claim is held until a moment after 1970")
	case length <= 0:
		return invalid("commit", "a claim must end after it starts")
	case length > maxClaim:
		return invalid("commit", "a claim of calendar time is at most 24 hours, buffers included; shorten the service's duration or buffers")
	}
	return nil
}

// member is how a claim is written in its calendar's set: "<start>:<end>:<holder>"; the end of a place
// in a session is followed by "s<seats>", that of a hold by "u<until>".
func member(c engine.Claim) string {
	b := make([]byte, 0, 40+len(c.Holder))
	b = append(strconv.AppendInt(b, c.Start.Unix(), 10), ':')
	b = strconv.AppendInt(b, c.End.Unix(), 10)
	if c.Seats > 0 {
		b = strconv.AppendInt(append(b, 's'), int64(c.Seats), 10)
	}
	if !c.Until.IsZero() {
		b = strconv.AppendInt(append(b, 'u'), c.Until.Unix(), 10)
	}
	b = append(b, ':')
	return string(append(b, c.Holder...))
}

// parseMember reads what member wrote.
func parseMember(calendar engine.CalendarID, s string) (engine.Claim, error) {
	start, rest, _ := strings.Cut(s, ":")
	end, holder, _ := strings.Cut(rest, ":")
	end, until, isHold := strings.Cut(end, "u")
	end, seats, isSeat := strings.Cut(end, "s")
	c := engine.Claim{Calendar: calendar, Holder: holder}
	var err error
	if c.Start, err = parseUnix(start); err != nil {
		return engine.Claim{}, err
	}
	if c.End, err = parseUnix(end); err != nil {
		return engine.Claim{}, err
	}
	if isHold {
		if c.Until, err = parseUnix(until); err != nil {
			return engine.Claim{}, err
		}
	}
	if isSeat {
		n, err := strconv.ParseUint(seats, 10, 31)
		if err != nil {
			return engine.Claim{}, err
		}
		c.Seats = int(n)
	}
	return c, nil
}

func parseUnix(s string) (time.Time, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0).UTC(), err
}
