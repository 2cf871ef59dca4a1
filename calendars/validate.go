package calendars

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	maxWindows     = 200
	maxClosures    = 1000
	maxDates       = 2000
	maxCapacity    = 10_000
	maxClosureDays = 366 // of one that comes back; it is looked for that far behind
)

// Validate reports every mistake at once: errors.Join of *FieldError, nil when the
// calendar is good.
func (c Calendar) Validate() error {
	_, err := build(c)
	return err
}

// builder reads a calendar and collects its mistakes.
type builder struct {
	mistakes []error
	rules    map[ruleKey]*rule // those read: a morning and an afternoon often share one
}

type ruleKey struct {
	text  string
	first day
}

func (b *builder) mistake(field, format string, args ...any) {
	b.mistakes = append(b.mistakes, &FieldError{field, fmt.Sprintf(format, args...)})
}

func (b *builder) err() error { return errors.Join(b.mistakes...) }

// build reads a calendar into its compiled form.
func build(c Calendar) (*Compiled, error) {
	b := &builder{rules: map[ruleKey]*rule{}}
	out := &Compiled{
		id:       c.ID,
		loc:      b.zone(c.Zone),
		capacity: max(c.Capacity, 1),
		perDay:   b.most("max_per_day", c.MaxPerDay, "no limit"),
		perWeek:  b.most("max_per_week", c.MaxPerWeek, "no limit"),
		closed:   b.dates("holidays", c.Holidays),
		plans:    map[planKey]*plan{},
	}
	b.most("capacity", c.Capacity, "1")
	if !c.Region.Valid() {
		b.mistake("region", `must be "FR" or "FR-" and the code of a département or territory, such as "FR-57" or "FR-974"`)
	} else if !c.OpenOnHolidays {
		out.region = c.Region
	}
	if len(c.Windows) > maxWindows || len(c.Closures) > maxClosures {
		b.mistake("windows", "at most %d windows and %d closures", maxWindows, maxClosures)
		return nil, b.err()
	}
	for i, w := range c.Windows {
		out.windows = append(out.windows, b.window(fmt.Sprintf("windows[%d]", i), w))
	}
	out.nights = slices.ContainsFunc(out.windows, func(w window) bool { return w.end == secondsPerDay })
	out.groups = slices.ContainsFunc(c.Windows, func(w Window) bool { return w.Seats > 0 })
	for i, cl := range c.Closures {
		out.closures = append(out.closures, b.closure(fmt.Sprintf("closures[%d]", i), cl))
	}
	if len(b.mistakes) == 0 {
		b.apart(out)
	}
	if err := b.err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out.windows, func(a, b window) int { return cmp.Compare(a.location, b.location) })
	return out, nil
}

func (b *builder) zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		b.mistake("zone", `must be an IANA time zone such as "Europe/Paris" or "Indian/Reunion"`)
		return time.UTC
	}
	return loc
}

// most reads a number of people or appointments; zero says what 0 stands for.
func (b *builder) most(field string, n int, zero string) int {
	if n < 0 || n > maxCapacity {
		b.mistake(field, "must be from 1 to %d, or 0 for %s", maxCapacity, zero)
	}
	return n
}

func (b *builder) window(field string, w Window) window {
	out := window{
		first:    b.date(field+".first_day", w.FirstDay),
		start:    b.clock(field+".start", w.Start),
		end:      b.clock(field+".end", w.End),
		except:   b.dates(field+".except", w.Except),
		location: w.Location,
		services: slices.Clone(w.Services),
		seats:    b.most(field+".seats", w.Seats, "individual appointments"),
	}
	if out.start == secondsPerDay {
		b.mistake(field+".start", `must be before "24:00"`)
	} else if out.end <= out.start {
		b.mistake(field+".end", "must be after start on the same day; a night is two windows")
	}
	if slices.Contains(w.Services, "") {
		b.mistake(field+".services", "must not hold an empty name; leave the list out to serve all")
	}
	out.rule = b.rule(field, w.RRule, out.first)
	return out
}

func (b *builder) closure(field string, c Closure) closure {
	first := b.date(field+".first_day", c.FirstDay)
	last := first
	if c.EndDay != "" {
		last = b.date(field+".end_day", c.EndDay)
	}
	out := closure{
		first:  first,
		length: last - first,
		start:  b.clock(field+".start", cmp.Or(c.Start, "00:00")),
		end:    b.clock(field+".end", cmp.Or(c.End, "24:00")),
		rule:   b.rule(field, c.RRule, first),
	}
	switch {
	case out.length < 0:
		b.mistake(field+".end_day", "must not be before first_day")
	case out.length == 0 && out.end <= out.start:
		b.mistake(field+".end", "must be after start")
	case out.rule != nil && out.length > maxClosureDays:
		b.mistake(field+".end_day", "must be within %d days of first_day when there is a rule", maxClosureDays)
	}
	return out
}

func (b *builder) rule(field, text string, first day) *rule {
	if text == "" {
		return nil
	}
	key := ruleKey{text, first}
	if r := b.rules[key]; r != nil {
		return r
	}
	r, err := parseRule(text, first)
	if err != nil {
		b.mistake(field+".rrule", "%s", err.Error())
		return nil
	}
	b.rules[key] = r
	return r
}

func (b *builder) date(field string, d Date) day {
	parsed, err := d.parse()
	if err != nil {
		b.mistake(field, "%s", err.Error())
	}
	return parsed
}

func (b *builder) clock(field string, c Clock) int64 {
	parsed, err := c.parse()
	if err != nil {
		b.mistake(field, "%s", err.Error())
	}
	return parsed
}

// dates reads a list into sorted days.
func (b *builder) dates(field string, dates []Date) []day {
	if len(dates) > maxDates {
		b.mistake(field, "at most %d dates", maxDates)
		return nil
	}
	var out []day
	for i, d := range dates {
		out = append(out, b.date(fmt.Sprintf("%s[%d]", field, i), d))
	}
	slices.Sort(out)
	return out
}
