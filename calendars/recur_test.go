package calendars_test

import (
	"slices"
	"testing"
	"time"

	"relance/calendars"
)

func TestRecur(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, c := range map[string]struct {
		rule, first, from, to string
		want                  []string
	}{
		"over a change of clocks": {"FREQ=WEEKLY", "2026-03-16 09:00", "2026-03-20 00:00", "2026-04-06 00:00", []string{"2026-03-23 09:00", "2026-03-30 09:00", "2026-04-06 09:00"}},
		"the first, off its rule": {"FREQ=WEEKLY;BYDAY=TU;COUNT=1", "2026-03-16 09:00", "2026-03-01 00:00", "2026-04-06 00:00", []string{"2026-03-16 09:00", "2026-03-17 09:00"}},
		"the first, long ago":     {"FREQ=DAILY;COUNT=3", "2020-03-16 09:00", "2026-03-01 00:00", "2026-04-06 00:00", nil},
		"until an instant":        {"FREQ=DAILY;UNTIL=20260317T080000Z", "2026-03-16 09:00", "2026-03-01 00:00", "2026-04-06 00:00", []string{"2026-03-16 09:00", "2026-03-17 09:00"}},
		"until before it":         {"FREQ=DAILY;UNTIL=20260317T075959Z", "2026-03-16 09:00", "2026-03-01 00:00", "2026-04-06 00:00", []string{"2026-03-16 09:00"}},
		"a missing hour":          {"FREQ=DAILY;COUNT=2", "2026-03-28 02:30", "2026-03-01 00:00", "2026-04-06 00:00", []string{"2026-03-28 02:30", "2026-03-29 03:00"}},
		"before it begins":        {"FREQ=DAILY", "2026-05-01 09:00", "2026-03-01 00:00", "2026-04-06 00:00", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := calendars.Recur(c.rule, at(c.first), at(c.from), at(c.to))
			if err != nil {
				t.Fatal(err)
			}
			var want []int64
			for _, s := range c.want {
				want = append(want, at(s).Unix())
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v (%v)", got, want, c.want)
			}
		})
	}
	if _, err := calendars.Recur("FREQ=HOURLY", at("2026-05-01 09:00"), at("2026-05-01 00:00"), at("2026-05-02 00:00")); err == nil {
		t.Error("a rule of hours is taken")
	}
}
