package calendars_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"relance/calendars"
)

func TestRuleDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, rule, first, lo, hi, want string }{
		{"daily", "FREQ=DAILY;INTERVAL=3", "2020-01-01", "2026-03-01", "2026-03-08", "2026-03-03 2026-03-06"},
		{"every two weeks keeps its phase", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "2021-01-06", "2026-01-01", "2026-01-31", "2026-01-02 2026-01-12 2026-01-16 2026-01-26 2026-01-30"},
		{"weeks begin on WKST", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", "1997-08-05", "1997-08-01", "1997-09-01", "1997-08-05 1997-08-17 1997-08-19 1997-08-31"},
		{"weeks begin on Monday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "1997-08-05", "1997-08-01", "1997-09-01", "1997-08-05 1997-08-10 1997-08-19 1997-08-24"},
		{"weekly across the year", "FREQ=WEEKLY;BYDAY=MO,TH", "2024-06-01", "2026-12-28", "2027-01-08", "2026-12-28 2026-12-31 2027-01-04 2027-01-07"},
		{"weekly of its own day", "FREQ=WEEKLY", "2026-01-07", "2026-02-01", "2026-02-16", "2026-02-04 2026-02-11"},
		{"first day that does not match is no day", "FREQ=WEEKLY;BYDAY=SU", "2026-02-03", "2026-02-01", "2026-02-16", "2026-02-08 2026-02-15"},
		{"third Tuesday", "FREQ=MONTHLY;BYDAY=3TU;INTERVAL=3", "2024-02-20", "2026-01-01", "2026-09-01", "2026-02-17 2026-05-19 2026-08-18"},
		{"last Friday", "FREQ=MONTHLY;BYDAY=-1FR", "2026-01-01", "2026-01-01", "2026-04-01", "2026-01-30 2026-02-27 2026-03-27"},
		{"fifth Monday", "FREQ=MONTHLY;BYDAY=5MO", "2026-01-01", "2026-01-01", "2026-09-01", "2026-03-30 2026-06-29 2026-08-31"},
		{"numbered and plain days together", "FREQ=MONTHLY;BYDAY=WE,1MO", "2026-06-01", "2026-06-01", "2026-07-01", "2026-06-01 2026-06-03 2026-06-10 2026-06-17 2026-06-24"},
		{"last working day", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2020-01-01", "2026-01-01", "2026-04-01", "2026-01-30 2026-02-27 2026-03-31"},
		{"set position in the first week", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2", "2026-06-04", "2026-06-01", "2026-06-16", "2026-06-10"},
		{"31st", "FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-01", "2026-01-01", "2026-06-01", "2026-01-31 2026-03-31 2026-05-31"},
		{"own day of month", "FREQ=MONTHLY", "2026-01-30", "2026-02-01", "2026-05-01", "2026-03-30 2026-04-30"},
		{"last of the month", "FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-01", "2028-02-01", "2028-04-01", "2028-02-29 2028-03-31"},
		{"29 February", "FREQ=YEARLY", "2024-02-29", "2024-01-01", "2033-01-01", "2024-02-29 2028-02-29 2032-02-29"},
		{"29 February as month day", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", "2025-01-01", "2025-01-01", "2033-01-01", "2028-02-29 2032-02-29"},
		{"Friday 13th", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2020-01-01", "2026-01-01", "2027-01-01", "2026-02-13 2026-03-13 2026-11-13"},
		{"yearly weekday of a month", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1SU", "2020-01-01", "2026-01-01", "2028-01-01", "2026-05-31 2027-05-30"},
		{"day of the year", "FREQ=YEARLY;BYYEARDAY=1,-1", "2020-05-05", "2026-01-01", "2027-01-01", "2026-01-01 2026-12-31"},
		{"week 1 begins in December", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "2010-01-01", "2024-12-01", "2027-02-01", "2024-12-30 2025-12-29 2027-01-04"},
		{"week 53", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR", "2010-01-01", "2015-01-01", "2027-01-31", "2016-01-01 2021-01-01 2027-01-01"},
		{"last week", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO", "2010-01-01", "2025-01-01", "2027-01-31", "2025-12-22 2026-12-28"},
		{"week without a day takes the first's", "FREQ=YEARLY;BYWEEKNO=20", "1997-05-12", "1997-01-01", "1999-12-31", "1997-05-12 1998-05-11 1999-05-17"},
		{"COUNT from the first day", "FREQ=DAILY;COUNT=10", "2026-02-20", "2026-02-27", "2026-04-01", "2026-02-27 2026-02-28 2026-03-01"},
		{"COUNT that is over", "FREQ=WEEKLY;BYDAY=MO;COUNT=5", "2020-01-01", "2026-01-01", "2027-01-01", ""},
		{"COUNT with a part of the first week", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=3", "2026-06-03", "2026-06-01", "2026-07-01", "2026-06-03 2026-06-05 2026-06-08"},
		{"prefix, case and space", " rrule:freq=weekly;byday=mo; ", "2026-06-01", "2026-06-01", "2026-06-09", "2026-06-01 2026-06-08"},
	} {
		got, err := calendars.RuleDays(c.rule, calendars.Date(c.first), calendars.Date(c.lo), calendars.Date(c.hi))
		if err != nil || join(got) != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, err, join(got), c.want)
		}
	}
}

func join(dates []calendars.Date) string {
	var out []string
	for _, d := range dates {
		out = append(out, string(d))
	}
	return strings.Join(out, " ")
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"FREQ=SECONDLY":                        "FREQ must be",
		"FREQ=HOURLY;INTERVAL=1":               "FREQ must be",
		"BYDAY=MO":                             "needs FREQ",
		"FREQ=DAILY;BYHOUR=9":                  "BYHOUR",
		"FREQ=DAILY;BYMINUTE=0":                "BYMINUTE",
		"FREQ=DAILY;BYSECOND=0":                "BYSECOND",
		"FREQ=YEARLY;BYEASTER=0":               "does not know",
		"FREQ=DAILY;DTSTART=20260101T000000Z":  "first_day",
		"FREQ=DAILY;FREQ=WEEKLY":               "twice",
		"FREQ=DAILY;COUNT=2;UNTIL=20260101":    "not both",
		"FREQ=DAILY;COUNT=0":                   "COUNT must be",
		"FREQ=DAILY;COUNT=1000000000":          "COUNT must be",
		"FREQ=DAILY;INTERVAL=0":                "INTERVAL must be",
		"FREQ=MONTHLY;INTERVAL=99999999999999": "INTERVAL must be",
		"FREQ=DAILY;UNTIL=tomorrow":            "UNTIL must be",
		"FREQ=DAILY;UNTIL=20260231":            "UNTIL must be",
		"FREQ=WEEKLY;BYDAY=2MO":                "number days",
		"FREQ=MONTHLY;BYDAY=53MO":              "beyond 5",
		"FREQ=YEARLY;BYMONTH=2;BYDAY=6MO":      "beyond 5",
		"FREQ=MONTHLY;BYDAY=0MO":               "from 1 to 53",
		"FREQ=MONTHLY;BYDAY=XX":                "such as",
		"FREQ=MONTHLY;BYDAY= M":                "such as",
		"FREQ=MONTHLY;BYMONTHDAY=0":            "from 1 to 31",
		"FREQ=WEEKLY;BYMONTHDAY=3":             "BYMONTHDAY",
		"FREQ=MONTHLY;BYYEARDAY=3":             "BYYEARDAY",
		"FREQ=MONTHLY;BYWEEKNO=3":              "BYWEEKNO",
		"FREQ=YEARLY;INTERVAL=2;BYWEEKNO=3":    "BYWEEKNO",
		"FREQ=DAILY;BYSETPOS=1":                "BYSETPOS",
		"FREQ=DAILY;BYMONTH=13":                "BYMONTH must be",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":  "never gives a day",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":   "never gives a day",
		"FREQ=DAILY;INTERVAL=7;BYDAY=MO":       "never gives a day",
		"FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=9": "never gives a day",
		"FREQ=DAILY;":                          "",
		"FREQ=DAILY;;":                         "parts such as",
		"FREQ=DAILY\nDTSTART:20260101":         "FREQ must be",
		"FREQ=DAILY;WKST=2MO":                  "WKST",
		"RRULE:":                               "parts such as",
		strings.Repeat("X", 501):               "too long",
	} {
		_, err := calendars.RuleDays(rule, "2026-01-01", "2026-01-01", "2027-01-01")
		if want == "" && err == nil {
			continue
		}
		if err == nil || want == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want …%s…", rule, err, want)
		}
	}
}

func TestRulesAreThoseOfTheSlowWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			d := drawing{t: t, moment: wallDay("2028-02-29")}
			r := d.rule()
			if len(r.until) > len("20060102") {
				r.until = ""
			}
			first := d.date("first", -800, 10)
			lo := d.date("lo", -900, 60)
			hi := calendars.Date(wallDay(lo).AddDate(0, 0, rapid.IntRange(0, 200).Draw(t, "span")).Format(time.DateOnly))
			got, err := calendars.RuleDays(r.String(), first, lo, hi)
			if err != nil {
				continue
			}
			var want []calendars.Date
			for _, day := range r.days(wallDay(first), wallDay(hi).AddDate(0, 0, -1)) {
				written := calendars.Date(day.Format(time.DateOnly))
				if written >= lo && (r.until == "" || day.Format("20060102") <= r.until) {
					want = append(want, written)
				}
			}
			// A rule may name a day past its UNTIL; the window's time of day decides.
			got = slices.DeleteFunc(got, func(d calendars.Date) bool {
				return r.until != "" && strings.ReplaceAll(string(d), "-", "") > r.until
			})
			if !slices.Equal(got, want) {
				t.Fatalf("%s from %s in [%s, %s)\n got %s\nwant %s", r, first, lo, hi, join(got), join(want))
			}
		}
	})
}

// TestRulesAreThoseOfTheLibrary compares with plain rrule-go over a century: moving
// expansion by 400 years and re-anchoring must not show.
func TestRulesAreThoseOfTheLibrary(t *testing.T) {
	t.Parallel()
	for i, text := range []string{
		"FREQ=DAILY;INTERVAL=11", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE,SU;WKST=WE", "FREQ=MONTHLY;INTERVAL=5;BYDAY=-2TH",
		"FREQ=MONTHLY;BYMONTHDAY=29,30,31;BYSETPOS=-1", "FREQ=YEARLY;INTERVAL=4", "FREQ=YEARLY;BYDAY=20MO,-3TU", "FREQ=YEARLY;BYDAY=53MO",
		"FREQ=YEARLY;INTERVAL=3;BYMONTH=1,6;BYDAY=SA;BYSETPOS=3", "FREQ=YEARLY;BYYEARDAY=366,-200", "FREQ=DAILY;COUNT=700;INTERVAL=5;BYMONTH=3,4",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			options, err := rrule.StrToROption(text)
			if err != nil {
				t.Fatal(err)
			}
			options.Dtstart = wallDay("1996-02-29")
			plain, err := rrule.NewRRule(*options)
			if err != nil {
				t.Fatal(err)
			}
			for lo := wallDay("1990-01-01"); lo.Year() < 2090; lo = lo.AddDate(0, 7, 3) {
				hi := lo.AddDate(0, 9, 0)
				var want []calendars.Date
				for _, d := range plain.Between(lo, hi.AddDate(0, 0, -1), true) {
					want = append(want, calendars.Date(d.Format(time.DateOnly)))
				}
				got, err := calendars.RuleDays(text, "1996-02-29", calendars.Date(lo.Format(time.DateOnly)), calendars.Date(hi.Format(time.DateOnly)))
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%s from %s: %v\n got %s\nwant %s", text, lo, err, join(got), join(want))
				}
			}
		})
	}
}

func FuzzRule(f *testing.F) {
	for _, s := range []string{
		"FREQ=WEEKLY;BYDAY=MO,TU;INTERVAL=2;UNTIL=20261231T225959Z", "FREQ=MONTHLY;BYDAY=-1FR,2MO,WE", "FREQ=YEARLY;BYWEEKNO=1,-1;WKST=SU",
		"FREQ=YEARLY;BYYEARDAY=-366,366;BYSETPOS=1", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=10000", "FREQ=YEARLY;BYDAY=53MO,-53SU", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-31",
	} {
		f.Add(s, "2024-02-29")
	}
	f.Fuzz(func(t *testing.T, text, first string) {
		began := time.Now()
		days, err := calendars.RuleDays(text, calendars.Date(first), "2026-01-01", "2027-01-01")
		if took := time.Since(began); took > 10*time.Second { // a runaway, not a slow machine
			t.Errorf("%q took %v", text, took)
		}
		if err != nil {
			return
		}
		if !slices.IsSorted(days) || len(slices.Compact(slices.Clone(days))) != len(days) || len(days) > 366 {
			t.Errorf("%q: days are not a sorted set of a year", text)
		}
		if len(days) > 0 && (days[0] < "2026-01-01" || days[0] < calendars.Date(first) || days[len(days)-1] > "2026-12-31") {
			t.Errorf("%q: days outside what was asked: %s", text, join(days))
		}
	})
}
