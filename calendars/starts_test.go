package calendars_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/calendars"
)

// ask is a calendar and a question in the few words a table needs.
type ask struct {
	zone     string
	windows  []calendars.Window
	closures []calendars.Closure
	capacity int
	perDay   int
	perWeek  int
	region   calendars.Region
	query    calendars.Query // Duration 0 means an hour
	from, to string          // wall days, to included
	busy     []string        // "2026-03-03 09:00 10:30", wall
	blocked  []string        // the same
}

func (a ask) location(t testing.TB) *time.Location {
	t.Helper()
	if a.zone == "" {
		a.zone = "Europe/Paris"
	}
	loc, err := time.LoadLocation(a.zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func (a ask) compile(t testing.TB) *calendars.Compiled {
	t.Helper()
	c, err := calendars.Compile(calendars.Calendar{
		ID: "A", Zone: a.location(t).String(), Windows: a.windows, Closures: a.closures, Capacity: a.capacity, Region: a.region,
		MaxPerDay: a.perDay, MaxPerWeek: a.perWeek,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (a ask) at(t testing.TB, wall string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, a.location(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// full gives the query with its defaults, and what is busy.
func (a ask) full(t testing.TB) (calendars.Query, []calendars.Interval) {
	t.Helper()
	q := a.query
	if q.Duration == 0 {
		q.Duration = time.Hour
	}
	if q.From.IsZero() {
		q.From, q.To = a.at(t, a.from+" 00:00"), a.at(t, a.to+" 23:59")
	}
	if q.Now.IsZero() {
		q.Now = q.From.AddDate(0, 0, -10)
	}
	if a.blocked != nil {
		q.Blocked = a.intervals(t, a.blocked)
	}
	return q, a.intervals(t, a.busy)
}

func (a ask) intervals(t testing.TB, written []string) []calendars.Interval {
	t.Helper()
	var out []calendars.Interval
	for _, b := range written {
		day, start, end := b[:10], b[11:16], b[17:]
		out = append(out, calendars.Interval{Start: a.at(t, day+" "+start).Unix(), End: a.at(t, day+" "+end).Unix()})
	}
	return out
}

// starts answers as "02 09:00 10:00 03 09:00": days of the month and wall times.
func (a ask) starts(t testing.TB) string {
	t.Helper()
	q, busy := a.full(t)
	return a.wall(t, a.compile(t).Starts(q, busy))
}

func (a ask) wall(t testing.TB, starts []int64) string {
	t.Helper()
	var out []string
	day := ""
	for _, s := range starts {
		at := time.Unix(s, 0).In(a.location(t))
		if d := at.Format("02"); d != day {
			day = d
			out = append(out, d)
		}
		out = append(out, at.Format("15:04"))
	}
	return strings.Join(out, " ")
}

// explain answers a line for each day: its starts, and the missing ones with why.
func (a ask) explain(t testing.TB) string {
	t.Helper()
	q, busy := a.full(t)
	out := ""
	for _, e := range a.compile(t).Explain(q, busy) {
		out += fmt.Sprintf("%s %d%s", e.Date[8:], e.Starts, e.Reason)
		for _, m := range e.Missing {
			out += fmt.Sprintf(" %s=%s", time.Unix(m.Start, 0).In(a.location(t)).Format("15:04"), m.Reason)
		}
		out += "\n"
	}
	return out
}

func open(day calendars.Date, start, end calendars.Clock) calendars.Window {
	return calendars.Window{FirstDay: day, Start: start, End: end}
}

func every(rule string, first calendars.Date, start, end calendars.Clock) calendars.Window {
	return calendars.Window{FirstDay: first, Start: start, End: end, RRule: rule}
}

func one(w ...calendars.Window) []calendars.Window { return w }

func TestStarts(t *testing.T) {
	t.Parallel()
	half := calendars.Query{Duration: 30 * time.Minute}
	for name, c := range map[string]struct {
		ask
		want string
	}{
		"09:00 stays 09:00 in spring": {ask{windows: one(every("FREQ=WEEKLY;BYDAY=SA,SU", "2020-01-01", "09:00", "11:00")), from: "2026-03-28", to: "2026-03-29"},
			"28 09:00 10:00 29 09:00 10:00"},
		"09:00 stays 09:00 in autumn": {ask{windows: one(every("FREQ=DAILY", "2020-07-01", "09:00", "10:00")), from: "2026-10-24", to: "2026-10-26"},
			"24 09:00 25 09:00 26 09:00"},
		"through the missing hour": {ask{windows: one(open("2026-03-29", "01:00", "04:00")), query: half, from: "2026-03-29", to: "2026-03-29"},
			"29 01:00 01:30 03:00 03:30"},
		"begins in the missing hour":  {ask{windows: one(open("2026-03-29", "02:30", "04:00")), query: half, from: "2026-03-29", to: "2026-03-29"}, "29 03:00 03:30"},
		"ends in the missing hour":    {ask{windows: one(open("2026-03-29", "01:00", "02:30")), query: half, from: "2026-03-29", to: "2026-03-29"}, "29 01:00 01:30"},
		"all of it in the missing":    {ask{windows: one(open("2026-03-29", "02:00", "03:00")), query: half, from: "2026-03-29", to: "2026-03-29"}, ""},
		"through the repeated hour":   {ask{windows: one(open("2026-10-25", "01:00", "04:00")), query: half, from: "2026-10-25", to: "2026-10-25"}, "25 01:00 01:30 02:00 02:30 03:00 03:30"},
		"ends in the repeated hour":   {ask{windows: one(open("2026-10-25", "01:00", "02:30")), query: half, from: "2026-10-25", to: "2026-10-25"}, "25 01:00 01:30 02:00"},
		"begins in the repeated hour": {ask{windows: one(open("2026-10-25", "02:30", "04:00")), query: half, from: "2026-10-25", to: "2026-10-25"}, "25 02:30 03:00 03:30"},
		"La Réunion":                  {ask{zone: "Indian/Reunion", windows: one(every("FREQ=DAILY", "2025-01-01", "08:00", "10:00")), from: "2026-03-29", to: "2026-03-29"}, "29 08:00 09:00"},
		"Tahiti":                      {ask{zone: "Pacific/Tahiti", windows: one(open("2026-06-02", "07:00", "09:00")), from: "2026-06-02", to: "2026-06-02"}, "02 07:00 08:00"},
		"Nouméa":                      {ask{zone: "Pacific/Noumea", windows: one(open("2026-06-02", "22:00", "24:00")), from: "2026-06-02", to: "2026-06-02"}, "02 22:00 23:00"},
		"Wallis, its own midnight":    {ask{zone: "Pacific/Wallis", windows: one(every("FREQ=DAILY", "2026-01-01", "00:00", "01:00")), from: "2026-06-02", to: "2026-06-03"}, "02 00:00 03 00:00"},
		"Apia skipped 30 December":    {ask{zone: "Pacific/Apia", windows: one(every("FREQ=DAILY", "2011-12-01", "09:00", "10:00")), query: calendars.Query{From: time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC), To: time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), Duration: time.Hour}}, "29 09:00 31 09:00 01 09:00"},
		"29 February":                 {ask{windows: one(every("FREQ=YEARLY", "2024-02-29", "09:00", "10:00")), from: "2027-02-01", to: "2028-03-31"}, "29 09:00"},
		"except": {ask{windows: one(calendars.Window{FirstDay: "2026-06-01", Start: "09:00", End: "10:00", RRule: "FREQ=DAILY;COUNT=4", Except: []calendars.Date{"2026-06-03", "2026-06-02"}}), from: "2026-05-30", to: "2026-06-30"},
			"01 09:00 04 09:00"},
		"an exception with a one-off window": {ask{windows: one(calendars.Window{FirstDay: "2026-06-01", Start: "09:00", End: "10:00", RRule: "FREQ=DAILY;COUNT=3", Except: []calendars.Date{"2026-06-02"}}, open("2026-06-02", "14:00", "15:00")), from: "2026-06-01", to: "2026-06-30"},
			"01 09:00 02 14:00 03 09:00"},
		"UNTIL as an instant, reached":   {ask{windows: one(every("FREQ=DAILY;UNTIL=20260603T070000Z", "2026-06-01", "09:00", "10:00")), from: "2026-06-02", to: "2026-06-05"}, "02 09:00 03 09:00"},
		"UNTIL as an instant, missed":    {ask{windows: one(every("FREQ=DAILY;UNTIL=20260603T065959Z", "2026-06-01", "09:00", "10:00")), from: "2026-06-02", to: "2026-06-05"}, "02 09:00"},
		"UNTIL as wall time":             {ask{windows: one(every("FREQ=DAILY;UNTIL=20260603T090000", "2026-06-01", "09:00", "10:00")), from: "2026-06-02", to: "2026-06-05"}, "02 09:00 03 09:00"},
		"UNTIL as a date":                {ask{windows: one(every("FREQ=DAILY;UNTIL=20260603", "2026-06-01", "09:00", "10:00")), from: "2026-06-02", to: "2026-06-05"}, "02 09:00 03 09:00"},
		"UNTIL is over the evening east": {ask{zone: "Pacific/Noumea", windows: one(every("FREQ=DAILY;UNTIL=20260602T215959Z", "2026-06-01", "09:00", "10:00")), from: "2026-06-02", to: "2026-06-05"}, "02 09:00"},
		"COUNT":                          {ask{windows: one(every("FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3", "2026-06-01", "09:00", "10:00")), from: "2026-06-02", to: "2026-06-30"}, "02 09:00 08 09:00"},
		"overlapping windows merge":      {ask{windows: one(open("2026-06-02", "09:00", "10:30"), open("2026-06-02", "10:00", "11:15")), query: calendars.Query{Duration: 45 * time.Minute}, from: "2026-06-02", to: "2026-06-02"}, "02 09:00 09:45 10:30"},
		"touching windows merge":         {ask{windows: one(open("2026-06-02", "10:00", "10:40"), open("2026-06-02", "09:00", "10:00")), query: calendars.Query{Duration: 50 * time.Minute}, from: "2026-06-02", to: "2026-06-02"}, "02 09:00 09:50"},
		"step is not duration":           {ask{windows: one(open("2026-06-02", "09:00", "11:00")), query: calendars.Query{Duration: time.Hour, Step: 20 * time.Minute}, from: "2026-06-02", to: "2026-06-02"}, "02 09:00 09:20 09:40 10:00"},
		"buffers inside the window":      {ask{windows: one(open("2026-06-02", "09:00", "11:00")), query: calendars.Query{Duration: 30 * time.Minute, Before: 10 * time.Minute, After: 15 * time.Minute}, from: "2026-06-02", to: "2026-06-02"}, "02 09:10 09:40 10:10"},
		"buffers around what is taken":   {ask{windows: one(open("2026-06-02", "09:00", "12:00")), query: calendars.Query{Duration: 30 * time.Minute, Before: 10 * time.Minute, After: 15 * time.Minute}, from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-02 10:00 10:30"}}, "02 09:10 10:40 11:10"},
		"free ranges have their own grid": {ask{windows: one(open("2026-06-02", "09:00", "12:00")), from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-02 09:20 09:30"}},
			"02 09:30 10:30"},
		"capacity two": {ask{windows: one(open("2026-06-02", "09:00", "12:00")), capacity: 2, from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-02 10:00 11:00", "2026-06-02 09:00 10:15"}},
			"02 09:00 10:15"},
		"capacity two, one after the other": {ask{windows: one(open("2026-06-02", "09:00", "11:00")), capacity: 2, from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-02 09:00 10:00", "2026-06-02 10:00 11:00"}},
			"02 09:00 10:00"},
		"capacity two, the same twice": {ask{windows: one(open("2026-06-02", "09:00", "11:00")), capacity: 2, from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-02 09:00 10:00", "2026-06-02 09:00 10:00"}},
			"02 10:00"},
		"closure over days": {ask{windows: one(every("FREQ=DAILY", "2026-06-01", "09:00", "11:00")), closures: []calendars.Closure{{FirstDay: "2026-06-02", Start: "10:00", EndDay: "2026-06-04", End: "10:00"}}, from: "2026-06-02", to: "2026-06-04"},
			"02 09:00 04 10:00"},
		"closure that comes back over days": {ask{windows: one(every("FREQ=DAILY", "2026-06-01", "09:00", "10:00")), closures: []calendars.Closure{{FirstDay: "2026-06-05", Start: "12:00", EndDay: "2026-06-08", End: "12:00", RRule: "FREQ=WEEKLY;INTERVAL=2"}}, from: "2026-06-19", to: "2026-06-23"},
			"19 09:00 23 09:00"},
		"closure of a whole day by default": {ask{windows: one(every("FREQ=DAILY", "2026-06-01", "09:00", "10:00")), closures: []calendars.Closure{{FirstDay: "2026-06-02"}}, from: "2026-06-01", to: "2026-06-03"},
			"01 09:00 03 09:00"},
		"holidays of the region": {ask{region: calendars.AlsaceMoselle, windows: one(every("FREQ=DAILY", "2026-01-01", "09:00", "10:00")), from: "2026-12-24", to: "2026-12-28"},
			"24 09:00 27 09:00 28 09:00"},
		"past midnight":      {ask{windows: one(open("2026-06-02", "22:00", "24:00"), open("2026-06-03", "00:00", "02:00")), query: calendars.Query{Duration: 90 * time.Minute}, from: "2026-06-02", to: "2026-06-03"}, "02 22:00 23:30"},
		"open day and night": {ask{windows: one(every("FREQ=DAILY", "2020-01-01", "00:00", "24:00")), query: calendars.Query{Duration: 7 * time.Hour}, from: "2026-06-02", to: "2026-06-03"}, "02 00:00 07:00 14:00 03 00:00 07:00 14:00"},
		// What is remembered is laid out in spans that meet on 27 January 2026.
		"range from the span before":   {ask{windows: one(open("2026-01-26", "22:00", "24:00"), open("2026-01-27", "00:00", "02:00")), query: calendars.Query{Duration: 50 * time.Minute}, from: "2026-01-27", to: "2026-01-27"}, "27 00:30"},
		"closure from the span before": {ask{windows: one(every("FREQ=DAILY", "2026-01-01", "09:00", "10:00")), closures: []calendars.Closure{{FirstDay: "2026-01-06", EndDay: "2026-01-15", RRule: "FREQ=WEEKLY;INTERVAL=2"}}, from: "2026-01-28", to: "2026-01-31"}, "30 09:00 31 09:00"},
		"the year ends":                {ask{windows: one(every("FREQ=DAILY;INTERVAL=2", "2026-12-01", "23:00", "24:00")), from: "2026-12-30", to: "2027-01-04"}, "31 23:00 02 23:00 04 23:00"},
		"too short a window":           {ask{windows: one(open("2026-06-02", "09:00", "09:59")), from: "2026-06-02", to: "2026-06-02"}, ""},
		"places do not merge": {ask{windows: one(calendars.Window{FirstDay: "2026-06-02", Start: "09:00", End: "10:30", Location: "L1"}, calendars.Window{FirstDay: "2026-06-02", Start: "10:30", End: "12:00", Location: "L2"}), from: "2026-06-02", to: "2026-06-02"},
			"02 09:00 10:30"},
		"one place of two": {ask{windows: one(calendars.Window{FirstDay: "2026-06-02", Start: "09:00", End: "10:30", Location: "L1"}, calendars.Window{FirstDay: "2026-06-02", Start: "10:30", End: "12:00", Location: "L2"}), query: calendars.Query{Duration: time.Hour, Location: "L2"}, from: "2026-06-02", to: "2026-06-02"},
			"02 10:30"},
		"a service": {ask{windows: one(calendars.Window{FirstDay: "2026-06-02", Start: "09:00", End: "10:00", Services: []string{"rsa"}}, calendars.Window{FirstDay: "2026-06-02", Start: "10:00", End: "11:00", Services: []string{"cpf"}}, open("2026-06-02", "11:00", "12:00")), query: calendars.Query{Duration: time.Hour, Service: "cpf"}, from: "2026-06-02", to: "2026-06-02"},
			"02 10:00 11:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.starts(t); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// What is drawn from a range that began the day before needs what is busy there.
func TestRangeThatBeganTheDayBefore(t *testing.T) {
	t.Parallel()
	a := ask{windows: one(open("2026-06-02", "20:00", "24:00"), open("2026-06-03", "00:00", "02:00"))}
	a.busy = []string{"2026-06-02 20:00 20:20"}
	a.query = calendars.Query{Duration: 30 * time.Minute, From: a.at(t, "2026-06-03 01:00"), To: a.at(t, "2026-06-03 02:00")}
	if got := a.starts(t); got != "03 01:20" {
		t.Errorf("got %s", got)
	}
	q, busy := a.full(t)
	if span := a.compile(t).BusySpan(q); span.Start > busy[0].Start {
		t.Errorf("BusySpan %v leaves out %v", span, busy[0])
	}
}

func TestNowNoticeAndHorizonDropAndNeverShift(t *testing.T) {
	t.Parallel()
	a := ask{windows: one(every("FREQ=DAILY", "2026-06-01", "09:00", "12:00")), from: "2026-06-02", to: "2026-06-04"}
	a.query = calendars.Query{Duration: time.Hour, Now: a.at(t, "2026-06-02 09:10"), Notice: 50 * time.Minute, Horizon: 48*time.Hour - 10*time.Minute}
	if got, want := a.starts(t), "02 10:00 11:00 03 09:00 10:00 11:00 04 09:00"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	a.query.Notice, a.query.Horizon = 50*time.Minute+time.Nanosecond, 48*time.Hour-10*time.Minute-time.Nanosecond
	if got, want := a.starts(t), "02 11:00 03 09:00 10:00 11:00"; got != want {
		t.Errorf("both bounds are included to the nanosecond:\n got %s\nwant %s", got, want)
	}
}

func TestQueriesWithoutAnswer(t *testing.T) {
	t.Parallel()
	a := ask{windows: one(every("FREQ=DAILY", "2026-06-01", "09:00", "12:00")), from: "2026-06-02", to: "2026-06-04"}
	good, _ := a.full(t)
	c := a.compile(t)
	for name, change := range map[string]func(*calendars.Query){
		"no duration":       func(q *calendars.Query) { q.Duration = 0 },
		"negative duration": func(q *calendars.Query) { q.Duration = -time.Hour },
		"to before from":    func(q *calendars.Query) { q.To = q.From.Add(-time.Second) },
		"no to":             func(q *calendars.Query) { q.To = time.Time{} },
		"unknown place":     func(q *calendars.Query) { q.Location = "nowhere" },
		"before the start":  func(q *calendars.Query) { q.From, q.To = q.From.AddDate(-1, 0, 0), q.To.AddDate(-1, 0, 0) },
	} {
		q := good
		change(&q)
		if got := c.Starts(q, nil); len(got) > 0 {
			t.Errorf("%s: %v", name, format(got))
		}
	}
	far := good
	far.From, far.To = time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	far.Now = good.From
	if n := len(c.Starts(far, nil)); n != 3*3660 {
		t.Errorf("a query of eight thousand years gives %d starts, want those of ten", n)
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	a := ask{
		windows:  one(every("FREQ=DAILY", "2026-06-01", "09:00", "12:00")),
		closures: []calendars.Closure{{FirstDay: "2026-07-15", Start: "09:00", End: "10:00"}},
		region:   calendars.Metropole, from: "2026-06-01", to: "2026-06-01", busy: []string{"2026-06-04 10:00 10:30"},
	}
	a.query = calendars.Query{
		Duration: 30 * time.Minute, Before: 10 * time.Minute, After: 5 * time.Minute,
		Now: a.at(t, "2026-06-02 09:00"), Notice: 24 * time.Hour, Horizon: 45 * 24 * time.Hour,
	}
	q, busy := a.full(t)
	c := a.compile(t)
	for wall, want := range map[string]calendars.Reason{
		"2026-06-02 08:59": calendars.Past,
		"2026-06-03 08:59": calendars.Notice,
		"2026-06-03 09:00": calendars.NoWindow, // the buffer before does not fit
		"2026-06-03 09:10": "",
		"2026-06-03 09:17": "", // off the grid, free
		"2026-06-03 11:25": "",
		"2026-06-03 11:26": calendars.NoWindow,
		"2026-06-04 09:25": "",
		"2026-06-04 09:26": calendars.Taken, // the buffer after overlaps
		"2026-06-04 10:39": calendars.Taken,
		"2026-06-04 10:40": "",
		"2026-07-14 10:00": calendars.Holiday,
		"2026-07-15 09:30": calendars.Closed,
		"2026-07-15 10:10": "",
		"2026-07-17 09:30": calendars.Horizon,
	} {
		err := c.Fits(q, a.at(t, wall), busy)
		var refusal *calendars.Refusal
		if want == "" && err != nil || want != "" && (!errors.As(err, &refusal) || refusal.Reason != want) {
			t.Errorf("%s: got %v, want %q", wall, err, want)
		}
		if refusal != nil && refusal.Error() == "" {
			t.Errorf("%s has no words", refusal.Reason)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	a := ask{
		windows:  one(every("FREQ=DAILY;COUNT=3", "2026-07-13", "09:00", "12:00")),
		closures: []calendars.Closure{{FirstDay: "2026-07-15", Start: "11:30", End: "12:00"}},
		region:   calendars.Metropole, from: "2026-07-13", to: "2026-07-16", busy: []string{"2026-07-15 09:00 09:20"},
	}
	a.query = calendars.Query{Duration: time.Hour, Now: a.at(t, "2026-07-13 09:30"), Notice: time.Hour, Horizon: 48 * time.Hour}
	q, busy := a.full(t)
	got := a.explain(t)
	want := "13 1 09:00=past 10:00=notice\n" +
		"14 0 09:00=holiday 10:00=holiday 11:00=holiday\n" +
		"15 1 09:00=taken 10:00=horizon 11:00=horizon\n" +
		"16 0no_window\n"
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	q.Horizon = 0
	e := a.compile(t).Explain(q, busy)[2]
	reasons := []calendars.Reason{}
	for _, m := range e.Missing {
		reasons = append(reasons, m.Reason)
	}
	if want := []calendars.Reason{calendars.Taken, calendars.Moved, calendars.Closed}; e.Starts != 2 || !slices.Equal(reasons, want) {
		t.Errorf("without horizon: %d starts, missing %v, want 2 and %v", e.Starts, reasons, want)
	}
}

// Any number of goroutines, and more spans than are remembered, give the same answers.
func TestCompiledIsSharedSafely(t *testing.T) {
	t.Parallel()
	a := ask{windows: one(every("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2019-01-07", "09:00", "12:00")), capacity: 2, region: calendars.Metropole}
	shared := a.compile(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 70 {
				from := time.Date(2024, time.January, 1+g+i*20, 0, 0, 0, 0, time.UTC)
				q := calendars.Query{Duration: 30 * time.Minute, Now: from, From: from, To: from.AddDate(0, 0, 10), Service: fmt.Sprint(i)}
				if got, want := shared.Starts(q, nil), a.compile(t).Starts(q, nil); !slices.Equal(got, want) {
					t.Errorf("shared and fresh differ from %v", from)
				}
			}
		})
	}
	wg.Wait()
	if n := shared.Remembered(); n == 0 || n > 48 {
		t.Errorf("%d spans are remembered", n)
	}
}
