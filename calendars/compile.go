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
	nights   bool     // some windows end at midnight: what they open may go on the next day
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

// open appends the window's time on the days of the layout.
func (w *window) open(out []Interval, l *layout) []Interval {
	for _, d := range l.days(w.rule, w.first, l.lo) {
		start := l.zone.instant(d, w.start)
		if hasDay(w.except, d) || !w.rule.allows(d, w.start, start) {
			continue
		}
		out = append(out, Interval{start, l.zone.instant(d, w.end)})
	}
	return out
}

// closure is a checked Closure of length days after its first.
type closure struct {
	first, length day
	start, end    int64
	rule          *rule
}

// shut appends the closure's time that touches the days of the layout.
func (c *closure) shut(out []Interval, l *layout) []Interval {
	for _, d := range l.days(c.rule, c.first, l.lo-c.length) {
		start := l.zone.instant(d, c.start)
		if c.rule.allows(d, c.start, start) {
			out = append(out, Interval{start, l.zone.instant(d+c.length, c.end)})
		}
	}
	return out
}

// layout is the days [lo, hi) being laid out. Each rule is expanded once.
type layout struct {
	zone     zone
	lo, hi   day
	expanded map[expansion][]day
}

type expansion struct {
	rule *rule
	from day
}

func newLayout(z zone, lo, hi day) *layout { return &layout{z, lo, hi, map[expansion][]day{}} }

// days lists the days in [from, l.hi) of a rule, or of its first day when there is none.
func (l *layout) days(r *rule, first, from day) []day {
	if r == nil {
		if first < from || first >= l.hi {
			return nil
		}
		return []day{first}
	}
	key := expansion{r, from}
	days, done := l.expanded[key]
	if !done {
		days = r.days(from, l.hi)
		l.expanded[key] = days
	}
	return days
}

// allows applies UNTIL to an occurrence by its time of day.
func (r *rule) allows(d day, seconds, instant int64) bool {
	return r == nil || r.until.allows(int64(d)*secondsPerDay+seconds, instant)
}
