package ics

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	maxLine = 64 << 10 // of one property, unfolded
	maxHead = 1 << 10  // of its name and parameters
	maxDeep = 4        // components within components that are kept
)

// sift copies the lines that say when somebody is busy, unfolded, one calendar around them all.
// What is not needed is not even looked at: it may be long, private, or badly written. The
// errors are ErrNotCalendar, ErrCut and that of a line no calendar program writes.
func sift(file []byte) ([]byte, error) {
	s := &sifter{rest: bytes.TrimLeft(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")), " \t\r\n")}
	if len(s.rest) < 15 || !strings.EqualFold(string(s.rest[:15]), "BEGIN:VCALENDAR") {
		return nil, ErrNotCalendar
	}
	s.out.WriteString("BEGIN:VCALENDAR\r\n")
	for len(s.rest) > 0 {
		if err := s.line(); err != nil {
			return nil, err
		}
	}
	if len(s.open) > 0 {
		return nil, ErrCut
	}
	s.out.WriteString("END:VCALENDAR\r\n")
	return s.out.Bytes(), nil
}

type sifter struct {
	rest []byte
	out  bytes.Buffer
	open []string // components begun and not ended, in capitals
	drop int      // how many of open were begun when what is dropped began; 0 drops nothing
	n    int      // physical lines read
}

// line reads one property with its continuations.
func (s *sifter) line() error {
	at := s.n + 1
	first := s.physical()
	name := first
	if i := bytes.IndexAny(first, ":;"); i >= 0 {
		name = first[:i]
	}
	kind := strings.ToUpper(string(name[:min(len(name), 64)]))
	switch keep := kind == "BEGIN" || kind == "END" || s.drop == 0 && tells(kind); {
	case !keep:
		for s.continued() {
			s.physical()
		}
		return nil
	case len(name) == len(first):
		return nil // neither value nor parameter: no property
	}
	whole := append([]byte(kind), first[len(name):]...)
	for s.continued() {
		if whole = append(whole, s.physical()[1:]...); len(whole) > maxLine {
			break
		}
	}
	if len(whole) > maxLine || head(whole) > maxHead {
		return fmt.Errorf("line %d of the calendar is longer than any calendar program writes", at)
	}
	return s.put(kind, whole)
}

// physical takes the next line as it stands, without its end.
func (s *sifter) physical() []byte {
	line, rest, _ := bytes.Cut(s.rest, []byte("\n"))
	s.rest, s.n = rest, s.n+1
	return bytes.TrimSuffix(line, []byte("\r"))
}

// continued tells whether the next line belongs to the one before.
func (s *sifter) continued() bool {
	return len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\t')
}

// head is how long name and parameters are.
func head(line []byte) int {
	quoted := false
	for i, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case b == ':' && !quoted:
			return i
		}
	}
	return len(line)
}

// put writes a property, or follows what begins and ends.
func (s *sifter) put(kind string, line []byte) error {
	switch kind {
	case "BEGIN":
		return s.begin(strings.ToUpper(strings.TrimSpace(string(line[len("BEGIN:"):]))))
	case "END":
		return s.end(strings.ToUpper(strings.TrimSpace(string(line[len("END:"):]))))
	}
	if len(s.open) > 1 { // of the calendar as a whole nothing is needed
		s.out.Write(line)
		s.out.WriteString("\r\n")
	}
	return nil
}

func (s *sifter) begin(what string) error {
	if what == "VCALENDAR" && len(s.open) > 0 {
		return ErrCut // the one before has no end
	}
	s.open = append(s.open, what)
	switch {
	case s.drop > 0 || what == "VCALENDAR":
	case len(s.open) > maxDeep || !kept(what):
		s.drop = len(s.open)
	default:
		s.out.WriteString("BEGIN:" + what + "\r\n")
	}
	return nil
}

func (s *sifter) end(what string) error {
	n := len(s.open)
	if n == 0 || s.open[n-1] != what {
		return ErrCut
	}
	s.open = s.open[:n-1]
	switch {
	case s.drop == n:
		s.drop = 0
	case s.drop == 0 && what != "VCALENDAR":
		s.out.WriteString("END:" + what + "\r\n")
	}
	return nil
}

// kept are the components that are read.
func kept(component string) bool {
	switch component {
	case "VEVENT", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT":
		return true
	}
	return false
}

// tells are the properties that are read.
func tells(property string) bool {
	switch property {
	case "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID",
		"STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY",
		"TZID", "X-LIC-LOCATION", "TZOFFSETFROM", "TZOFFSETTO":
		return true
	}
	return false
}
