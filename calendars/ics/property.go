package ics

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"
)

// properties are those of one component.
type properties []ical.IANAProperty

// first is the first property of a name; nil when there is none.
func (p properties) first(name string) *ical.IANAProperty {
	for i := range p {
		if p[i].IANAToken == name {
			return &p[i]
		}
	}
	return nil
}

// value is the value of the first property of a name; "" when there is none.
func (p properties) value(name string) string {
	if found := p.first(name); found != nil {
		return strings.TrimSpace(found.Value)
	}
	return ""
}

// is tells whether a property has a value, in whatever case.
func (p properties) is(name, value string) bool { return strings.EqualFold(p.value(name), value) }

// parameter is the first value of a property's parameter, in whatever case it is named.
func parameter(p *ical.IANAProperty, name string) string {
	for key, values := range p.ICalParameters {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return strings.TrimSpace(values[0])
		}
	}
	return ""
}

// moment is a value of DATE or DATE-TIME. A date is the midnight it begins with.
type moment struct {
	time.Time
	whole bool // a date: the whole day
}

var errMoment = errors.New("not a date or a time of RFC 5545")

// moments reads all values of a property, in the zone it names or else in loc.
func (z *zones) moments(p *ical.IANAProperty, loc *time.Location) ([]moment, error) {
	if id := parameter(p, "TZID"); id != "" {
		loc = z.location(id)
	}
	var out []moment
	for _, text := range strings.Split(p.Value, ",") {
		m, err := parseMoment(strings.TrimSpace(text), loc)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// moment reads the one value of a property.
func (z *zones) moment(p *ical.IANAProperty, loc *time.Location) (moment, error) {
	all, err := z.moments(p, loc)
	if err != nil || len(all) != 1 {
		return moment{}, errMoment
	}
	return all[0], nil
}

// parseMoment reads 20260518, 20260518T090000 or 20260518T070000Z of the years 1900 to 2199,
// which are those of calendars.
func parseMoment(text string, loc *time.Location) (moment, error) {
	var m moment
	var err error
	switch {
	case len(text) == len("20060102"):
		m.whole = true
		m.Time, err = time.ParseInLocation("20060102", text, loc)
	case strings.HasSuffix(text, "Z"):
		m.Time, err = time.Parse("20060102T150405Z", text)
	default:
		m.Time, err = time.ParseInLocation("20060102T150405", text, loc)
	}
	if err != nil || m.Year() < 1900 || m.Year() > 2199 {
		return m, errMoment
	}
	return m, nil
}

// lengths are P1W, P1DT2H, PT30M and the like.
var lengths = regexp.MustCompile(`^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?$`)

// length is a DURATION: days are days of the clock, the rest is elapsed time.
type length struct {
	days    int
	elapsed time.Duration
}

func parseLength(text string) (length, error) {
	m := lengths.FindStringSubmatch(strings.ToUpper(text))
	if m == nil {
		return length{}, errors.New("not a duration of RFC 5545")
	}
	n := make([]int, len(m))
	for i := 1; i < len(m); i++ {
		n[i], _ = strconv.Atoi(m[i]) // digits, or nothing for 0
	}
	return length{
		days:    7*n[1] + n[2],
		elapsed: time.Duration(n[3])*time.Hour + time.Duration(n[4])*time.Minute + time.Duration(n[5])*time.Second,
	}, nil
}

// after is the end of what begins at t.
func (l length) after(t time.Time) time.Time { return t.AddDate(0, 0, l.days).Add(l.elapsed) }
