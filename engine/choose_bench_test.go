package engine_test

import (
	"fmt"
	"testing"
	"time"

	"relance/engine"
)

// BenchmarkPage is what the search behind a person's first page costs, on a real Redis: fifty
// calendars, two windows a weekday, the service's horizon of 45 days, three starts in ten taken.
func BenchmarkPage(b *testing.B) {
	w := newWorld(b)
	var pool []engine.CalendarID
	for i := range 50 {
		pool = append(pool, engine.CalendarID(fmt.Sprint("cal-", i)))
		w.calendar(pool[i])
	}
	w.service(engine.Service{Calendars: pool})
	starts, err := w.e.Slots(w.ctx, w.org, w.svc, monday, monday.AddDate(0, 0, 45), 0)
	w.must(nil, err)
	for n, cal := range pool {
		c := engine.Change{}
		for i, s := range starts {
			if (i+n)%10 < 3 {
				c.Claims = append(c.Claims, engine.Claim{Calendar: engine.CalendarID(string(w.org) + "/" + string(cal)), Holder: fmt.Sprint(i), Start: s.Start, End: s.End, Capacity: 1})
			}
		}
		_, err := w.store.Commit(w.ctx, w.org.Partition(), []engine.Change{c})
		w.must(nil, err)
	}
	w.clock.set(monday.Add(time.Minute))
	visit := &engine.Visit{Service: w.saved(), Zone: paris}
	at := time.Date(2026, 5, 24, 0, 0, 0, 0, paris) // a Sunday
	for _, search := range []struct {
		name string
		do   func() error
	}{
		{"first page", func() error { _, err := w.e.Shortlist(w.ctx, visit, time.Time{}, 10); return err }},
		{"nearest", func() error { _, err := w.e.Nearest(w.ctx, w.org, w.svc, at, 3); return err }},
		{"next", func() error { _, err := w.e.Next(w.ctx, w.org, w.svc, monday); return err }},
		{"explain a day", func() error { _, err := w.e.Explain(w.ctx, w.org, w.svc, at, at.AddDate(0, 0, 1)); return err }},
	} {
		b.Run(search.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.must(nil, search.do())
			}
		})
	}
}
