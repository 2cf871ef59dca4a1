package calendars

// First gives the first of Starts, without laying out what comes after it; false when
// there is none.
func (c *Compiled) First(q Query, busy []Interval) (int64, bool) {
	g, ok := newGrid(q)
	if !ok {
		return 0, false
	}
	var room [64]int64
	for last := g.hi; g.lo <= last; g.lo = g.hi + 1 {
		// To the end of the span that is remembered as one.
		end := day(floorDiv(int64(c.day(g.lo)), planDays)+1) * planDays
		g.hi = min(last, max(g.lo, c.midnight(end)-1))
		s := c.searchStarts(q, g, busy)
		if found := s.starts(room[:0]); len(found) > 0 {
			return found[0], true
		}
	}
	return 0, false
}

// midnight gives the instant at which a wall day begins.
func (c *Compiled) midnight(d day) int64 { return newZone(c.loc, d, d+1).instant(d, 0) }
