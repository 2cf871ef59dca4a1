package calendars_test

import (
	"fmt"
	"testing"
	"time"

	"relance/calendars"
)

const benchDays = 90

// benchPool is 50 calendars with two windows a weekday.
func benchPool(b *testing.B, first calendars.Date) []*calendars.Compiled {
	b.Helper()
	var pool []*calendars.Compiled
	for i := range 50 {
		c, err := calendars.Compile(calendars.Calendar{
			ID: calendars.ID(fmt.Sprint(i)), Zone: "Europe/Paris",
			Windows: one(every("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", first, "09:00", "12:00"), every("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", first, "14:00", "17:30")),
		})
		if err != nil {
			b.Fatal(err)
		}
		pool = append(pool, c)
	}
	return pool
}

func benchQuery() calendars.Query {
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	return calendars.Query{Duration: 30 * time.Minute, Now: from, From: from, To: from.AddDate(0, 0, benchDays)}
}

// benchBusy takes three starts in ten.
func benchBusy(starts []int64) []calendars.Interval {
	var busy []calendars.Interval
	for i, s := range starts {
		if i%10 < 3 {
			busy = append(busy, calendars.Interval{Start: s, End: s + 1800})
		}
	}
	return busy
}

func BenchmarkFits(b *testing.B) {
	c, q := benchPool(b, "2021-03-01")[0], benchQuery()
	starts := c.Starts(q, nil)
	at, busy := time.Unix(starts[len(starts)/2], 0), benchBusy(starts)[:8]
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Fits(q, at, busy); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	for name, rule := range map[string]string{"plain": "FREQ=WEEKLY;BYDAY=MO", "never, monthly": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "never, daily": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"} {
		b.Run(name, func(b *testing.B) {
			c := calendars.Calendar{Zone: "Europe/Paris", Windows: one(every(rule, "2026-01-01", "09:00", "10:00"))}
			for b.Loop() {
				_ = c.Validate()
			}
		})
	}
}
