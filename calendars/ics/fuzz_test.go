package ics_test

import (
	"reflect"
	"testing"
	"time"

	"relance/calendars/ics"
)

// FuzzParse: whatever is given, busy time is sorted, apart and within what was asked for, and
// the same file gives the same again.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"google.ics", "outlook.ics", "apple.ics"} {
		f.Add([]byte(file(f, name)))
	}
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nFREEBUSY:20260518T080000Z/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR"))
	f.Add([]byte(event("DTSTART;TZID=Europe/Paris:20260329T023000", "DURATION:P1W", "RRULE:FREQ=DAILY;BYMONTHDAY=-1", "EXDATE:20260430T023000")))
	o := may(f, "Europe/Paris")
	f.Fuzz(func(t *testing.T, text []byte) {
		began := time.Now()
		got, err := ics.Parse(t.Context(), text, o)
		if took := time.Since(began); took > 10*time.Second { // a runaway, not a slow machine
			t.Errorf("it took %v", took)
		}
		last := o.From.Unix()
		for i, b := range got.Busy {
			if b.Start >= b.End || b.Start < last || i > 0 && b.Start == last || b.End > o.To.Unix() {
				t.Errorf("%v is out of place in %v", b, got.Busy)
			}
			last = b.End
		}
		again, err2 := ics.Parse(t.Context(), text, o)
		if (err == nil) != (err2 == nil) || err == nil && !reflect.DeepEqual(got, again) {
			t.Errorf("read twice: %v %v, %v %v", got, err, again, err2)
		}
	})
}
