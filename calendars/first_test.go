package calendars_test

import (
	"testing"
	"time"

	"relance/calendars"
)

func TestFirst(t *testing.T) {
	t.Parallel()
	weekly := one(every("FREQ=WEEKLY;BYDAY=MO", "2026-01-05", "09:00", "11:00"))
	for name, c := range map[string]struct {
		ask
		want string
	}{
		"at once":                 {ask{windows: weekly, from: "2026-06-01", to: "2026-06-30"}, "01 09:00"},
		"months later":            {ask{windows: weekly, from: "2026-06-01", to: "2026-12-31", closures: []calendars.Closure{{FirstDay: "2026-06-01", EndDay: "2026-10-30"}}}, "02 09:00"},
		"not within the query":    {ask{windows: weekly, from: "2026-06-01", to: "2026-10-31", closures: []calendars.Closure{{FirstDay: "2026-06-01", EndDay: "2026-10-30"}}}, ""},
		"never":                   {ask{windows: one(open("2026-01-01", "09:00", "10:00")), from: "2026-06-01", to: "2030-06-01"}, ""},
		"the place that is first": {ask{windows: append(one(calendars.Window{FirstDay: "2026-06-02", Start: "10:00", End: "11:00", Location: "A"}), calendars.Window{FirstDay: "2026-06-01", Start: "10:00", End: "11:00", Location: "B"}), from: "2026-06-01", to: "2026-06-30"}, "01 10:00"},
		"a session":               {ask{windows: append(one(session(2, open("2026-06-01", "08:00", "09:00"))), weekly...), from: "2026-06-01", to: "2026-06-30"}, "01 08:00"},
		"not on full days":        {ask{windows: weekly, perDay: 1, from: "2026-06-01", to: "2026-06-30", busy: []string{"2026-06-01 09:00 10:00", "2026-06-08 12:00 13:00"}}, "15 09:00"},
		"not the second 02:30":    {ask{windows: append(one(open("2026-10-25", "02:00", "03:00")), open("2026-10-26", "02:00", "03:00")), query: calendars.Query{Duration: 30 * time.Minute}, from: "2026-10-25", to: "2026-10-30", busy: []string{"2026-10-25 01:00 02:00"}}, "26 02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, busy := c.full(t)
			var got []int64
			if first, ok := c.compile(t).First(q, busy); ok {
				got = append(got, first)
			}
			if g := c.wall(t, got); g != c.want {
				t.Errorf("got %s, want %s", g, c.want)
			}
		})
	}
}
