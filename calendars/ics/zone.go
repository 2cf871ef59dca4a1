package ics

import (
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"
)

// maxZones bounds the zones one file may name: each costs a look at the host's files.
const maxZones = 200

// zones finds the clock behind a TZID, once per file.
type zones struct {
	Options
	written map[string]*ical.VTimezone // the file's own definitions
	known   map[string]*time.Location
}

func newZones(o Options, cal *ical.Calendar) *zones {
	z := &zones{Options: o, written: map[string]*ical.VTimezone{}, known: map[string]*time.Location{}}
	for _, c := range cal.Components {
		if t, ok := c.(*ical.VTimezone); ok {
			z.written[properties(t.Properties).value("TZID")] = t
		}
	}
	return z
}

// location is the clock of a TZID: the IANA zone of that name, or of that name in Windows, or
// at the end of it (/example.org/Europe/Paris); else what the file itself says of it; else the
// calendar's own, for then nobody can know better.
func (z *zones) location(id string) *time.Location {
	if loc := z.known[id]; loc != nil {
		return loc
	}
	loc := z.look(id)
	if loc == nil {
		loc = z.Zone
	}
	if len(z.known) < maxZones {
		z.known[id] = loc
	}
	return loc
}

func (z *zones) look(id string) *time.Location {
	if len(z.known) >= maxZones {
		return nil
	}
	if loc := named(id); loc != nil {
		return loc
	}
	t := z.written[id]
	if t == nil {
		return nil
	}
	if loc := named(properties(t.Properties).value("X-LIC-LOCATION")); loc != nil {
		return loc
	}
	return z.defined(t)
}

// named finds a zone by what it is called; nil when nobody calls one so.
func named(id string) *time.Location {
	if w := windowsZone(id); w != "" {
		id = w
	}
	if strings.EqualFold(id, "tzone://Microsoft/Utc") {
		return time.UTC
	}
	for name := strings.TrimLeft(id, "/"); name != "" && len(name) <= 64; {
		if loc, err := time.LoadLocation(name); err == nil && name != "Local" {
			return loc
		}
		var more bool
		if _, name, more = strings.Cut(name, "/"); !more || !strings.Contains(name, "/") {
			return nil
		}
	}
	return nil
}
