package calendars_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/calendars"
)

func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range []calendars.Reason{
		calendars.Past, calendars.Notice, calendars.Horizon, calendars.NoWindow, calendars.Holiday, calendars.Closed,
		calendars.BusyElsewhere, calendars.Taken, calendars.Full, calendars.FullDay, calendars.FullWeek, calendars.Moved,
	} {
		words := r.Words()
		if words == "" || seen[words] || strings.Contains(words, string(r)+"_") || strings.HasSuffix(words, ": "+string(r)) {
			t.Errorf("%s reads %q", r, words)
		}
		seen[words] = true
	}
}

func ExampleExplanation_Whys() {
	desk, err := calendars.Compile(calendars.Calendar{Zone: "Europe/Paris", Windows: []calendars.Window{
		{FirstDay: "2026-06-02", Start: "09:00", End: "11:00"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	first := time.Date(2026, 6, 2, 7, 0, 0, 0, time.UTC).Unix()
	q := calendars.Query{Duration: 30 * time.Minute, Now: now, From: now, To: now.AddDate(0, 0, 1).Add(12 * time.Hour)}
	for _, day := range desk.Explain(q, []calendars.Interval{{Start: first, End: first + 3600}}) {
		for _, w := range day.Whys() {
			fmt.Println(day.Date, day.Starts, w.Reason, len(w.Starts), w.Message)
		}
	}
	// Output:
	// 2026-06-01 0 no_window 0 the calendar is not open for this service at this time and place
	// 2026-06-02 2 taken 2 this time is already taken
}
