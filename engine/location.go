package engine

import (
	"fmt"
	"net/url"
	"strings"
)

// LocationKind says how a person and the organisation meet.
type LocationKind string

// The kinds of locations.
const (
	AtOffice LocationKind = "office" // the person comes to Address
	ByPhone  LocationKind = "phone"  // the organisation calls the person
	ByVideo  LocationKind = "video"  // the person opens URL
	AtHome   LocationKind = "home"   // the organisation comes to the person
)

// Location is where appointments are held. Windows and services name it by its id; a name that
// no location has is an office of that name.
type Location struct {
	ID      string       `json:"id" yaml:"id"`
	Kind    LocationKind `json:"kind" yaml:"kind"`
	Name    string       `json:"name" yaml:"name"`                 // as people read it: Maison des solidarités
	Address string       `json:"address,omitempty" yaml:"address"` // office: where to come, on one line
	Access  string       `json:"access,omitempty" yaml:"access"`   // what helps to get there: tram B, ring twice; emails and pages
	URL     string       `json:"url,omitempty" yaml:"url"`         // video: https, where to join
}

// Line is where to come, on one line: name and address of an office. It is "" for the other kinds,
// which each language has words for.
func (l Location) Line() string {
	switch {
	case l.Kind != AtOffice:
		return ""
	case l.Address == "" || strings.HasPrefix(l.Address, l.Name):
		return strings.TrimSpace(l.Name + strings.TrimPrefix(l.Address, l.Name))
	}
	return l.Name + ", " + l.Address
}

// Venue is the place as calendar programs show it: they open an address on a map and a link in a
// browser. Where there is neither it is the organisation's own name for it.
func (l Location) Venue() string {
	switch l.Kind {
	case AtOffice:
		return l.Line()
	case ByVideo:
		return l.URL
	}
	return l.Name
}

// Notes are what else calendar programs show: how to get there, and whom to call.
func (l Location) Notes(phone string) string {
	var lines []string
	if l.Kind == ByVideo {
		lines = append(lines, l.Name)
	}
	if l.Access != "" {
		lines = append(lines, l.Access)
	}
	if phone != "" {
		lines = append(lines, "Tél. "+phone)
	}
	return strings.Join(lines, "\n")
}

// where is the location of an appointment at id, the name its window gives ("" is none). What no
// location says is the service's own: its location, then its address.
func (o *Organisation) where(s *Service, id string) Location {
	if id == "" {
		id = s.Location
	}
	for _, l := range o.Locations {
		if l.ID == id && id != "" {
			return l
		}
	}
	if s.Address != "" {
		return Location{ID: id, Kind: AtOffice, Address: s.Address}
	}
	return Location{ID: id, Kind: AtOffice, Name: id}
}

// where is the location of the appointment, or of the service while there is none.
func (d *dossier) where() Location {
	if d.apt == nil {
		return d.o.where(d.s, "")
	}
	return d.o.where(d.s, d.apt.Location)
}

// mostLocations bounds an organisation's record.
const mostLocations = 500

func (o *Organisation) validateLocations(f *fields) {
	f.between("/locations", len(o.Locations), 0, mostLocations)
	seen := map[string]bool{}
	for n, l := range o.Locations {
		at := fmt.Sprintf("/locations/%d", n)
		f.id(at+"/id", l.ID)
		if seen[l.ID] {
			f.add(at+"/id", "duplicate", "stands twice")
		}
		seen[l.ID] = true
		f.text(at+"/name", l.Name, 80)
		l.validateKind(at, f)
		if len(l.Access) > 500 {
			f.add(at+"/access", "too_long", "is longer than 500 bytes")
		}
	}
}

// validateKind asks each kind for what people need to be there, and refuses what they would never see.
func (l Location) validateKind(at string, f *fields) {
	switch l.Kind {
	case AtOffice:
		f.text(at+"/address", l.Address, 160)
	case ByVideo:
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(l.URL) > 500 {
			f.add(at+"/url", "invalid", "must be the https address where people join")
		}
	case ByPhone, AtHome:
	default:
		f.add(at+"/kind", "unknown", "must be office, phone, video or home")
		return
	}
	if l.Address != "" && l.Kind != AtOffice {
		f.add(at+"/address", "unused", "is for an office only; use access for what people must know")
	}
	if l.URL != "" && l.Kind != ByVideo {
		f.add(at+"/url", "unused", "is for a video meeting only")
	}
}
