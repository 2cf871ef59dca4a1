package calendars_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"relance/calendars"
)

// territories are the regions the issue names, with their zone, UTC's clock when it is
// 09:00 there in January and in July 2026, and a holiday of their own that year.
var territories = []struct {
	region           calendars.Region
	zone             string
	january, july    string
	own, ordinaryDay calendars.Date
}{
	{calendars.Metropole, "Europe/Paris", "08:00", "07:00", "2026-07-14", "2026-07-15"},
	{calendars.AlsaceMoselle, "Europe/Paris", "08:00", "07:00", "2026-04-03", "2026-04-02"},
	{calendars.Guadeloupe, "America/Guadeloupe", "13:00", "13:00", "2026-05-27", "2026-05-28"},
	{calendars.Martinique, "America/Martinique", "13:00", "13:00", "2026-05-22", "2026-05-21"},
	{calendars.Guyane, "America/Cayenne", "12:00", "12:00", "2026-06-10", "2026-06-11"},
	{calendars.Reunion, "Indian/Reunion", "05:00", "05:00", "2026-12-20", "2026-12-21"},
	{calendars.Mayotte, "Indian/Mayotte", "06:00", "06:00", "2026-04-27", "2026-04-28"},
	{calendars.SaintBarthelemy, "America/St_Barthelemy", "13:00", "13:00", "2026-10-09", "2026-05-27"},
	{calendars.SaintMartin, "America/Marigot", "13:00", "13:00", "2026-05-28", "2026-05-27"},
	{calendars.SaintPierreEtMiquelon, "America/Miquelon", "12:00", "11:00", "2026-11-11", "2026-11-12"},
	{calendars.Polynesie, "Pacific/Tahiti", "19:00", "19:00", "2026-11-20", "2026-06-29"},
	{calendars.NouvelleCaledonie, "Pacific/Noumea", "22:00", "22:00", "2026-09-24", "2026-09-25"},
	{calendars.WallisEtFutuna, "Pacific/Wallis", "21:00", "21:00", "2026-07-29", "2026-07-30"},
}

// everyDay gives the starts of 09:00 to 10:00 every day, from the day before to the day
// after, in UTC.
func everyDay(t *testing.T, c calendars.Calendar, day calendars.Date) []string {
	t.Helper()
	c.Windows = one(every("FREQ=DAILY", "2021-03-01", "09:00", "10:00"))
	compiled, err := calendars.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	noon := wallDay(day).Add(12 * time.Hour)
	_, offset := noon.In(compiled.Location()).Zone()
	from := noon.Add(-36*time.Hour - time.Duration(offset)*time.Second)
	q := calendars.Query{Duration: time.Hour, Now: from, From: from, To: from.AddDate(0, 0, 3).Add(-time.Second)}
	return format(compiled.Starts(q, nil))
}

func TestNineIsNineInEveryTerritory(t *testing.T) {
	t.Parallel()
	for _, c := range territories {
		for day, clock := range map[calendars.Date]string{"2026-01-13": c.january, "2026-07-22": c.july} {
			got := everyDay(t, calendars.Calendar{Zone: c.zone, OpenOnHolidays: true}, day)
			utc := string(day)
			if clock > "18:00" && strings.HasPrefix(c.zone, "Pacific/") && c.zone != "Pacific/Tahiti" {
				utc = wallDay(day).AddDate(0, 0, -1).Format(time.DateOnly) // west of the date line it is still yesterday
			}
			if len(got) != 3 || got[1] != utc+"T"+clock+":00Z" {
				t.Errorf("%s, %s: %v, want three around %s at %s", c.zone, day, got, utc, clock)
			}
		}
	}
}

func TestHolidaysCloseEveryTerritoryUnlessItOptsOut(t *testing.T) {
	t.Parallel()
	for _, c := range territories {
		cal := calendars.Calendar{Zone: c.zone, Region: c.region}
		holiday, ordinary := everyDay(t, cal, c.own), everyDay(t, cal, c.ordinaryDay)
		cal.OpenOnHolidays = true
		open := everyDay(t, cal, c.own)
		if len(open) != 3 || len(holiday) == 3 || slices.Contains(holiday, open[1]) {
			t.Errorf("%s on %s: closed %v, opted out %v", c.region, c.own, holiday, open)
		}
		cal.Region = ""
		if all := everyDay(t, cal, c.ordinaryDay); !slices.Contains(ordinary, all[1]) {
			t.Errorf("%s is closed on %s: %v", c.region, c.ordinaryDay, ordinary)
		}
	}
}
