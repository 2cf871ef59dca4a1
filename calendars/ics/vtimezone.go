package ics

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
	"time"

	ical "github.com/arran4/golang-ical"

	"relance/calendars"
)

// change is a moment at which a clock is set, in unix seconds, and its offsets from UTC
// before and after.
type change struct{ at, from, to int64 }

// defined makes the clock that a VTIMEZONE describes, over the time that is asked for; nil when
// it describes none.
func (z *zones) defined(t *ical.VTimezone) *time.Location {
	var all []change
	for _, c := range t.SubComponents() {
		switch c.(type) {
		case *ical.Standard, *ical.Daylight:
			all = append(all, z.changes(properties(c.UnknownPropertiesIANAProperties()))...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	loc, err := time.LoadLocationFromTZData(t.Id(), compiled(all))
	if err != nil {
		return nil
	}
	return loc
}

// changes are the moments at which one half of a VTIMEZONE begins to hold: a day is looked at
// once, since nothing sets a clock twice a day.
func (z *zones) changes(p properties) []change {
	start := p.first("DTSTART")
	from, okFrom := parseOffset(p.value("TZOFFSETFROM"))
	to, okTo := parseOffset(p.value("TZOFFSETTO"))
	if start == nil || !okFrom || !okTo {
		return nil
	}
	first, err := onset(start.Value)
	if err != nil {
		return nil
	}
	walls := []int64{first.Unix()}
	if rule := p.value("RRULE"); rule != "" {
		// Two years more on either side: an entry's first day may lie outside what is asked for.
		more, _ := calendars.Recur(rule, first, z.From.AddDate(-2, 0, 0), z.To.AddDate(2, 0, 0))
		walls = append(walls, more...)
	}
	if dates := p.first("RDATE"); dates != nil {
		if more, err := z.moments(dates, time.UTC); err == nil {
			for _, m := range more {
				walls = append(walls, m.Unix())
			}
		}
	}
	out := make([]change, len(walls))
	for i, wall := range walls {
		out[i] = change{at: wall - from, from: from, to: to}
	}
	return out
}

// onset reads the DTSTART of half a VTIMEZONE. Outlook begins some in the year 1601.
func onset(text string) (time.Time, error) {
	t, err := time.Parse("20060102T150405", text)
	if err == nil && t.Year() < 1900 {
		// To a year of rules that has the same days: 400 years are whole weeks, and so are 28.
		for t = t.AddDate(400, 0, 0); t.Year() > 1999; {
			t = t.AddDate(-28, 0, 0)
		}
	}
	return t, err
}

var offsets = regexp.MustCompile(`^([+-])(\d\d)(\d\d)(\d\d)?$`)

// parseOffset reads +0100 as seconds.
func parseOffset(text string) (int64, bool) {
	m := offsets.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n := make([]int64, len(m))
	for i := 2; i < len(m); i++ {
		n[i], _ = strconv.ParseInt("0"+m[i], 10, 64) // digits
	}
	seconds := n[2]*3600 + n[3]*60 + n[4]
	if m[1] == "-" {
		seconds = -seconds
	}
	return seconds, seconds > -24*3600 && seconds < 24*3600
}

// compiled writes changes, sorted, as a file of the time zone database (RFC 8536), which is how
// a time.Location can be made.
func compiled(all []change) []byte {
	offsets := []int64{all[0].from}
	kind := func(offset int64) byte {
		i := slices.Index(offsets, offset)
		if i < 0 {
			i = len(offsets)
			offsets = append(offsets, offset)
		}
		return byte(i)
	}
	var times, kinds bytes.Buffer
	for _, c := range all {
		_ = binary.Write(&times, binary.BigEndian, c.at) // a buffer takes everything
		kinds.WriteByte(kind(c.to))
	}
	var out bytes.Buffer
	header := func(changes, kinds, letters int) {
		out.WriteString("TZif2" + string(make([]byte, 15)))
		for _, n := range []int{0, 0, 0, changes, kinds, letters} {
			_ = binary.Write(&out, binary.BigEndian, uint32(n))
		}
	}
	header(0, 0, 0) // the block of the first version, which nobody reads
	header(len(all), len(offsets), 2)
	out.Write(times.Bytes())
	out.Write(kinds.Bytes())
	for _, offset := range offsets {
		_ = binary.Write(&out, binary.BigEndian, int32(offset))
		out.Write([]byte{0, 0}) // no summer time to tell; the letters from 0
	}
	out.WriteString("X\x00\n\n")
	return out.Bytes()
}
