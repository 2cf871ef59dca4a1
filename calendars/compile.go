package calendars

import (
	"slices"
	"sync"
	"time"
)

// Compiled is a checked calendar that answers queries. It never changes; any number of
// goroutines may use it. It remembers the time it has laid out for recent spans.
type Compiled struct {
	id       ID
	loc      *time.Location
	region   Region // "" when open on holidays
	closed   []day  // further closed dates, sorted
	capacity int
	perDay   int      // 0: no limit
	perWeek  int      // 0: no limit
	groups   bool     // some windows have seats
	windows  []window // by location
	closures []closure

	mu    sync.Mutex
	plans map[planKey]*plan
}

// Compile checks a calendar and prepares it. The error is that of Validate.
func Compile(c Calendar) (*Compiled, error) { return build(c) }

// ID is the calendar's.
func (c *Compiled) ID() ID { return c.id }

// Capacity is how many appointments may overlap, at least 1.
func (c *Compiled) Capacity() int { return c.capacity }

// Location is the calendar's time zone.
func (c *Compiled) Location() *time.Location { return c.loc }

// window is a checked Window; start and end are seconds of wall clock.
type window struct {
	first      day
	start, end int64
	rule       *rule
	except     []day
	location   string
	services   []string
	seats      int // > 0: each occurrence is a session
}

// serves reports whether the window is one the query asks for.
func (w *window) serves(service, location string) bool {
	if location != "" && w.location != location {
		return false
	}
	return service == "" || len(w.services) == 0 || slices.Contains(w.services, service)
}

// open appends the window's time on the days [lo, hi).
func (w *window) open(out []Interval, z zone, lo, hi day) []Interval {
	for _, d := range occurrences(w.rule, w.first, lo, hi) {
		start := z.instant(d, w.start)
		if hasDay(w.except, d) || !w.rule.allows(d, w.start, start) {
			continue
		}
		out = append(out, Interval{start, z.instant(d, w.end)})
	}
	return out
}

// closure is a checked Closure of length days after its first.
type closure struct {
	first, length day
	start, end    int64
	rule          *rule
}

// shut appends the closure's time that touches the days [lo, hi).
func (c *closure) shut(out []Interval, z zone, lo, hi day) []Interval {
	for _, d := range occurrences(c.rule, c.first, lo-c.length, hi) {
		start := z.instant(d, c.start)
		if c.rule.allows(d, c.start, start) {
			out = append(out, Interval{start, z.instant(d+c.length, c.end)})
		}
	}
	return out
}

// occurrences lists the days in [lo, hi) of a rule, or of its first day when there is
// none.
func occurrences(r *rule, first, lo, hi day) []day {
	if r != nil {
		return r.days(lo, hi)
	}
	if first < lo || first >= hi {
		return nil
	}
	return []day{first}
}

// allows applies UNTIL to an occurrence by its time of day.
func (r *rule) allows(d day, seconds, instant int64) bool {
	return r == nil || r.until.allows(int64(d)*secondsPerDay+seconds, instant)
}
