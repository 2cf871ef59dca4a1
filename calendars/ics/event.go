package ics

import (
	"errors"
	"strings"
	"time"

	"relance/calendars"
)

// longest is how far back an occurrence is looked for that is still going on.
const longest = 366 * 24 * time.Hour

// event adds the busy time of one entry. Only ErrTooMuch ends the reading.
func (r *reader) event(p properties) error {
	if free(p) || p.first("DTSTART") == nil {
		return nil
	}
	first, span, err := r.begins(p)
	if err != nil {
		r.skipped++
		return nil
	}
	if p.value("RECURRENCE-ID") != "" || p.first("RRULE") == nil && p.first("RDATE") == nil {
		return r.add(first.Unix(), span.after(first.Time).Unix())
	}
	return r.repeated(p, first, span)
}

// free tells whether an entry takes no time: cancelled, marked as free, or only saying where
// somebody works.
func free(p properties) bool {
	return p.is("STATUS", "CANCELLED") || p.is("TRANSP", "TRANSPARENT") ||
		p.is("X-MICROSOFT-CDO-BUSYSTATUS", "FREE") || p.is("X-MICROSOFT-CDO-BUSYSTATUS", "WORKINGELSEWHERE")
}

// begins reads when an entry begins and how long it takes.
func (r *reader) begins(p properties) (moment, length, error) {
	first, err := r.zones.moment(p.first("DTSTART"), r.Zone)
	if err != nil {
		return first, length{}, err
	}
	if end := p.first("DTEND"); end != nil {
		last, err := r.zones.moment(end, first.Location())
		if err != nil {
			return first, length{}, err
		}
		if first.whole {
			return first, length{days: max(daysBetween(first.Time, last.Time), 1)}, nil
		}
		return first, length{elapsed: max(last.Sub(first.Time), 0)}, nil
	}
	if text := p.value("DURATION"); text != "" {
		span, err := parseLength(text)
		return first, span, err
	}
	if first.whole {
		return first, length{days: 1}, nil
	}
	return first, length{}, nil // a moment, which takes no time
}

// daysBetween counts the dates from a to b.
func daysBetween(a, b time.Time) int {
	date := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(b).Sub(date(a)) / (24 * time.Hour))
}

// repeated adds the occurrences of an entry that comes back.
func (r *reader) repeated(p properties, first moment, span length) error {
	if r.rules++; r.rules > maxRules {
		return ErrTooMuch
	}
	away, err := r.exceptions(p, first)
	if err != nil {
		r.skipped++
	}
	starts, err := r.starts(p, first, span)
	if err != nil {
		r.skipped++ // what is known of it still takes its time
	}
	for _, start := range starts {
		t := time.Unix(start, 0).In(first.Location())
		if away.has(t) {
			continue
		}
		if err := r.add(start, span.after(t).Unix()); err != nil {
			return err
		}
	}
	return r.periods(p, first, away)
}

// starts lists when the occurrences begin: by the rules, and the dates named one by one.
func (r *reader) starts(p properties, first moment, span length) ([]int64, error) {
	from := r.From.Add(-min(span.after(first.Time).Sub(first.Time), longest)).AddDate(0, 0, -1)
	out := []int64{first.Unix()}
	var errs []error
	for i := range p {
		switch p[i].IANAToken {
		case "RRULE":
			more, err := calendars.Recur(p[i].Value, first.Time, from, r.To)
			out, errs = append(out, more...), append(errs, err)
		case "RDATE":
			if strings.EqualFold(parameter(&p[i], "VALUE"), "PERIOD") {
				continue
			}
			more, err := r.zones.moments(&p[i], first.Location())
			errs = append(errs, err)
			for _, m := range more {
				out = append(out, m.Unix())
			}
		case "EXRULE": // nobody writes it any more (RFC 5545 took it out): its dates stay taken
			errs = append(errs, errors.New("EXRULE is not read"))
		}
	}
	return out, errors.Join(errs...)
}

// periods adds the RDATEs that have an end of their own.
func (r *reader) periods(p properties, first moment, away exceptions) error {
	for i := range p {
		if p[i].IANAToken != "RDATE" || !strings.EqualFold(parameter(&p[i], "VALUE"), "PERIOD") {
			continue
		}
		loc := first.Location()
		if id := parameter(&p[i], "TZID"); id != "" {
			loc = r.zones.location(id)
		}
		if err := r.addPeriods(p[i].Value, loc, away); err != nil {
			return err
		}
	}
	return nil
}

// freeBusy adds the periods of a VFREEBUSY that are not free.
func (r *reader) freeBusy(p properties) error {
	for i := range p {
		if p[i].IANAToken != "FREEBUSY" || strings.EqualFold(parameter(&p[i], "FBTYPE"), "FREE") {
			continue
		}
		if err := r.addPeriods(p[i].Value, r.Zone, exceptions{}); err != nil {
			return err
		}
	}
	return nil
}

// addPeriods adds a list of start/end and start/duration.
func (r *reader) addPeriods(text string, loc *time.Location, away exceptions) error {
	for _, one := range strings.Split(text, ",") {
		from, to, _ := strings.Cut(strings.TrimSpace(one), "/")
		start, err := parseMoment(from, loc)
		var end time.Time
		if span, bad := parseLength(to); bad == nil {
			end = span.after(start.Time)
		} else if m, bad := parseMoment(to, loc); bad == nil {
			end = m.Time
		} else {
			err = bad
		}
		switch {
		case err != nil:
			r.skipped++
		case away.has(start.Time):
		default:
			if err := r.add(start.Unix(), end.Unix()); err != nil {
				return err
			}
		}
	}
	return nil
}

// exceptions are the occurrences that do not take place as the rule has them: instants, and
// whole days of the entry's own clock.
type exceptions struct {
	instants map[int64]bool
	days     map[string]bool
}

func (x exceptions) has(t time.Time) bool {
	return x.instants[t.Unix()] || len(x.days) > 0 && x.days[t.Format(time.DateOnly)]
}

// exceptions reads EXDATE, and the RECURRENCE-ID of the entries that replace occurrences.
func (r *reader) exceptions(p properties, first moment) (exceptions, error) {
	x := exceptions{instants: map[int64]bool{}, days: map[string]bool{}}
	var errs []error
	note := func(p properties, name string) {
		for i := range p {
			if p[i].IANAToken != name {
				continue
			}
			all, err := r.zones.moments(&p[i], first.Location())
			errs = append(errs, err)
			if strings.EqualFold(parameter(&p[i], "RANGE"), "THISANDFUTURE") {
				errs = append(errs, errors.New("RANGE is not read: it moves this occurrence only"))
			}
			for _, m := range all {
				if m.whole {
					x.days[m.Format(time.DateOnly)] = true
				} else {
					x.instants[m.Unix()] = true
				}
			}
		}
	}
	note(p, "EXDATE")
	for _, o := range r.overrides[p.value("UID")] {
		note(o, "RECURRENCE-ID")
	}
	return x, errors.Join(errs...)
}
