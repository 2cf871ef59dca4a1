package calendars_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/calendars"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestNearest(t *testing.T) {
	t.Parallel()
	starts := []int64{10, 20, 30, 40, 50}
	for _, c := range []struct {
		wanted int64
		n      int
		want   string
	}{
		{30, 3, "[20 30 40]"}, {35, 1, "[30]"}, {36, 1, "[40]"}, {0, 3, "[10 20 30]"}, {99, 3, "[30 40 50]"},
		{12, 3, "[10 20 30]"}, {25, 9, "[10 20 30 40 50]"}, {25, 0, "[]"}, {25, -1, "[]"},
	} {
		if got := fmt.Sprint(calendars.Nearest(starts, c.wanted, c.n)); got != c.want {
			t.Errorf("%d near %d: %s, want %s", c.n, c.wanted, got, c.want)
		}
	}
	if got := calendars.Nearest(nil, 5, 3); len(got) != 0 {
		t.Errorf("near in nothing: %v", got)
	}
}

// drawStarts is a sorted list without repeats, from crowded to sparse, over clock changes.
func drawStarts(t *rapid.T) []int64 {
	begin := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC).Unix()
	days := rapid.SampledFrom([]int64{1, 3, 10, 60, 300}).Draw(t, "days")
	list := rapid.SliceOfN(rapid.Int64Range(0, days*24*4), 0, 200).Draw(t, "quarters")
	slices.Sort(list)
	list = slices.Compact(list)
	for i := range list {
		list[i] = begin + 900*list[i]
	}
	return list
}

func TestNearestIsThatOfTheSlowWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		starts := drawStarts(t)
		before := slices.Clone(starts)
		wanted := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).Unix() + rapid.Int64Range(-1e8, 1e8).Draw(t, "wanted")/450*450
		n := rapid.IntRange(0, 12).Draw(t, "n")
		far := func(s int64) int64 { return max(s-wanted, wanted-s) }
		slow := slices.Clone(starts)
		slices.SortStableFunc(slow, func(a, b int64) int { return cmp.Compare(far(a), far(b)) })
		slow = slow[:min(n, len(slow))]
		slices.Sort(slow)
		if got := calendars.Nearest(starts, wanted, n); !slices.Equal(got, slow) {
			t.Fatalf("got %v, want %v", got, slow)
		}
		if !slices.Equal(starts, before) {
			t.Fatal("the starts were changed")
		}
	})
}

// halfOf is the half day a person would say a start is in.
func halfOf(s int64, loc *time.Location) string {
	l := time.Unix(s, 0).In(loc)
	return l.Format(time.DateOnly) + map[bool]string{true: " am", false: " pm"}[l.Hour() < 12]
}

func TestSpreadIsWhatAPersonWantsToSee(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := zoneOf2(t, rapid.SampledFrom([]string{"Europe/Paris", "Pacific/Tahiti", "Pacific/Noumea", "America/Miquelon"}).Draw(t, "zone"))
		starts := drawStarts(t)
		n := rapid.IntRange(-1, 25).Draw(t, "n")
		before := slices.Clone(starts)
		got := calendars.Spread(starts, loc, n)
		if len(got) != min(max(n, 0), len(starts)) {
			t.Fatalf("%d of %d, asked for %d", len(got), len(starts), n)
		}
		if !slices.Equal(starts, before) || !slices.Equal(got, calendars.Spread(starts, loc, n)) {
			t.Fatal("the starts were changed, or the answer was")
		}
		if len(got) == 0 {
			return
		}
		if got[0] != starts[0] {
			t.Fatal("the soonest is not shown")
		}
		for i, s := range got {
			if _, there := slices.BinarySearch(starts, s); !there || i > 0 && s <= got[i-1] {
				t.Fatalf("not a sorted choice of the starts: %v", got)
			}
		}
		evenly(t, starts, got, loc)
	})
}

func zoneOf2(t *rapid.T, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// evenly checks that no half of a day shows two more than another that is no further away
// and still has starts to show.
func evenly(t *rapid.T, starts, got []int64, loc *time.Location) {
	count := func(list []int64) map[string]int {
		m := map[string]int{}
		for _, s := range list {
			m[halfOf(s, loc)]++
		}
		return m
	}
	have, shown := count(starts), count(got)
	first, _ := time.Parse(time.DateOnly, halfOf(starts[0], loc)[:10])
	week := func(half string) int {
		d, _ := time.Parse(time.DateOnly, half[:10])
		return int(d.Sub(first).Hours()) / 24 / 7
	}
	for a := range have {
		for b := range have {
			if shown[a] < have[a] && shown[b] > shown[a]+1 && week(a) <= week(b) {
				t.Fatalf("%s shows %d of %d, and %s %d of %d", a, shown[a], have[a], b, shown[b], have[b])
			}
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	weekdays := every("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-05-18", "09:00", "12:00")
	afternoons := every("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-05-18", "14:00", "17:00")
	thursdays := every("FREQ=WEEKLY;BYDAY=TH", "2026-05-18", "09:00", "12:00")
	for name, c := range map[string]struct {
		windows []calendars.Window
		n       int
		want    string
	}{
		"open every day": {one(weekdays, afternoons), 10,
			"Mon 18 9:00 14:00, Tue 19 10:00 15:00, Wed 20 11:00 16:00, Thu 21 9:00 14:00, Fri 22 10:00 15:00"},
		"mornings": {one(weekdays), 10,
			"Mon 18 9:00 10:30, Tue 19 9:30 11:00, Wed 20 10:00 11:30, Thu 21 9:00 10:30, Fri 22 9:30 11:00"},
		"Thursdays": {one(thursdays), 10,
			"Thu 21 9:00 9:30 10:30 11:00, Thu 28 9:00 10:00 11:00, Thu 4 10:00 11:30, Thu 11 9:00"},
		"three": {one(weekdays, afternoons), 3, "Mon 18 9:00 14:00, Tue 19 10:00"},
		"one":   {one(weekdays, afternoons), 1, "Mon 18 9:00"},
		"one day that is nearly empty": {one(calendars.Window{FirstDay: "2026-05-20", Start: "09:00", End: "11:00"}), 10,
			"Wed 20 9:00 9:30 10:00 10:30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk, err := calendars.Compile(calendars.Calendar{Zone: "Europe/Paris", Windows: c.windows})
			if err != nil {
				t.Fatal(err)
			}
			from := time.Date(2026, 5, 18, 0, 0, 0, 0, time.UTC)
			starts := desk.Starts(calendars.Query{Duration: 30 * time.Minute, Now: from, From: from, To: from.AddDate(0, 0, 45)}, nil)
			if got := spoken(calendars.Spread(starts, desk.Location(), c.n), desk.Location()); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// spoken writes starts by day.
func spoken(starts []int64, loc *time.Location) string {
	var b strings.Builder
	day := ""
	for _, s := range starts {
		l := time.Unix(s, 0).In(loc)
		if d := l.Format("Mon 2"); d != day {
			if day = d; b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString(d)
		}
		b.WriteString(" " + strings.TrimPrefix(l.Format("15:04"), "0"))
	}
	return b.String()
}

func TestUnion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lists := make([][]int64, rapid.IntRange(0, 7).Draw(t, "lists"))
		before := make([][]int64, len(lists))
		var slow []int64
		for i := range lists {
			lists[i] = drawStarts(t)
			if odd := rapid.SampledFrom([]int64{0, 0, 0, 7}).Draw(t, "odd"); odd != 0 {
				for j := range lists[i] { // not on a minute of the others
					lists[i][j] += odd
				}
			}
			before[i] = slices.Clone(lists[i])
			slow = append(slow, lists[i]...)
		}
		slices.Sort(slow)
		slow = slices.Compact(slow)
		if got := calendars.Union(lists); !slices.Equal(got, slow) {
			t.Fatalf("got %v, want %v", got, slow)
		}
		for i := range lists {
			if !slices.Equal(lists[i], before[i]) {
				t.Fatal("a list was changed")
			}
		}
	})
}

func BenchmarkUnion(b *testing.B) {
	pool, q := benchPool(b, "2026-03-02"), benchQuery()
	lists := make([][]int64, len(pool))
	for i, c := range pool {
		busy := benchBusy(c.Starts(q, nil))
		lists[i] = c.Starts(q, busy[i%7:])
	}
	b.ReportAllocs()
	for b.Loop() {
		calendars.Union(lists)
	}
}

func BenchmarkSpread(b *testing.B) {
	starts := benchPool(b, "2026-03-02")[0].Starts(benchQuery(), nil)
	paris := zoneOf(b, "Europe/Paris")
	b.ReportAllocs()
	for b.Loop() {
		calendars.Spread(starts, paris, 10)
	}
}

func ExampleSpread() {
	desk, err := calendars.Compile(calendars.Calendar{Zone: "Europe/Paris", Windows: []calendars.Window{
		{FirstDay: "2026-06-01", Start: "09:00", End: "18:00", RRule: "FREQ=DAILY"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	starts := desk.Starts(calendars.Query{Duration: time.Hour, Now: now, From: now, To: now.AddDate(0, 0, 30)}, nil)
	for _, s := range calendars.Spread(starts, desk.Location(), 4) {
		fmt.Println(time.Unix(s, 0).In(desk.Location()).Format("Mon 2 15:04"))
	}
	// Output:
	// Mon 1 09:00
	// Mon 1 12:00
	// Tue 2 10:00
	// Tue 2 14:00
}
