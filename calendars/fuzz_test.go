package calendars_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"relance/calendars"
)

// FuzzCalendar gives windows and closures as they could be typed: every mistake is a
// FieldError, and what compiles answers, soon and in order, and never shows what does
// not fit.
func FuzzCalendar(f *testing.F) {
	f.Add("Europe/Paris", "2026-03-23", "01:00", "04:00", "FREQ=DAILY", "2026-03-24", "2026-03-29", "02:00", "2026-03-30", "02:30", "FREQ=WEEKLY", uint8(0))
	f.Add("Pacific/Apia", "2011-12-28", "00:00", "24:00", "", "", "2011-12-29", "", "", "", "", uint8(3))
	f.Add("America/Sao_Paulo", "2018-11-01", "23:00", "24:00", "FREQ=MONTHLY;BYDAY=-1FR,1SU", "2018-11-02", "2018-11-04", "00:30", "2018-11-05", "", "FREQ=YEARLY;COUNT=3", uint8(1))
	f.Add("UTC", "2199-12-31", "00:00", "24:00", "FREQ=YEARLY;BYWEEKNO=53", "2199-12-31", "1900-01-01", "24:00", "2199-12-31", "00:00", "", uint8(0))
	f.Fuzz(func(t *testing.T, zone, first, start, end, rule, except, shut, from, last, to, back string, seats uint8) {
		began := time.Now()
		c, err := calendars.Compile(calendars.Calendar{
			ID: "A", Zone: zone, Region: calendars.Metropole, MaxPerDay: int(seats) / 2, MaxPerWeek: int(seats) / 3,
			Windows: []calendars.Window{
				{FirstDay: calendars.Date(first), Start: calendars.Clock(start), End: calendars.Clock(end), RRule: rule, Except: []calendars.Date{calendars.Date(except)}, Seats: int(seats)},
				{FirstDay: calendars.Date(first), Start: "12:00", End: "14:00", RRule: back},
			},
			Closures: []calendars.Closure{{FirstDay: calendars.Date(shut), Start: calendars.Clock(from), EndDay: calendars.Date(last), End: calendars.Clock(to), RRule: back}},
		})
		if err != nil {
			var field *calendars.FieldError
			if !errors.As(err, &field) || field.Field == "" || field.Message == "" {
				t.Errorf("%v names no field", err)
			}
			return
		}
		d, _ := time.Parse(time.DateOnly, first)
		q := calendars.Query{Duration: 40 * time.Minute, Step: 25 * time.Minute, Before: 5 * time.Minute, Now: d, From: d, To: d.AddDate(0, 0, 10)}
		busy := []calendars.Interval{{Start: d.Unix() + 12*3600, End: d.Unix() + 13*3600}}
		starts := c.Starts(q, busy)
		if !slices.IsSorted(starts) || len(slices.Compact(slices.Clone(starts))) != len(starts) {
			t.Errorf("starts are no sorted set: %v", format(starts))
		}
		for _, s := range starts {
			if err := c.Fits(q, time.Unix(s, 0), busy); err != nil {
				t.Errorf("%v is shown and does not fit: %v", format([]int64{s}), err)
			}
		}
		if took := time.Since(began); took > 10*time.Second { // a runaway, not a slow machine
			t.Errorf("took %v", took)
		}
	})
}
