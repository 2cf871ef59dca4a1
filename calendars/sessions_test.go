package calendars_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/calendars"
)

func session(seats int, w calendars.Window) calendars.Window {
	w.Seats = seats
	return w
}

func times(n int, what string) []string {
	var out []string
	for range n {
		out = append(out, what)
	}
	return out
}

// workshops is a calendar with individual mornings and a session of three on Tuesday
// afternoons; 2 June 2026 is a Tuesday.
func workshops() ask {
	return ask{
		windows: one(
			every("FREQ=WEEKLY;BYDAY=MO,TU", "2026-01-05", "10:00", "12:00"),
			session(3, every("FREQ=WEEKLY;BYDAY=TU", "2026-01-05", "14:00", "16:30"))),
		from: "2026-06-01", to: "2026-06-03",
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*ask)
		want   string // starts
		list   string // sessions
	}{
		"all free":              {func(a *ask) {}, "01 10:00 11:00 02 10:00 11:00 14:00", "02 14:00-16:30 3/3"},
		"its length is its own": {func(a *ask) { a.query.Duration = 4 * time.Hour }, "02 14:00", "02 14:00-16:30 3/3"},
		"no buffers":            {func(a *ask) { a.query = calendars.Query{Duration: 2 * time.Hour, Before: time.Hour} }, "02 14:00", "02 14:00-16:30 3/3"},
		"two are in":            {func(a *ask) { a.busy = times(2, "2026-06-02 14:00 16:30") }, "01 10:00 11:00 02 10:00 11:00 14:00", "02 14:00-16:30 1/3"},
		"three are in":          {func(a *ask) { a.busy = times(3, "2026-06-02 14:00 16:30") }, "01 10:00 11:00 02 10:00 11:00", "02 14:00-16:30 0/3"},
		"something else is there, in a calendar of ten": {func(a *ask) { a.capacity, a.busy = 10, []string{"2026-06-02 16:29 18:00"} },
			"01 10:00 11:00 02 10:00 11:00", "02 14:00-16:30 0/3"},
		"something else touches it": {func(a *ask) { a.busy = []string{"2026-06-02 13:00 14:00", "2026-06-02 16:30 17:00"} },
			"01 10:00 11:00 02 10:00 11:00 14:00", "02 14:00-16:30 3/3"},
		"the agent is busy": {func(a *ask) { a.blocked = []string{"2026-06-02 16:00 20:00"} }, "01 10:00 11:00 02 10:00 11:00", "02 14:00-16:30 0/3"},
		"closed in its last minute": {func(a *ask) {
			a.closures = []calendars.Closure{{FirstDay: "2026-06-02", Start: "16:29", End: "20:00"}}
		}, "01 10:00 11:00 02 10:00 11:00", ""},
		"day full":        {func(a *ask) { a.perDay, a.busy = 2, times(2, "2026-06-02 14:00 16:30") }, "01 10:00 11:00", "02 14:00-16:30 0/3"},
		"day nearly full": {func(a *ask) { a.perDay, a.busy = 2, times(1, "2026-06-02 14:00 16:30") }, "01 10:00 11:00 02 10:00 11:00 14:00", "02 14:00-16:30 1/3"},
		"an empty interval is nobody": {func(a *ask) { a.perDay, a.busy = 2, []string{"2026-06-02 14:00 16:30", "2026-06-02 10:00 10:00"} },
			"01 10:00 11:00 02 10:00 11:00 14:00", "02 14:00-16:30 1/3"},
		"another service":   {func(a *ask) { a.windows[1].Services, a.query.Service = []string{"cv"}, "rsa" }, "01 10:00 11:00 02 10:00 11:00", ""},
		"its service":       {func(a *ask) { a.windows[1].Services, a.query.Service = []string{"cv"}, "cv" }, "01 10:00 11:00 02 10:00 11:00 14:00", "02 14:00-16:30 3/3"},
		"its place":         {func(a *ask) { a.windows[1].Location, a.query.Location = "salle", "salle" }, "02 14:00", "02 14:00-16:30 3/3"},
		"not this Tuesday":  {func(a *ask) { a.windows[1].Except = []calendars.Date{"2026-06-02"} }, "01 10:00 11:00 02 10:00 11:00", ""},
		"touching windows":  {func(a *ask) { a.windows[0].End = "14:00"; a.query.Duration = 3 * time.Hour }, "01 10:00 02 10:00 14:00", "02 14:00-16:30 3/3"},
		"begun, hence over": {func(a *ask) { a.query.Now = a.at(t, "2026-06-02 14:00").Add(time.Second) }, "", ""},
		"in the missing hour": {func(a *ask) {
			a.windows, a.from, a.to = one(session(3, open("2026-03-29", "02:00", "03:00"))), "2026-03-29", "2026-03-29"
		}, "", ""},
		"through the doubled hour": {func(a *ask) {
			a.windows, a.from, a.to = one(session(3, open("2026-10-25", "01:00", "04:00"))), "2026-10-25", "2026-10-25"
		},
			"25 01:00", "25 01:00-04:00 3/3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := workshops()
			c.change(&a)
			if got := a.starts(t); got != c.want {
				t.Errorf("starts\n got %s\nwant %s", got, c.want)
			}
			q, busy := a.full(t)
			var list []string
			for _, s := range a.compile(t).Sessions(q, busy) {
				from, to := time.Unix(s.Start, 0).In(a.location(t)), time.Unix(s.End, 0).In(a.location(t))
				list = append(list, fmt.Sprintf("%s-%s %d/%d", from.Format("02 15:04"), to.Format("15:04"), s.Left, s.Seats))
			}
			if got := strings.Join(list, ", "); got != c.list {
				t.Errorf("sessions\n got %s\nwant %s", got, c.list)
			}
		})
	}
}

// A session is longer than what is asked for: what is busy in its last hour matters too.
func TestBusySpanHoldsSessionsWhole(t *testing.T) {
	t.Parallel()
	a := workshops()
	a.query = calendars.Query{Duration: time.Minute, From: a.at(t, "2026-06-02 14:00"), To: a.at(t, "2026-06-02 14:00")}
	q, _ := a.full(t)
	if span, end := a.compile(t).BusySpan(q), a.at(t, "2026-06-02 16:30").Unix(); span.End < end {
		t.Errorf("BusySpan %v ends before the session, %d", span, end)
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	a := workshops()
	a.windows[0].Location, a.windows[1].Location = "bureau 3", "salle B"
	a.busy, a.blocked = times(2, "2026-06-02 14:00 16:30"), []string{"2026-06-01 10:00 10:30"}
	q, busy := a.full(t)
	c := a.compile(t)
	unix := func(wall string) int64 { return a.at(t, wall).Unix() }
	for start, want := range map[string]calendars.Place{
		"2026-06-02 14:00": {Start: unix("2026-06-02 14:00"), End: unix("2026-06-02 16:30"), Location: "salle B", Seats: 3},
		"2026-06-02 10:20": {Start: unix("2026-06-02 10:20"), End: unix("2026-06-02 11:20"), Location: "bureau 3"},
	} {
		if got, err := c.Place(q, a.at(t, start), busy); err != nil || got != want {
			t.Errorf("%s: %+v, %v", start, got, err)
		}
	}
	full := append(busy, busy[0], calendars.Interval{Start: unix("2026-06-16 16:00"), End: unix("2026-06-16 17:00")})
	for start, want := range map[string]calendars.Reason{
		"2026-06-02 14:30": calendars.NoWindow, // nobody joins in the middle
		"2026-06-02 14:00": calendars.Full,
		"2026-06-01 10:29": calendars.BusyElsewhere,
		"2026-06-01 10:30": "",
		"2026-06-09 14:00": "", // another week has its own seats
		"2026-06-16 14:00": calendars.Taken,
	} {
		var refusal *calendars.Refusal
		_, err := c.Place(q, a.at(t, start), full)
		if want == "" && err != nil || want != "" && (!errors.As(err, &refusal) || refusal.Reason != want) {
			t.Errorf("%s: got %v, want %q", start, err, want)
		}
	}
}

func TestSessionsMayNotOverlapOtherWindows(t *testing.T) {
	t.Parallel()
	weekly := func(days, start, end string) calendars.Window {
		return every("FREQ=WEEKLY;BYDAY="+days, "2026-01-05", calendars.Clock(start), calendars.Clock(end))
	}
	except := weekly("MO,TU", "14:00", "18:00")
	except.Except = []calendars.Date{"2026-06-02"}
	for name, c := range map[string]struct {
		windows []calendars.Window
		want    string
	}{
		"the same time":               {one(weekly("MO,TU", "14:00", "18:00"), session(3, weekly("TU", "17:59", "19:00"))), "windows[1].seats: a session may not overlap another window: it does windows[0] on 2026-01-06"},
		"the session first":           {one(session(3, weekly("TU", "17:59", "19:00")), weekly("MO,TU", "14:00", "18:00")), "windows[0].seats"},
		"two sessions":                {one(session(3, weekly("TU", "14:00", "15:00")), session(3, weekly("TU", "14:00", "15:00"))), "windows[1].seats"},
		"once, years later":           {one(weekly("MO,TU", "14:00", "18:00"), session(3, open("2029-06-05", "15:00", "16:00"))), "on 2029-06-05"},
		"on a leap day":               {one(weekly("TU", "14:00", "18:00"), session(3, every("FREQ=YEARLY", "2024-02-29", "15:00", "16:00"))), "on 2028-02-29"},
		"another day":                 {one(weekly("MO", "14:00", "18:00"), session(3, weekly("TU", "15:00", "16:00"))), ""},
		"another hour":                {one(weekly("MO,TU", "14:00", "18:00"), session(3, weekly("TU", "18:00", "19:00"))), ""},
		"touching, both near a third": {one(session(3, weekly("TU", "14:00", "18:00")), session(3, weekly("TU", "18:00", "19:00")), weekly("WE", "17:30", "18:30")), ""},
		"a day left out":              {one(except, session(3, open("2026-06-02", "15:00", "16:00"))), ""},
		"windows may overlap":         {one(weekly("TU", "14:00", "18:00"), weekly("TU", "15:00", "19:00")), ""},
		"far from each other":         {one(every("FREQ=DAILY", "1900-01-01", "14:00", "18:00"), session(3, every("FREQ=DAILY", "2199-01-01", "14:00", "18:00"))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := calendars.Calendar{Zone: "Europe/Paris", Windows: c.windows}.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
}

// Validate looks thirty years ahead at most. Past that the first to begin has the time,
// and no moment is sold twice.
func TestSessionsThatOverlapBeyondWhatIsChecked(t *testing.T) {
	t.Parallel()
	a := ask{
		windows: one(
			every("FREQ=WEEKLY;BYDAY=TU", "1990-01-02", "09:00", "12:00"),
			session(2, open("2040-06-05", "10:00", "11:00")), session(5, open("2040-06-05", "10:30", "11:30"))),
		query: calendars.Query{Duration: 30 * time.Minute}, from: "2040-06-05", to: "2040-06-05",
	}
	if got, want := a.starts(t), "05 09:00 09:30 10:00 11:00 11:30"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	q, busy := a.full(t)
	if s := a.compile(t).Sessions(q, busy); len(s) != 1 || s[0].Seats != 2 {
		t.Errorf("sessions: %v", s)
	}
}
