package calendars_test

import (
	"slices"
	"testing"
	"time"

	"github.com/teambition/rrule-go"

	"relance/calendars"
)

// BenchmarkPeers answers one search, 50 calendars × 90 days × two windows a weekday,
// 30-minute slots, three in ten taken, in turns by:
//
//   - the plain library, as one would write it first: rules expanded in the zone, slots
//     cut, those taken left out;
//   - a bound written by hand: windows laid out beforehand, one merge over integers;
//   - ours, remembered ("warm"), and compiled and laid out for it ("cold"), with a rule
//     that begins with the search or five years before ("old").
//
// In turns, and by the best of each, since a machine is never quiet. Figures with "x" are
// ratios of the times of two.
func BenchmarkPeers(b *testing.B) {
	const young, old = "2026-03-02", "2021-03-01"
	q := benchQuery()
	warm := benchPool(b, old)
	busy := benchBusy(warm[0].Starts(q, nil))
	laid := benchWindows(warm[0], q)
	var out []int64
	cold := func(first calendars.Date) func() int {
		return func() int {
			n := 0
			for _, c := range benchPool(b, first) {
				n += len(c.Starts(q, busy))
			}
			return n
		}
	}
	plain := func(first string) func() int {
		return func() int {
			n := 0
			for range 50 {
				n += len(plainStarts(b, first, q, busy))
			}
			return n
		}
	}
	r := newRace(b)
	r.run("plain", plain(young))
	r.run("plain_old", plain(old))
	r.run("bound", func() int {
		n := 0
		for range 50 {
			out = boundStarts(out[:0], laid, busy, 1800)
			n += len(out)
		}
		return n
	})
	r.run("warm", func() int {
		n := 0
		for _, c := range warm {
			out = c.AppendStarts(out[:0], q, busy)
			n += len(out)
		}
		return n
	})
	r.run("warm_new_lists", func() int {
		n := 0
		for _, c := range warm {
			n += len(c.Starts(q, busy))
		}
		return n
	})
	r.run("cold", cold(young))
	r.run("cold_old", cold(old))
	r.finish(15)
	b.ReportMetric(r.ratio("plain", "warm"), "x_plain/warm")
	b.ReportMetric(r.ratio("warm", "bound"), "x_warm/bound")
	b.ReportMetric(r.ratio("plain", "cold"), "x_plain/cold")
	b.ReportMetric(r.ratio("plain_old", "cold_old"), "x_plain_old/cold_old")
	b.ReportMetric(testing.AllocsPerRun(10, r.runs["warm"]), "allocs/warm")
	b.ReportMetric(testing.AllocsPerRun(10, r.runs["warm_new_lists"]), "allocs/warm_new_lists")
}

// BenchmarkFirst looks for the next availability when the first free day is 80 days
// away, and when it is today, against all starts of the span.
func BenchmarkFirst(b *testing.B) {
	q := benchQuery()
	pool := benchPool(b, "2021-03-01")
	all := pool[0].Starts(q, nil)
	late := q.From.AddDate(0, 0, 80).Unix()
	taken := slices.DeleteFunc(benchTaken(all), func(i calendars.Interval) bool { return i.Start >= late })
	want := all[len(taken)]
	first := func(busy []calendars.Interval, want int64) func() int {
		return func() int {
			for _, c := range pool {
				if got, ok := c.First(q, busy); !ok || got != want {
					b.Fatal("not the first", got, want)
				}
			}
			return 1
		}
	}
	starts := func(busy []calendars.Interval) func() int {
		return func() int {
			for _, c := range pool {
				c.Starts(q, busy)
			}
			return 1
		}
	}
	r := newRace(b)
	r.run("first_in_80_days", first(taken, want))
	r.run("starts_in_80_days", starts(taken))
	r.run("first_today", first(nil, all[0]))
	r.run("starts_today", starts(nil))
	r.run("plain_in_80_days", func() int {
		for range 50 {
			plainStarts(b, "2021-03-01", q, taken)
		}
		return 1
	})
	r.finish(15)
	b.ReportMetric(r.ratio("starts_in_80_days", "first_in_80_days"), "x_starts/first_in_80_days")
	b.ReportMetric(r.ratio("starts_today", "first_today"), "x_starts/first_today")
	b.ReportMetric(r.ratio("plain_in_80_days", "first_in_80_days"), "x_plain/first_in_80_days")
	b.ReportMetric(testing.AllocsPerRun(10, r.runs["first_in_80_days"]), "allocs/first")
}

// race runs contestants in turns.
type race struct {
	b     *testing.B
	names []string
	does  map[string]func() int
	runs  map[string]func()
	took  map[string][]time.Duration
}

func newRace(b *testing.B) *race {
	return &race{b: b, does: map[string]func() int{}, runs: map[string]func(){}, took: map[string][]time.Duration{}}
}

func (r *race) run(name string, do func() int) {
	r.names = append(r.names, name)
	r.does[name], r.runs[name] = do, func() { do() }
}

// finish runs at least so many rounds and reports the best. All must find as many starts.
func (r *race) finish(rounds int) {
	want := r.does[r.names[0]]()
	for r.b.Loop() {
		for range rounds {
			for _, name := range r.names {
				for turn := time.Now(); time.Since(turn) < 2*time.Millisecond; {
					began := time.Now()
					n := r.does[name]()
					r.took[name] = append(r.took[name], time.Since(began))
					if n != want {
						r.b.Fatalf("%s finds %d, %s %d", name, n, r.names[0], want)
					}
				}
			}
		}
	}
	for _, name := range r.names {
		r.b.ReportMetric(float64(r.best(name).Microseconds())/1000, "ms/"+name)
	}
	r.b.ReportMetric(0, "ns/op")
}

// best is the shortest run: what is above it is the machine's.
func (r *race) best(name string) time.Duration { return slices.Min(r.took[name]) }

// ratio is how many times what fast takes slow does.
func (r *race) ratio(slow, fast string) float64 {
	return float64(r.best(slow)) / float64(r.best(fast))
}

// benchWindows lays the windows out, for the bound.
func benchWindows(c *calendars.Compiled, q calendars.Query) []calendars.Interval {
	var out []calendars.Interval
	for _, s := range c.Starts(q, nil) {
		if n := len(out); n > 0 && out[n-1].End == s {
			out[n-1].End = s + 1800
			continue
		}
		out = append(out, calendars.Interval{Start: s, End: s + 1800})
	}
	return out
}

func benchTaken(starts []int64) []calendars.Interval {
	var out []calendars.Interval
	for _, s := range starts {
		out = append(out, calendars.Interval{Start: s, End: s + 1800})
	}
	return out
}

// boundStarts is what nothing can do much faster: windows and what is taken, both sorted
// and disjoint, merged once.
func boundStarts(out []int64, windows, busy []calendars.Interval, length int64) []int64 {
	j := 0
	for _, w := range windows {
		t := w.Start
		for ; j < len(busy) && busy[j].Start < w.End; j++ {
			for ; t+length <= busy[j].Start; t += length {
				out = append(out, t)
			}
			t = max(t, busy[j].End)
		}
		for ; t+length <= w.End; t += length {
			out = append(out, t)
		}
	}
	return out
}

func plainStarts(b *testing.B, first string, q calendars.Query, busy []calendars.Interval) []int64 {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	day, err := time.ParseInLocation(time.DateOnly, first, paris)
	if err != nil {
		b.Fatal(err)
	}
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
