package ics_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/calendars/ics"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// may asks for the second half of May 2026, in the clock of a zone.
func may(t testing.TB, name string) ics.Options {
	t.Helper()
	loc := zone(t, name)
	return ics.Options{Zone: loc, From: time.Date(2026, 5, 15, 0, 0, 0, 0, loc), To: time.Date(2026, 6, 1, 0, 0, 0, 0, loc)}
}

// read parses and writes the busy time as "18 10:00-11:30", in the clock of the options.
func read(t *testing.T, text string, o ics.Options) ([]string, int) {
	t.Helper()
	got, err := ics.Parse(t.Context(), []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, b := range got.Busy {
		start, end := time.Unix(b.Start, 0).In(o.Zone), time.Unix(b.End, 0).In(o.Zone)
		last := end.Format("15:04")
		if end.YearDay() != start.YearDay() {
			last = end.Format("02 15:04")
		}
		out = append(out, start.Format("02 15:04")+"-"+last)
	}
	return out, got.Skipped
}

func wants(t *testing.T, text string, o ics.Options, skipped int, want ...string) {
	t.Helper()
	if got, n := read(t, text, o); !slices.Equal(got, want) || n != skipped {
		t.Errorf("busy %q, %d skipped\nwant %q, %d", got, n, want, skipped)
	}
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGoogle(t *testing.T) {
	t.Parallel()
	wants(t, file(t, "google.ics"), may(t, "Europe/Paris"), 0,
		"18 09:00-11:30", // the weekly one and the meeting overlap
		"21 00:00-23 00:00",
		"26 14:30-15:30", // moved from Monday the 25th
		"27 09:00-10:00",
	)
}

func TestOutlook(t *testing.T) {
	t.Parallel()
	wants(t, file(t, "outlook.ics"), may(t, "Europe/Paris"), 0,
		"19 09:00-10:30", "21 14:00-15:00", "22 00:00-23 00:00",
	)
}

func TestApple(t *testing.T) {
	t.Parallel()
	wants(t, file(t, "apple.ics"), may(t, "Indian/Reunion"), 0,
		"18 08:00-09:30", "19 13:30-14:00", "20 00:00-21 00:00", "29 10:00-11:00",
	)
}

// event is a file of one entry.
func event(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func TestEntries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		skipped int
		want    []string
	}{
		"nothing":                  {"BEGIN:VCALENDAR\nEND:VCALENDAR\n", 0, nil},
		"a byte order mark":        {"\xef\xbb\xbf" + event("DTSTART:20260518T080000Z", "DTEND:20260518T090000Z"), 0, []string{"18 10:00-11:00"}},
		"small letters":            {strings.ToLower("BEGIN:VCALENDAR\nBEGIN:VEVENT\n") + "dtstart;tzid=Europe/Paris:20260518T100000\nduration:PT1H\nend:vevent\nend:vcalendar", 0, []string{"18 10:00-11:00"}},
		"two calendars":            {event("DTSTART:20260518T080000Z", "DURATION:PT1H") + event("DTSTART:20260519T080000Z", "DURATION:PT1H"), 0, []string{"18 10:00-11:00", "19 10:00-11:00"}},
		"no end":                   {event("DTSTART:20260518T080000Z"), 0, nil},
		"ends before it begins":    {event("DTSTART:20260518T080000Z", "DTEND:20260518T070000Z"), 0, nil},
		"a day without end":        {event("DTSTART;VALUE=DATE:20260518"), 0, []string{"18 00:00-19 00:00"}},
		"a day that ends itself":   {event("DTSTART;VALUE=DATE:20260518", "DTEND;VALUE=DATE:20260518"), 0, []string{"18 00:00-19 00:00"}},
		"began before, ends after": {event("DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20261231"), 0, []string{"15 00:00-01 00:00"}},
		"no value":                 {event("DTSTART", "DTEND:20260518T070000Z"), 0, nil},
		"no date":                  {event("DTSTART:soon", "DTEND:20260518T070000Z"), 1, nil},
		"no length":                {event("DTSTART:20260518T080000Z", "DURATION:long"), 1, nil},
		"a year nobody lives in":   {event("DTSTART:00010101T000000Z", "DTEND:00010101T010000Z"), 1, nil},
		"touching":                 {event("DTSTART:20260518T080000Z", "DURATION:PT1H", "RDATE:20260518T090000Z"), 0, []string{"18 10:00-12:00"}},
		"days of the clock":        {event("DTSTART;TZID=Europe/Paris:20260518T100000", "DURATION:P1DT1H"), 0, []string{"18 10:00-19 11:00"}},
		"exdate of a day":          {event("DTSTART:20260518T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260519"), 0, []string{"18 10:00-11:00", "20 10:00-11:00"}},
		"exdate without zone":      {event("DTSTART;TZID=Europe/Paris:20260518T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260519T100000,20260520T100000"), 0, []string{"18 10:00-11:00"}},
		"rdate with an end":        {event("DTSTART:20260518T080000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20260520T080000Z/20260520T120000Z,20260521T080000Z/PT2H"), 0, []string{"18 10:00-11:00", "20 10:00-14:00", "21 10:00-12:00"}},
		"begins out of its rule":   {event("DTSTART;TZID=Europe/Paris:20260518T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2"), 0, []string{"18 10:00-11:00", "19 10:00-11:00", "26 10:00-11:00"}},
		"a rule nobody reads":      {event("DTSTART:20260518T080000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"), 1, []string{"18 10:00-11:00"}},
		"a rule without a day":     {event("DTSTART:20260518T080000Z", "DURATION:PT1H", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), 1, []string{"18 10:00-11:00"}},
		"until in another zone":    {event("DTSTART;TZID=Europe/Paris:20260518T003000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20260519T223000Z"), 0, []string{"18 00:30-01:30", "19 00:30-01:30", "20 00:30-01:30"}},
		"a rule five years old":    {event("DTSTART;TZID=Europe/Paris:20210104T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"), 0, []string{"18 09:00-10:00"}},
		"long ones that come back": {event("DTSTART;VALUE=DATE:20260413", "DTEND;VALUE=DATE:20260418", "RRULE:FREQ=WEEKLY;INTERVAL=5"), 0, []string{"18 00:00-23 00:00"}},
		"a zone in a path":         {event("DTSTART;TZID=/citadel.org/20070227_1/Europe/Paris:20260518T100000", "DURATION:PT1H"), 0, []string{"18 10:00-11:00"}},
		"a zone in Windows":        {event("DTSTART;TZID=Eastern Standard Time:20260518T100000", "DURATION:PT1H"), 0, []string{"18 16:00-17:00"}},
		"a zone nobody knows":      {event("DTSTART;TZID=Bureau:20260518T100000", "DURATION:PT1H"), 0, []string{"18 10:00-11:00"}},
		"a zone of the machine":    {event("DTSTART;TZID=../../etc/passwd:20260518T100000", "DURATION:PT1H"), 0, []string{"18 10:00-11:00"}},
		"free and busy": {"BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nDTSTART:20260501T000000Z\nDTEND:20260601T000000Z\nFREEBUSY:20260518T080000Z/20260518T090000Z,20260519T080000Z/PT30M\n" +
			"FREEBUSY;FBTYPE=FREE:20260520T080000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20260521T080000Z/PT1H\nFREEBUSY:tomorrow\nEND:VFREEBUSY\nEND:VCALENDAR", 1,
			[]string{"18 10:00-11:00", "19 10:00-10:30", "21 10:00-11:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants(t, c.text, may(t, "Europe/Paris"), c.skipped, c.want...)
		})
	}
}

// A definition that only the file knows holds over its whole time, both changes included.
func TestAZoneOnlyTheFileKnows(t *testing.T) {
	t.Parallel()
	half := func(kind, start, from, to, rule string) string {
		return "BEGIN:" + kind + "\nDTSTART:" + start + "\nTZOFFSETFROM:" + from + "\nTZOFFSETTO:" + to + "\n" + rule + "END:" + kind + "\n"
	}
	text := "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Bureau\n" +
		half("STANDARD", "16011028T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\n") +
		half("DAYLIGHT", "16010325T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n") +
		"END:VTIMEZONE\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Bureau:20260301T090000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY\nEND:VEVENT\nEND:VCALENDAR"
	o := ics.Options{Zone: zone(t, "Asia/Tokyo"), From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	got, err := ics.Parse(t.Context(), []byte(text), o)
	if err != nil || len(got.Busy) != 9 {
		t.Fatalf("%v, %v", got, err)
	}
	for i, b := range got.Busy {
		if want := time.Date(2026, time.Month(3+i), 1, 9, 0, 0, 0, zone(t, "Europe/Paris")).Unix(); b.Start != want {
			t.Errorf("in month %d it begins %d s off", 3+i, b.Start-want)
		}
	}
}

func TestOurOwn(t *testing.T) {
	t.Parallel()
	o := may(t, "Europe/Paris")
	o.Own = func(uid string) bool { return strings.HasSuffix(uid, "@relance") }
	entry := func(uid, hour string) string {
		return "BEGIN:VEVENT\nUID:" + uid + "\nDTSTART:20260518T" + hour + "0000Z\nDURATION:PT1H\nEND:VEVENT\n"
	}
	wants(t, "BEGIN:VCALENDAR\n"+entry("apt_1@relance", "08")+entry("apt_1", "10")+"END:VCALENDAR", o, 0, "18 12:00-13:00")
}

func TestRefused(t *testing.T) {
	t.Parallel()
	many := func(n int, lines string) string {
		return "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nUID:a\n"+lines+"END:VEVENT\n", n) + "END:VCALENDAR"
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "not a calendar"},
		"a page":             {"<!doctype html><title>Connexion</title>", "not a calendar"},
		"cut off":            {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026", "cut off"},
		"cut between two":    {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\n", "cut off"},
		"cut, another one":   {"BEGIN:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", "cut off"},
		"ends crossed":       {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT", "cut off"},
		"a very long line":   {event("RDATE:" + strings.Repeat("20260518T080000Z,", 5000)), "line 4 of the calendar is longer"},
		"many parameters":    {event("RDATE" + strings.Repeat(";A=B", 1000) + ":20260518"), "line 4 of the calendar is longer"},
		"a broken line":      {event(`DTSTART;TZID="Europe":x"y`, `DTSTART;X=":20260518`), "not written as"},
		"too many rules":     {many(2001, "DTSTART:20200101T000000Z\nDURATION:PT1M\nRRULE:FREQ=YEARLY\n"), "more than"},
		"too many of them":   {many(1000, "DTSTART:20260101T000000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY\nRDATE:"+strings.TrimSuffix(strings.Repeat("20260520T000000Z,", 60), ",")+"\n"), "more than"},
		"beginnings forever": {"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\n", 100_000), "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ics.Parse(t.Context(), []byte(c.text), may(t, "Europe/Paris"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("answered %v, want %q", err, c.want)
			}
		})
	}
}

func ExampleParse() {
	paris, _ := time.LoadLocation("Europe/Paris")
	file := "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Romance Standard Time:20260518T090000\n" +
		"DTEND;TZID=Romance Standard Time:20260518T100000\nRRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n"
	got, err := ics.Parse(context.Background(), []byte(file), ics.Options{
		Zone: paris, From: time.Date(2026, 10, 19, 0, 0, 0, 0, paris), To: time.Date(2026, 11, 1, 0, 0, 0, 0, paris),
	})
	for _, b := range got.Busy {
		fmt.Println(time.Unix(b.Start, 0).UTC().Format("02 Jan 15:04 MST"))
	}
	fmt.Println(err)
	// Output:
	// 19 Oct 07:00 UTC
	// 26 Oct 08:00 UTC
	// <nil>
}
