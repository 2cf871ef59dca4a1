package calendars_test

import (
	"testing"
	"time"

	"relance/calendars"
)

// What rules, exceptions and closures that come back open and shut, through the odd days
// of the year.
func TestStartsOfRules(t *testing.T) {
	t.Parallel()
	nine := func(rule string, first calendars.Date) []calendars.Window {
		return one(every(rule, first, "09:00", "10:00"))
	}
	without := func(rule string, first calendars.Date, except ...calendars.Date) calendars.Window {
		return calendars.Window{FirstDay: first, Start: "09:00", End: "10:00", RRule: rule, Except: except}
	}
	night := one(every("FREQ=DAILY", "2026-01-01", "01:00", "04:00"))
	half := calendars.Query{Duration: 30 * time.Minute}
	for name, c := range map[string]struct {
		ask
		want string
	}{
		"every two weeks, across the year": {ask{windows: nine("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "2025-12-18"), from: "2026-12-01", to: "2027-01-31"}, "03 09:00 17 09:00 31 09:00 14 09:00 28 09:00"},
		"every three weeks, clocks change": {ask{windows: nine("FREQ=WEEKLY;INTERVAL=3", "2026-03-10"), from: "2026-03-01", to: "2026-04-30"}, "10 09:00 31 09:00 21 09:00"},
		"third Tuesday":                    {ask{windows: nine("FREQ=MONTHLY;BYDAY=3TU", "2021-01-01"), from: "2026-06-01", to: "2026-07-31"}, "16 09:00 21 09:00"},
		"last Friday":                      {ask{windows: nine("FREQ=MONTHLY;BYDAY=-1FR", "2021-01-01"), from: "2026-06-01", to: "2026-07-31"}, "26 09:00 31 09:00"},
		"fifth Monday, when there is one":  {ask{windows: nine("FREQ=MONTHLY;BYDAY=5MO", "2021-01-01"), from: "2026-06-01", to: "2026-08-31"}, "29 09:00 31 09:00"},
		"first and third Thursday":         {ask{windows: nine("FREQ=MONTHLY;BYDAY=1TH,3TH", "2021-01-01"), from: "2026-12-01", to: "2027-01-31"}, "03 09:00 17 09:00 07 09:00 21 09:00"},
		"the 31st, not every month":        {ask{windows: nine("FREQ=MONTHLY;BYMONTHDAY=31", "2021-01-01"), from: "2026-05-01", to: "2026-08-31"}, "31 09:00 09:00 09:00"},
		"last working day of the year":     {ask{windows: nine("FREQ=YEARLY;BYMONTH=12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2021-01-01"), from: "2027-01-01", to: "2028-12-31"}, "31 09:00 29 09:00"},
		"through 29 February":              {ask{windows: nine("FREQ=DAILY", "2021-01-01"), from: "2028-02-28", to: "2028-03-01"}, "28 09:00 29 09:00 01 09:00"},
		"a year without it":                {ask{windows: nine("FREQ=DAILY", "2021-01-01"), from: "2027-02-28", to: "2027-03-01"}, "28 09:00 01 09:00"},
		"COUNT across the year":            {ask{windows: nine("FREQ=DAILY;COUNT=4", "2026-12-30"), from: "2026-12-29", to: "2027-01-31"}, "30 09:00 31 09:00 01 09:00 02 09:00"},
		"COUNT counts what is left out":    {ask{windows: one(without("FREQ=DAILY;COUNT=3", "2026-06-01", "2026-06-02")), from: "2026-06-01", to: "2026-06-30"}, "01 09:00 03 09:00"},
		"COUNT does not count what is shut": {ask{windows: nine("FREQ=DAILY;COUNT=3", "2026-06-01"), closures: []calendars.Closure{{FirstDay: "2026-06-02"}}, from: "2026-06-01", to: "2026-06-30"},
			"01 09:00 03 09:00"},
		"UNTIL New Year's Eve":     {ask{windows: nine("FREQ=DAILY;UNTIL=20261231", "2021-01-01"), from: "2026-12-30", to: "2027-01-02"}, "30 09:00 31 09:00"},
		"UNTIL in La Réunion":      {ask{zone: "Indian/Reunion", windows: nine("FREQ=DAILY;UNTIL=20261231T050000Z", "2021-01-01"), from: "2026-12-30", to: "2027-01-02"}, "30 09:00 31 09:00"},
		"UNTIL a second too early": {ask{zone: "Indian/Reunion", windows: nine("FREQ=DAILY;UNTIL=20261231T045959Z", "2021-01-01"), from: "2026-12-30", to: "2027-01-02"}, "30 09:00"},
		"a cancelled occurrence":   {ask{windows: one(without("FREQ=WEEKLY", "2026-06-02", "2026-06-16")), from: "2026-06-08", to: "2026-06-24"}, "09 09:00 23 09:00"},
		"a moved occurrence":       {ask{windows: one(without("FREQ=WEEKLY", "2026-06-02", "2026-06-16"), open("2026-06-17", "15:00", "16:00")), from: "2026-06-08", to: "2026-06-24"}, "09 09:00 17 15:00 23 09:00"},
		"moved onto another":       {ask{windows: one(without("FREQ=WEEKLY", "2026-06-02", "2026-06-16"), open("2026-06-09", "10:00", "11:00")), query: calendars.Query{Duration: 2 * time.Hour}, from: "2026-06-08", to: "2026-06-24"}, "09 09:00"},
		"Christmas every year": {ask{windows: nine("FREQ=DAILY", "2021-01-01"), closures: []calendars.Closure{{FirstDay: "2021-12-24", EndDay: "2022-01-02", RRule: "FREQ=YEARLY"}}, from: "2026-12-22", to: "2027-01-04"},
			"22 09:00 23 09:00 03 09:00 04 09:00"},
		"every other lunch": {ask{windows: one(every("FREQ=DAILY", "2026-06-01", "11:00", "14:00")), closures: []calendars.Closure{{FirstDay: "2026-06-01", Start: "12:00", End: "13:00", RRule: "FREQ=DAILY;INTERVAL=2"}}, from: "2026-06-02", to: "2026-06-03"},
			"02 11:00 12:00 13:00 03 11:00 13:00"},
		"closed through the missing hour":   {ask{windows: night, query: half, closures: []calendars.Closure{{FirstDay: "2026-03-29", Start: "01:30", End: "03:30"}}, from: "2026-03-29", to: "2026-03-29"}, "29 01:00 03:30"},
		"closed in the missing hour":        {ask{windows: night, query: half, closures: []calendars.Closure{{FirstDay: "2026-03-29", Start: "02:00", End: "03:00"}}, from: "2026-03-29", to: "2026-03-29"}, "29 01:00 01:30 03:00 03:30"},
		"closed through the doubled hour":   {ask{windows: night, query: half, closures: []calendars.Closure{{FirstDay: "2026-10-25", Start: "01:30", End: "03:00"}}, from: "2026-10-25", to: "2026-10-25"}, "25 01:00 03:00 03:30"},
		"buffers through the missing hour":  {ask{windows: night, query: calendars.Query{Duration: time.Hour, Before: 30 * time.Minute}, from: "2026-03-29", to: "2026-03-29"}, "29 01:30"},
		"a closure over the change":         {ask{windows: night, query: half, closures: []calendars.Closure{{FirstDay: "2026-03-28", EndDay: "2026-03-30", End: "03:00"}}, from: "2026-03-28", to: "2026-03-30"}, "30 03:00 03:30"},
		"steps of 20 minutes keep off both": {ask{windows: one(open("2026-06-02", "09:00", "11:00")), query: calendars.Query{Duration: 30 * time.Minute, Step: 20 * time.Minute, After: 10 * time.Minute}, busy: []string{"2026-06-02 09:50 10:00"}, from: "2026-06-02", to: "2026-06-02"}, "02 09:00 10:00 10:20"},
		"taken from one range into the next": {ask{windows: one(open("2026-06-02", "09:00", "10:00"), open("2026-06-02", "11:00", "12:00"), open("2026-06-02", "13:00", "14:00")), query: half, busy: []string{"2026-06-02 09:30 13:10"}, from: "2026-06-02", to: "2026-06-02"},
			"02 09:00 13:10"},
		"limits and capacity": {ask{windows: one(open("2026-06-02", "09:00", "12:00")), capacity: 2, perDay: 3, busy: []string{"2026-06-02 09:00 10:00", "2026-06-02 09:30 10:30"}, from: "2026-06-02", to: "2026-06-02"},
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
