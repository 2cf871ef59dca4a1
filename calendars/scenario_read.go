package calendars

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// pool is a scenario read: its calendars, by id, and what is asked of each.
type pool struct {
	calendars []*Compiled
	busy      map[ID][]Interval
	blocked   map[ID][]Interval
	query     Query
}

// of is what is asked of one calendar.
func (p *pool) of(c *Compiled) Query {
	q := p.query
	q.Blocked = p.blocked[c.ID()]
	return q
}

func (s Scenario) pool() (*pool, error) {
	b := &builder{}
	loc := b.scenarioZone(s.Timezone)
	p := &pool{query: b.query(s, loc), busy: b.busy(s.Appointments, loc), blocked: b.blocked(s.Blocked, loc)}
	if err := b.err(); err != nil {
		return nil, err
	}
	for _, c := range s.split() {
		if len(s.Filters.Agents) > 0 && !slices.Contains(s.Filters.Agents, c.calendar.ID) {
			continue
		}
		compiled, err := Compile(c.calendar)
		if err != nil {
			return nil, c.rename(err)
		}
		p.calendars = append(p.calendars, compiled)
	}
	return p, nil
}

// part is one calendar of a scenario and where its windows and closures stand there.
type part struct {
	calendar          Calendar
	windows, closures []int
}

// split sorts windows and closures by calendar.
func (s Scenario) split() []*part {
	byID := map[ID]*part{}
	get := func(id ID) *part {
		if byID[id] == nil {
			byID[id] = &part{calendar: Calendar{
				ID: id, Zone: s.Timezone, Region: s.Region, Holidays: s.Holidays, Capacity: s.Capacity,
				OpenOnHolidays: s.OpenOnHolidays, MaxPerDay: s.MaxPerDay, MaxPerWeek: s.MaxPerWeek,
			}}
		}
		return byID[id]
	}
	for i, w := range s.Windows {
		p := get(w.Calendar)
		p.calendar.Windows = append(p.calendar.Windows, w.Window)
		p.windows = append(p.windows, i)
	}
	for i, c := range s.Closures {
		p := get(c.Calendar)
		p.calendar.Closures = append(p.calendar.Closures, c.Closure)
		p.closures = append(p.closures, i)
	}
	var out []*part
	for _, p := range byID {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *part) int { return cmp.Compare(a.calendar.ID, b.calendar.ID) })
	return out
}

// rename makes the fields of a calendar's mistakes those of the scenario.
func (p *part) rename(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	b := &builder{}
	for _, e := range joined.Unwrap() {
		field, ok := e.(*FieldError)
		if !ok {
			return err
		}
		b.mistake(p.place(field.Field), "%s", field.Message)
	}
	return b.err()
}

// place turns "windows[1].rrule" of the calendar into that of the scenario.
func (p *part) place(field string) string {
	for name, list := range map[string][]int{"windows": p.windows, "closures": p.closures} {
		var i int
		if _, err := fmt.Sscanf(field, name+"[%d]", &i); err == nil && i < len(list) {
			_, rest, _ := strings.Cut(field, "]")
			return fmt.Sprintf("%s[%d]%s", name, list[i], rest)
		}
	}
	if field == "zone" {
		return "timezone"
	}
	return field
}

func (b *builder) scenarioZone(name string) *time.Location {
	loc := b.zone(name)
	for _, e := range b.mistakes {
		e.(*FieldError).Field = "timezone"
	}
	return loc
}

func (b *builder) query(s Scenario, loc *time.Location) Query {
	q := Query{
		Service: s.Filters.Service, Location: s.Filters.Location,
		Duration: b.minutes("duration_min", s.DurationMin),
		Step:     b.minutes("step_min", s.StepMin),
		Before:   b.minutes("before_min", s.BeforeMin),
		After:    b.minutes("after_min", s.AfterMin),
		Notice:   b.minutes("notice_min", s.NoticeMin),
		Now:      b.time("now", s.Now, loc),
		From:     b.time("from", s.From, loc),
		To:       b.time("to", s.To, loc),
	}
	if s.HorizonMin != nil {
		q.Horizon = b.minutes("horizon_min", *s.HorizonMin)
	}
	if s.DurationMin == 0 {
		b.mistake("duration_min", "must be at least 1")
	}
	return q
}

// minutes bounds a length to a few years, far from overflow.
func (b *builder) minutes(field string, n int) time.Duration {
	const most = 10 * 366 * 24 * 60
	if n < 0 || n > most {
		b.mistake(field, "must be minutes, from 0 to %d", most)
		return 0
	}
	return time.Duration(n) * time.Minute
}

func (b *builder) busy(appointments []Appointment, loc *time.Location) map[ID][]Interval {
	out := map[ID][]Interval{}
	for i, a := range appointments {
		field := fmt.Sprintf("appointments[%d]", i)
		i := b.interval(field, a.Start, a.End, loc)
		if a.HoldsTime {
			out[a.Calendar] = append(out[a.Calendar], i)
		}
	}
	return out
}

func (b *builder) blocked(list []ScenarioBlocked, loc *time.Location) map[ID][]Interval {
	out := map[ID][]Interval{}
	for i, l := range list {
		out[l.Calendar] = append(out[l.Calendar], b.interval(fmt.Sprintf("blocked[%d]", i), l.Start, l.End, loc))
	}
	return out
}

func (b *builder) interval(field, from, to string, loc *time.Location) Interval {
	start, end := b.time(field+".start", from, loc), b.time(field+".end", to, loc)
	if end.Before(start) {
		b.mistake(field+".end", "must not be before start")
	}
	return Interval{start.Unix(), end.Unix()}
}

// time reads an instant with Z or a wall time.
func (b *builder) time(field, text string, loc *time.Location) time.Time {
	if t, err := time.Parse("2006-01-02T15:04:05Z", text); err == nil {
		return t
	}
	t, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		b.mistake(field, `must be a time such as "2026-05-14T09:00:00", or with Z for UTC`)
		return time.Time{}
	}
	d := dayOf(t.Date())
	wall := t.Unix() - int64(d)*secondsPerDay
	return time.Unix(newZone(loc, d, d+1).instant(d, wall), 0)
}
