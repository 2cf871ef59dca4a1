package ics

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	ical "github.com/arran4/golang-ical"

	"relance/calendars"
)

const (
	maxBusy  = 50_000 // stretches of time looked at, repetitions included
	maxRules = 2_000  // entries that come back: each may cost a search over centuries
)

// Why a file is refused as a whole. They are sentences for the person who gave the address.
var (
	ErrNotCalendar = errors.New("the address answers with something that is not a calendar: use the agenda's address in iCal format (.ics), the one that needs no login")
	ErrCut         = errors.New("the calendar is cut off before its end")
	ErrBroken      = errors.New("the calendar is not written as calendar programs write it (RFC 5545)")
	ErrTooMuch     = fmt.Errorf("the calendar has more than %d entries, or more than %d that repeat: publish one with less in it", maxBusy, maxRules)
)

// Options say how a file is read.
type Options struct {
	// Zone is the clock of whole days and of times without a zone, or with one that nobody knows.
	Zone *time.Location
	// From and To bound what is asked for.
	From, To time.Time
	// Own, optional, tells which entries (by UID) are our own, come back through the agent's
	// agenda: they are left out.
	Own func(uid string) bool
}

// Agenda is what was read.
type Agenda struct {
	// Busy is the time that is taken, within From and To: sorted, and apart.
	Busy []calendars.Interval
	// Skipped is how many entries could not be read whole.
	Skipped int
}

// Parse reads a file. Busy are events that are neither cancelled nor marked as free, in all their
// occurrences, and the periods of a VFREEBUSY that are not free. The error is ErrNotCalendar,
// ErrCut, ErrBroken, ErrTooMuch, or the context's; none quotes the file.
func Parse(ctx context.Context, file []byte, o Options) (Agenda, error) {
	lines, err := sift(file)
	if err != nil {
		return Agenda{}, err
	}
	cal, err := ical.ParseCalendar(bytes.NewReader(lines))
	if err != nil {
		return Agenda{}, ErrBroken // the library's words may quote the file
	}
	r := &reader{Options: o, zones: newZones(o, cal)}
	r.note(cal)
	for _, c := range cal.Components {
		if err := ctx.Err(); err != nil {
			return Agenda{}, err
		}
		if err := r.component(c); err != nil {
			return Agenda{}, err
		}
	}
	return Agenda{Busy: union(r.busy), Skipped: r.skipped}, nil
}

// reader gathers the busy time of one file.
type reader struct {
	Options
	zones   *zones
	busy    []calendars.Interval
	rules   int
	skipped int
	// overrides are the occurrences of each UID that stand as entries of their own.
	overrides map[string][]properties
}

// note finds the occurrences that are told of apart.
func (r *reader) note(cal *ical.Calendar) {
	r.overrides = map[string][]properties{}
	for _, c := range cal.Components {
		p := properties(c.UnknownPropertiesIANAProperties())
		if _, ok := c.(*ical.VEvent); ok && p.value("RECURRENCE-ID") != "" {
			r.overrides[p.value("UID")] = append(r.overrides[p.value("UID")], p)
		}
	}
}

// component adds the busy time of one component.
func (r *reader) component(c ical.Component) error {
	p := properties(c.UnknownPropertiesIANAProperties())
	switch c.(type) {
	case *ical.VEvent:
		if r.Own == nil || !r.Own(p.value("UID")) {
			return r.event(p)
		}
	case *ical.VBusy:
		return r.freeBusy(p)
	}
	return nil
}

// add notes busy time, cut to what is asked for.
func (r *reader) add(start, end int64) error {
	start, end = max(start, r.From.Unix()), min(end, r.To.Unix())
	if start >= end {
		return nil
	}
	if r.busy = append(r.busy, calendars.Interval{Start: start, End: end}); len(r.busy) > maxBusy {
		return ErrTooMuch
	}
	return nil
}

// union sorts intervals and joins those that overlap or touch.
func union(in []calendars.Interval) []calendars.Interval {
	slices.SortFunc(in, func(a, b calendars.Interval) int { return cmp.Compare(a.Start, b.Start) })
	out := in[:0]
	for _, i := range in {
		if n := len(out); n > 0 && i.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, i.End)
			continue
		}
		out = append(out, i)
	}
	return out
}
