package calendars

// First gives the first of Starts, without laying out what comes after it; false when
// there is none. busy as in Starts.
func (c *Compiled) First(q Query, busy []Interval) (int64, bool) {
	g, ok := newGrid(q)
	if !ok {
		return 0, false
	}
	span := c.busySpan(g)
	s := search{grid: g, taken: full(busy, c.capacity, span), blocked: full(q.Blocked, 1, span), first: true}
	s.unblock()
	var room [64]int64
	for ; s.lo <= g.hi; s.lo = s.hi + 1 {
		// To the end of the span that is remembered as one.
		from := c.day(s.lo)
		end := day(floorDiv(int64(from), planDays)+1) * planDays
		s.hi = min(g.hi, max(s.lo, c.midnight(end)-1))
		s.lookAt(c, q, from, c.day(s.hi)+1, busy)
		if found := s.starts(room[:0]); len(found) > 0 {
			return found[0], true
		}
	}
	return 0, false
}

// midnight gives about when a wall day begins: to the second when the clock does not
// change in the hours around.
func (c *Compiled) midnight(d day) int64 {
	utc := int64(d) * secondsPerDay
	return utc - offset(c.loc, utc-offset(c.loc, utc))
}
