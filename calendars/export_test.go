package calendars

// RuleDays gives the days of a rule in [lo, hi), for tests of rules alone.
func RuleDays(text string, first, lo, hi Date) ([]Date, error) {
	var days [3]day
	for i, d := range []Date{first, lo, hi} {
		var err error
		if days[i], err = d.parse(); err != nil {
			return nil, err
		}
	}
	r, err := parseRule(text, days[0])
	if err != nil {
		return nil, err
	}
	var out []Date
	for _, d := range r.days(days[1], days[2]) {
		out = append(out, d.date())
	}
	return out, nil
}

// Remembered is how many spans are kept.
func (c *Compiled) Remembered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.plans)
}
