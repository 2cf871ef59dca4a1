package calendars_test

import (
	"testing"
	"time"

	"relance/calendars"
)

// What is not returned costs no memory: a warm search into a list that has room, the
// next availability and the check of one start. Not parallel: others' memory would count.
func TestSearchesAllocateNothing(t *testing.T) {
	c, err := calendars.Compile(calendars.Calendar{
		Zone: "Europe/Paris", Region: calendars.Metropole,
		Windows: one(every("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2021-03-01", "09:00", "12:00")),
	})
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	q := calendars.Query{Duration: 30 * time.Minute, Now: from, From: from, To: from.AddDate(0, 0, 90)}
	all := c.Starts(q, nil)
	var busy []calendars.Interval
	for i, s := range all {
		if i%3 == 0 || i < 200 {
			busy = append(busy, calendars.Interval{Start: s, End: s + 1800})
		}
	}
	free := time.Unix(all[len(all)-1], 0)
	for name, do := range map[string]func(){
		"AppendStarts": func() { all = c.AppendStarts(all[:0], q, busy) },
		"First":        func() { c.First(q, busy) },
		"Place":        func() { _, _ = c.Place(q, free, busy) },
	} {
		if n := testing.AllocsPerRun(20, do); n > 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
