package calendars

import "slices"

const (
	// planDays is the grain of cached spans: queries of neighbouring days share one.
	planDays = 32
	// planPad lays out days on both sides: a range may begin the day before.
	planPad = 2
	// maxPlans bounds what a Compiled remembers; past it, all is forgotten.
	maxPlans = 48
	// maxPlanDays is the longest span worth remembering.
	maxPlanDays = 25 * planDays
)

// planKey names laid out time: the windows chosen and the days.
type planKey struct {
	service, location string
	lo, hi            day
}

// plan is the calendar's time over some days for one choice of windows, appointments
// left aside. Every list is sorted; all but the grids are disjoint and apart.
type plan struct {
	zone     zone
	places   []place
	closed   []Interval // by closures
	holidays []Interval
	repeats  []Interval // stretches of wall clock shown a second time
	sessions []session  // of the windows chosen
}

// place is the time of one location.
type place struct {
	location string
	windows  []Interval // merged, without sessions
	// grid is windows cut where a day open from midnight to midnight begins: a calendar
	// open day and night would otherwise be one range without a start.
	grid []Interval
	open []Interval // grid without closures and holidays
}

// plan gives the time over the days [lo, hi), from memory if it can.
func (c *Compiled) plan(service, location string, lo, hi day) *plan {
	key := c.key(service, location)
	key.lo = day(floorDiv(int64(lo), planDays) * planDays)
	key.hi = day(floorDiv(int64(hi)+planDays-1, planDays) * planDays)
	if key.hi-key.lo > maxPlanDays {
		return c.layOut(key)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.plans[key]; p != nil {
		return p
	}
	if len(c.plans) >= maxPlans {
		clear(c.plans)
	}
	p := c.layOut(key)
	c.plans[key] = p
	return p
}

// key maps services no window names to one, so that odd queries share their plans.
func (c *Compiled) key(service, location string) planKey {
	const other = "\x00"
	k := planKey{service: service, location: location}
	named, placed := service == "", location == ""
	for i := range c.windows {
		placed = placed || c.windows[i].location == location
		named = named || slices.Contains(c.windows[i].services, service)
	}
	if !named {
		k.service = other
	}
	if !placed {
		k.location = other
	}
	return k
}

// layOut expands everything over the days of the key and its padding.
func (c *Compiled) layOut(k planKey) *plan {
	lo, hi := k.lo-planPad, k.hi+planPad
	// A week more of zone: weeks are counted whole.
	p := &plan{zone: newZone(c.loc, lo-7, hi+7)}
	l := newLayout(p.zone, lo, hi)
	p.repeats = p.zone.repeats()
	for i := range c.closures {
		p.closed = c.closures[i].shut(p.closed, l)
	}
	p.closed = merge(p.closed)
	p.holidays = merge(c.holidays(p.zone, lo, hi))
	shut := merge(slices.Concat(p.closed, p.holidays))
	var held []Interval
	for _, s := range c.sessions(l) {
		held = append(held, s.Interval)
		if s.shut = overlaps(shut, s.Interval); s.window.serves(k.service, k.location) {
			p.sessions = append(p.sessions, s)
		}
	}
	for i := 0; i < len(c.windows); {
		var open []Interval
		location := c.windows[i].location
		for ; i < len(c.windows) && c.windows[i].location == location; i++ {
			if w := &c.windows[i]; w.seats == 0 && w.serves(k.service, k.location) {
				open = w.open(open, l)
			}
		}
		if open = subtract(merge(open), held); len(open) > 0 {
			grid := cutWholeDays(open, p.zone)
			p.places = append(p.places, place{location: location, windows: open, grid: grid, open: subtract(grid, shut)})
		}
	}
	return p
}

// holidays lists the closed days of the region and of the calendar itself.
func (c *Compiled) holidays(z zone, lo, hi day) []Interval {
	days := slices.Clone(c.closed)
	if c.region != "" {
		for year := lo.utc().Year(); year <= hi.utc().Year(); year++ {
			days = append(days, c.region.days(year)...)
		}
	}
	var out []Interval
	for _, d := range days {
		if d >= lo && d < hi {
			out = append(out, Interval{z.instant(d, 0), z.instant(d+1, 0)})
		}
	}
	return out
}

// cutWholeDays cuts ranges at the midnight before each day that is open as a whole. So
// no range is longer than two days.
func cutWholeDays(merged []Interval, z zone) []Interval {
	out := make([]Interval, 0, len(merged))
	for _, r := range merged {
		for d := z.day(r.Start) + 1; ; d++ {
			midnight, next := z.instant(d, 0), z.instant(d+1, 0)
			if next > r.End {
				break
			}
			if midnight > r.Start && midnight < next {
				out = append(out, Interval{r.Start, midnight})
				r.Start = midnight
			}
		}
		out = append(out, r)
	}
	return out
}
