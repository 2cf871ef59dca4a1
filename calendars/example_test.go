package calendars_test

import (
	"errors"
	"fmt"
	"time"

	"relance/calendars"
)

func Example() {
	desk, err := calendars.Compile(calendars.Calendar{
		ID: "guichet-1", Zone: "Indian/Reunion", Region: calendars.Reunion,
		Windows:  []calendars.Window{{FirstDay: "2024-01-01", Start: "08:00", End: "10:00", RRule: "FREQ=WEEKLY;BYDAY=FR,MO"}},
		Closures: []calendars.Closure{{FirstDay: "2026-12-21", Start: "08:00", EndDay: "2026-12-21", End: "09:00"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 12, 17, 6, 0, 0, 0, time.UTC)
	q := calendars.Query{
		Duration: 30 * time.Minute, Now: now, Notice: 24 * time.Hour, Horizon: 45 * 24 * time.Hour,
		From: now, To: now.AddDate(0, 0, 5),
	}
	taken := []calendars.Interval{{
		Start: time.Date(2026, 12, 18, 4, 30, 0, 0, time.UTC).Unix(),
		End:   time.Date(2026, 12, 18, 5, 0, 0, 0, time.UTC).Unix(),
	}}
	for _, s := range desk.Starts(q, taken) {
		fmt.Println(time.Unix(s, 0).In(desk.Location()).Format("Mon 2 15:04"))
	}
	// Output:
	// Mon 21 09:00
	// Mon 21 09:30
}

func ExampleCalendar_Validate() {
	fmt.Println(calendars.Calendar{
		Zone:    "Europe/Paris",
		Windows: []calendars.Window{{FirstDay: "2026-06-02", Start: "14:00", End: "09:00", RRule: "FREQ=HOURLY"}},
	}.Validate())
	// Output:
	// windows[0].end: must be after start on the same day; a night is two windows
	// windows[0].rrule: FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY
}

func ExampleCompiled_Fits() {
	desk, err := calendars.Compile(calendars.Calendar{
		Zone: "Europe/Paris", Windows: []calendars.Window{{FirstDay: "2026-06-02", Start: "09:00", End: "12:00"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	q := calendars.Query{Duration: time.Hour, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	// Half past ten is on no grid of the day, yet free: someone was shown it.
	fmt.Println(desk.Fits(q, time.Date(2026, 6, 2, 8, 30, 0, 0, time.UTC), nil))
	err = desk.Fits(q, time.Date(2026, 6, 2, 9, 30, 0, 0, time.UTC), nil)
	var refusal *calendars.Refusal
	fmt.Println(errors.As(err, &refusal), refusal.Reason)
	// Output:
	// <nil>
	// true no_window
}

func ExampleRegion_Holidays() {
	fmt.Println(calendars.Mayotte.Holidays(2026)[:3])
	// Output: [2026-01-01 2026-04-06 2026-04-27]
}
