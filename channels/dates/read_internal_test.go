package dates

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// What we write differs from CLDR's own full date in a few marks only: the day, the month and the year are
// the same words in the same order.
func TestDatesAreThoseOfCLDR(t *testing.T) {
	t.Parallel()
	languages, err := All()
	if err != nil {
		t.Fatal(err)
	}
	words := func(s string) string {
		s = strings.NewReplacer(",", "", "،", "", "1er", "1", "р.", "", "\u202f", " ").Replace(s)
		return strings.Join(strings.Fields(s), " ")
	}
	var before time.Time
	for code, l := range languages {
		for day := range 366 {
			date := time.Date(2028, 1, 1+day, 9, 0, 0, 0, time.UTC)
			if got, want := words(l.Day(date, before)), words(cldr(l.Locale).FmtDateFull(date)); got != want {
				t.Errorf("%s: %q, CLDR has %q", code, got, want)
			}
		}
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	t.Parallel()
	const days, months = "days: [a,b,c,d,e,f,g]\n", "months: [a,b,c,d,e,f,g,h,i,j,k,l]\n"
	const forms = "date: x\ndate_year: x\nhour: x\nhour_minutes: x\n"
	for raw, want := range map[string]string{
		"locale: xx\n" + forms:                 "not linked",
		"days: [a]\n" + months + forms:         "7, from Sunday",
		days + "months: [a]\n" + forms:         "12, from January",
		days + months:                          "are needed",
		"nothing: 1":                           "nothing",
		days + months + forms + "on_days: [a]": "have 7 names",
	} {
		if _, err := load(fstest.MapFS{"xx.yaml": {Data: []byte(raw)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to say %q", raw, err, want)
		}
	}
	got, err := load(fstest.MapFS{"xx.yaml": {Data: []byte(days + months + forms)}})
	if err != nil || got["xx"] == nil {
		t.Errorf("a language that CLDR is not linked for: %v", err)
	}
}
