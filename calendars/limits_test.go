package calendars_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/calendars"
)

func TestLimitsPerDayAndWeek(t *testing.T) {
	t.Parallel()
	// 1 June 2026 is a Monday.
	week := one(every("FREQ=DAILY", "2026-01-01", "09:00", "11:00"))
	for name, c := range map[string]struct {
		ask
		want string
	}{
		"a full day": {ask{windows: week, perDay: 1, from: "2026-06-01", to: "2026-06-03", busy: []string{"2026-06-02 09:00 10:00"}},
			"01 09:00 10:00 03 09:00 10:00"},
		"a day with room": {ask{windows: week, perDay: 2, from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-02 09:00 10:00"}},
			"02 10:00"},
		"the grid stays": {ask{windows: week, perDay: 2, from: "2026-06-01", to: "2026-06-02", busy: []string{"2026-06-02 09:20 09:30", "2026-06-01 09:00 09:10", "2026-06-01 09:10 09:20"}},
			"02 09:30"},
		"a full week, Monday to Sunday": {ask{windows: week, perWeek: 2, from: "2026-06-06", to: "2026-06-09", busy: []string{"2026-06-07 10:00 11:00", "2026-06-01 09:00 10:00", "2026-06-08 09:00 10:00"}},
			"08 10:00 09 09:00 10:00"},
		"a week across the year": {ask{windows: week, perWeek: 2, from: "2026-12-31", to: "2027-01-04", busy: []string{"2026-12-28 09:00 10:00", "2027-01-03 09:00 10:00"}},
			"04 09:00 10:00"},
		"both": {ask{windows: week, perDay: 1, perWeek: 2, from: "2026-06-02", to: "2026-06-03", busy: []string{"2026-06-02 09:00 10:00"}},
			"03 09:00 10:00"},
		"what is blocked does not count": {ask{windows: week, perDay: 1, from: "2026-06-02", to: "2026-06-02", blocked: []string{"2026-06-02 09:00 10:00"}},
			"02 10:00"},
		"what began the day before does not count": {ask{windows: week, perDay: 1, from: "2026-06-02", to: "2026-06-02", busy: []string{"2026-06-01 23:00 23:59"}},
			"02 09:00 10:00"},
		"each person of a session counts": {ask{windows: one(session(9, open("2026-06-02", "09:00", "11:00")), open("2026-06-02", "14:00", "15:00")), perDay: 3, from: "2026-06-02", to: "2026-06-02", busy: times(3, "2026-06-02 09:00 11:00")},
			""},
		"a day of 23 hours": {ask{windows: one(every("FREQ=DAILY", "2026-01-01", "00:00", "24:00")), query: calendars.Query{Duration: 12 * time.Hour}, perDay: 1, from: "2026-03-28", to: "2026-03-30", busy: []string{"2026-03-29 23:30 23:45"}},
			"28 00:00 12:00 30 00:00 12:00"},
		"a day of 25 hours": {ask{windows: one(every("FREQ=DAILY", "2026-01-01", "00:00", "24:00")), query: calendars.Query{Duration: 12 * time.Hour}, perDay: 1, from: "2026-10-24", to: "2026-10-26", busy: []string{"2026-10-25 23:30 23:45"}},
			"24 00:00 12:00 26 00:00 12:00"},
		"a day in Nouméa is not one in Paris": {ask{zone: "Pacific/Noumea", windows: one(every("FREQ=DAILY", "2026-01-01", "08:00", "09:00")), perDay: 1, from: "2026-06-01", to: "2026-06-03", busy: []string{"2026-06-02 00:30 01:00"}},
			"01 08:00 03 08:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.starts(t); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			q, busy := c.full(t)
			compiled := c.compile(t)
			span := compiled.BusySpan(q)
			for _, b := range busy {
				if out := b.End <= span.Start || b.Start >= span.End; out && !strings.Contains(name, "day before") {
					t.Errorf("BusySpan leaves out %v", b)
				}
			}
		})
	}
}

func TestExplainNamesLimitsSessionsAndTheAgenda(t *testing.T) {
	t.Parallel()
	a := workshops()
	a.perDay, a.perWeek, a.from, a.to = 3, 5, "2026-06-01", "2026-06-09"
	a.busy = append(times(3, "2026-06-02 14:00 16:30"), "2026-06-08 10:00 11:00", "2026-06-08 11:00 12:00", "2026-06-10 10:00 11:00", "2026-06-11 10:00 11:00", "2026-06-12 10:00 11:00")
	a.blocked = []string{"2026-06-01 10:00 11:00"}
	if got, want := a.explain(t), "01 1 10:00=busy_elsewhere\n02 0 10:00=full_day 11:00=full_day 14:00=full\n"+
		"03 0no_window\n04 0no_window\n05 0no_window\n06 0no_window\n07 0no_window\n"+
		"08 0 10:00=taken 11:00=taken\n09 0 10:00=full_week 11:00=full_week 14:00=full_week\n"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ask
		at, want string
	}{
		"none":                     {ask{}, "2026-06-03 10:00", ""},
		"a day":                    {ask{perDay: 8}, "2026-06-03 10:00", "day 2026-06-03T00:00:00+02:00 8"},
		"both":                     {ask{perDay: 8, perWeek: 30}, "2026-06-03 10:00", "day 2026-06-03T00:00:00+02:00 8, week 2026-06-01T00:00:00+02:00 30"},
		"a Sunday when clocks go":  {ask{perDay: 8, perWeek: 30}, "2026-03-29 23:30", "day 2026-03-29T00:00:00+01:00 8, week 2026-03-23T00:00:00+01:00 30"},
		"a Monday at midnight":     {ask{perWeek: 30}, "2026-10-26 00:00", "week 2026-10-26T00:00:00+01:00 30"},
		"the year before":          {ask{perWeek: 30}, "2027-01-03 09:00", "week 2026-12-28T00:00:00+01:00 30"},
		"without its own midnight": {ask{zone: "America/Sao_Paulo", perDay: 8}, "2018-11-04 09:00", "day 2018-11-04T01:00:00-02:00 8"},
		"a skipped day":            {ask{zone: "Pacific/Apia", perDay: 8, perWeek: 9}, "2011-12-31 09:00", "day 2011-12-31T00:00:00+14:00 8, week 2011-12-26T00:00:00-10:00 9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, l := range c.compile(t).Limits(c.ask.at(t, c.at)) {
				got = append(got, fmt.Sprintf("%s %s %d", l.Name, time.Unix(l.At, 0).In(c.location(t)).Format(time.RFC3339), l.Max))
			}
			if g := strings.Join(got, ", "); g != c.want {
				t.Errorf("\n got %s\nwant %s", g, c.want)
			}
		})
	}
}
