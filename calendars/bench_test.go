package calendars_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/teambition/rrule-go"

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

func BenchmarkStarts(b *testing.B) {
	for _, c := range []struct {
		name  string
		first calendars.Date
		fresh bool
	}{
		{"remembered", "2026-03-02", false},
		{"remembered, rule five years old", "2021-03-01", false},
		{"laid out each time", "2026-03-02", true},
		{"laid out each time, rule five years old", "2021-03-01", true},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool, q := benchPool(b, c.first), benchQuery()
			busy := benchBusy(pool[0].Starts(q, nil))
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				if c.fresh {
					b.StopTimer()
					pool = benchPool(b, c.first)
					b.StartTimer()
				}
				n = 0
				for _, c := range pool {
					n += len(c.Starts(q, busy))
				}
			}
			b.ReportMetric(float64(n), "starts")
		})
	}
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

// BenchmarkPlainLibrary is the same work with rrule-go alone, as one would write it
// first: both windows expanded in the zone, slots cut, those taken left out.
func BenchmarkPlainLibrary(b *testing.B) {
	for name, first := range map[string]string{"new rule": "2026-03-02", "rule five years old": "2021-03-01"} {
		b.Run(name, func(b *testing.B) {
			q := benchQuery()
			busy := benchBusy(benchPool(b, calendars.Date(first))[0].Starts(q, nil))
			paris, err := time.LoadLocation("Europe/Paris")
			if err != nil {
				b.Fatal(err)
			}
			day, _ := time.ParseInLocation(time.DateOnly, first, paris)
			if got, want := plainStarts(b, day, q, busy), benchPool(b, calendars.Date(first))[0].Starts(q, busy); !slices.Equal(got, want) {
				b.Fatalf("not the same work: %d and %d starts", len(got), len(want))
			}
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n = 0
				for range 50 {
					n += len(plainStarts(b, day, q, busy))
				}
			}
			b.ReportMetric(float64(n), "starts")
		})
	}
}

func plainStarts(b *testing.B, day time.Time, q calendars.Query, busy []calendars.Interval) []int64 {
	var out []int64
	for _, w := range []struct{ start, length time.Duration }{{9 * time.Hour, 3 * time.Hour}, {14 * time.Hour, 210 * time.Minute}} {
		r, err := rrule.NewRRule(rrule.ROption{
			Freq: rrule.WEEKLY, Dtstart: day.Add(w.start), Byweekday: []rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR},
		})
		if err != nil {
			b.Fatal(err)
		}
		for _, open := range r.Between(q.From, q.To, true) {
			for t := open; !t.Add(q.Duration).After(open.Add(w.length)); t = t.Add(q.Duration) {
				i, _ := slices.BinarySearchFunc(busy, t.Unix()+1, func(b calendars.Interval, t int64) int { return int(b.End - t) })
				if i == len(busy) || busy[i].Start >= t.Unix()+1800 {
					out = append(out, t.Unix())
				}
			}
		}
	}
	slices.Sort(out)
	return out
}
