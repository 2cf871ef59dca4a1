package calendars

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	maxRuleLength = 500
	maxInterval   = 1000
	maxCount      = 10_000
)

// rule is a parsed recurrence rule of days. It is anchored on a first day; times of
// day belong to the window, so that a rule is pure date arithmetic.
type rule struct {
	options  rrule.ROption // without DTSTART, UNTIL, COUNT and BYWEEKNO
	first    day
	interval int
	wkst     int // 0 is Monday
	count    int // 0 means no COUNT
	until    *until
	weeks    []int // BYWEEKNO, kept by hand: see weekNumber
}

// until is the end of a rule, in one of the three forms of RFC 5545.
type until struct {
	at   int64 // unix seconds, or wall seconds when wall is true
	wall bool
}

// allows reports whether an occurrence that starts at a wall time and an instant is
// not past the end.
func (u *until) allows(wall, instant int64) bool {
	switch {
	case u == nil:
		return true
	case u.wall:
		return wall <= u.at
	}
	return instant <= u.at
}

// parseRule reads and checks a rule that starts on first. Only rules of whole days are
// taken; everything RFC 5545 forbids, and everything that would expand without end, is
// refused with a sentence for the person who wrote it.
func parseRule(text string, first day) (*rule, error) {
	parts, err := splitRule(text)
	if err != nil {
		return nil, err
	}
	r := &rule{first: first, interval: 1}
	var kept []string
	for _, p := range parts {
		keep, err := r.set(p.key, p.value)
		if err != nil {
			return nil, err
		}
		if keep {
			kept = append(kept, p.key+"="+p.value)
		}
	}
	options, err := rrule.StrToROption(strings.Join(kept, ";"))
	if err != nil {
		return nil, fmt.Errorf("is not a rule of RFC 5545: %w", err)
	}
	r.options = *options
	r.wkst = options.Wkst.Day()
	if err := r.check(parts); err != nil {
		return nil, err
	}
	r.spellOut()
	return r, r.checkOccurs()
}

type rulePart struct{ key, value string }

// splitRule cuts a rule into its parts and refuses unknown and repeated ones.
func splitRule(text string) ([]rulePart, error) {
	if len(text) > maxRuleLength {
		return nil, fmt.Errorf("is too long: %d characters at most", maxRuleLength)
	}
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	seen := map[string]bool{}
	var parts []rulePart
	for _, p := range strings.Split(strings.TrimSuffix(text, ";"), ";") {
		key, value, ok := strings.Cut(p, "=")
		if !ok || value == "" {
			return nil, errors.New(`must be parts such as "FREQ=WEEKLY;BYDAY=MO", separated by ";"`)
		}
		if seen[key] {
			return nil, fmt.Errorf("names %s twice", key)
		}
		seen[key] = true
		parts = append(parts, rulePart{key, value})
	}
	if !seen["FREQ"] {
		return nil, errors.New("needs FREQ: DAILY, WEEKLY, MONTHLY or YEARLY")
	}
	if seen["COUNT"] && seen["UNTIL"] {
		return nil, errors.New("may have COUNT or UNTIL, not both")
	}
	return parts, nil
}

// set reads one part; keep says that the library is to read it too.
func (r *rule) set(key, value string) (keep bool, err error) {
	switch key {
	case "FREQ":
		switch value {
		case "DAILY", "WEEKLY", "MONTHLY", "YEARLY":
			return true, nil
		}
		return false, errors.New("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
	case "INTERVAL":
		r.interval, err = number(key, value, 1, maxInterval)
		return true, err
	case "COUNT":
		r.count, err = number(key, value, 1, maxCount)
		return false, err
	case "UNTIL":
		r.until, err = parseUntil(value)
		return false, err
	case "BYWEEKNO":
		r.weeks, err = numbers(key, value, 53)
		return false, err
	case "BYDAY":
		return true, checkWeekdays(value)
	case "WKST":
		if len(value) != 2 {
			return false, errors.New(`WKST must be a day such as "MO"`)
		}
		return true, checkWeekdays(value)
	case "BYMONTH":
		for _, v := range strings.Split(value, ",") {
			if _, err := number(key, v, 1, 12); err != nil {
				return false, err
			}
		}
		return true, nil
	case "BYMONTHDAY":
		_, err = numbers(key, value, 31)
		return true, err
	case "BYYEARDAY", "BYSETPOS":
		_, err = numbers(key, value, 366)
		return true, err
	case "BYHOUR", "BYMINUTE", "BYSECOND":
		return false, fmt.Errorf("may not have %s: write the times in start and end", key)
	case "DTSTART", "EXDATE":
		return false, fmt.Errorf("may not have %s: write it in first_day or except", key)
	}
	return false, errors.New("has a part that RFC 5545 does not know")
}

func number(key, value string, low, high int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s must be from %d to %d", key, low, high)
	}
	return n, nil
}

// numbers reads a list of 1..high or -high..-1.
func numbers(key, value string, high int) ([]int, error) {
	var out []int
	for _, v := range strings.Split(value, ",") {
		n, err := number(key, v, -high, high)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%s must be from 1 to %d, or from -%d to -1", key, high, high)
		}
		out = append(out, n)
	}
	return out, nil
}

func checkWeekdays(value string) error {
	for _, v := range strings.Split(value, ",") {
		if len(v) < 2 || !strings.Contains("MO TU WE TH FR SA SU", v[len(v)-2:]) {
			return errors.New(`BYDAY and WKST must be days such as "MO" or "-1FR"`)
		}
		if n := v[:len(v)-2]; n != "" {
			if _, err := numbers("the number in BYDAY", n, 53); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseUntil reads an instant (with Z), a wall time, or a date, which includes its day.
func parseUntil(value string) (*until, error) {
	if t, err := time.Parse("20060102T150405Z", value); err == nil {
		return &until{at: t.Unix()}, nil
	}
	if t, err := time.Parse("20060102T150405", value); err == nil {
		return &until{at: t.Unix(), wall: true}, nil
	}
	if t, err := time.Parse("20060102", value); err == nil {
		return &until{at: t.Unix() + secondsPerDay - 1, wall: true}, nil
	}
	return nil, errors.New(`UNTIL must be such as "20261231", "20261231T235959" or "20261231T225959Z"`)
}
