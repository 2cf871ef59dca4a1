package calendars_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"relance/calendars"
)

func TestValidateTellsEveryMistake(t *testing.T) {
	t.Parallel()
	bad := calendars.Calendar{
		Zone: "Europe/Pari", Region: "DE", Capacity: -1, MaxPerDay: -1, MaxPerWeek: 10_001, Holidays: []calendars.Date{"2026-01-01", "1er mai"},
		Windows: []calendars.Window{
			{FirstDay: "2026-06-02", Start: "09:00", End: "12:00"},
			{FirstDay: "02/06/2026", Start: "9h", End: "25:00", Services: []string{""}},
			{FirstDay: "2026-06-02", Start: "22:00", End: "02:00", RRule: "FREQ=SECONDLY", Except: []calendars.Date{"", "2026-06-02"}},
			{FirstDay: "2026-06-02", Start: "24:00", End: "24:00", Seats: -1},
			{FirstDay: "1026-06-02", Start: "9:00", End: "10:00"},
		},
		Closures: []calendars.Closure{
			{FirstDay: "2026-06-02", EndDay: "2026-06-01"},
			{FirstDay: "2026-06-02", Start: "10:00", End: "10:00"},
			{FirstDay: "2026-06-02", EndDay: "2028-06-02", RRule: "FREQ=YEARLY"},
			{FirstDay: "2026-06-02", EndDay: "2028-06-02", RRule: "", End: "x"},
		},
	}
	err := bad.Validate()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("not a joined error: %v", err)
	}
	var fields []string
	for _, e := range joined.Unwrap() {
		var f *calendars.FieldError
		if !errors.As(e, &f) || f.Message == "" {
			t.Fatalf("%v is no FieldError", e)
		}
		fields = append(fields, f.Field)
	}
	slices.Sort(fields)
	want := []string{
		"capacity", "closures[0].end_day", "closures[1].end", "closures[2].end_day", "closures[3].end", "holidays[1]", "max_per_day", "max_per_week", "region",
		"windows[1].end", "windows[1].first_day", "windows[1].services", "windows[1].start",
		"windows[2].end", "windows[2].except[0]", "windows[2].rrule", "windows[3].seats", "windows[3].start",
		"windows[4].first_day", "windows[4].start", "zone",
	}
	if !slices.Equal(slices.Compact(fields), want) {
		t.Errorf("\n got %v\nwant %v", fields, want)
	}
	if c, err := calendars.Compile(bad); c != nil || err == nil {
		t.Error("Compile took it")
	}
}

func TestValidateBoundsTheWork(t *testing.T) {
	t.Parallel()
	c := calendars.Calendar{Zone: "UTC", Windows: make([]calendars.Window, 201)}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "at most 200") {
		t.Errorf("201 windows: %v", err)
	}
	c = calendars.Calendar{Zone: "UTC", Holidays: make([]calendars.Date, 2001)}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "holidays") {
		t.Errorf("2001 holidays: %v", err)
	}
	for _, zone := range []string{"", "Local", "../etc/passwd", "Europe/Nowhere"} {
		if (calendars.Calendar{Zone: zone}).Validate() == nil {
			t.Errorf("zone %q is taken", zone)
		}
	}
}

// JSON and YAML use the same names, and lose nothing.
func TestCalendarIsWrittenAndReadBack(t *testing.T) {
	t.Parallel()
	c := calendars.Calendar{
		ID: "desk-1", Zone: "Europe/Paris", Region: calendars.AlsaceMoselle, OpenOnHolidays: true, Holidays: []calendars.Date{"2026-12-24"}, Capacity: 3,
		MaxPerDay: 8, MaxPerWeek: 30,
		Windows: []calendars.Window{{
			FirstDay: "2026-06-02", Start: "09:00", End: "24:00", RRule: "FREQ=DAILY", Except: []calendars.Date{"2026-06-03"}, Location: "L1", Services: []string{"rsa"}, Seats: 12,
		}},
		Closures: []calendars.Closure{{FirstDay: "2026-06-02", Start: "09:00", EndDay: "2026-06-03", End: "10:00", RRule: "FREQ=YEARLY"}},
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "zone", "region", "open_on_holidays", "holidays", "capacity", "max_per_day", "max_per_week", "seats", "windows", "first_day", "start", "end", "rrule", "except", "location", "services", "closures", "end_day"} {
		if !strings.Contains(string(asJSON), `"`+name+`":`) || !strings.Contains(string(asYAML), name+":") {
			t.Errorf("%s is missing in\n%s\n%s", name, asJSON, asYAML)
		}
	}
	var back calendars.Calendar
	if err := yaml.Unmarshal(asYAML, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(asJSON) {
		t.Errorf("%v\n got %s\nwant %s", err, again, asJSON)
	}
}

func TestHolidaysOfTheRegions(t *testing.T) {
	t.Parallel()
	national := "2026-01-01 2026-04-06 2026-05-01 2026-05-08 2026-05-14 2026-05-25 2026-07-14 2026-08-15 2026-11-01 2026-11-11 2026-12-25"
	for region, local := range map[calendars.Region]string{
		calendars.Metropole: "", "FR-35": "", "FR-2A": "", calendars.SaintPierreEtMiquelon: "",
		calendars.AlsaceMoselle: "2026-04-03 2026-12-26", "FR-67": "2026-04-03 2026-12-26", "FR-68": "2026-04-03 2026-12-26",
		calendars.Guadeloupe: "2026-05-27 2026-07-21", "FR-GP": "2026-05-27 2026-07-21",
		calendars.Martinique: "2026-05-22 2026-07-21", calendars.Guyane: "2026-06-10",
		calendars.Reunion: "2026-12-20", calendars.Mayotte: "2026-04-27", calendars.SaintBarthelemy: "2026-10-09", calendars.SaintMartin: "2026-05-28",
		calendars.Polynesie: "2026-03-05 2026-04-03 2026-11-20", calendars.NouvelleCaledonie: "2026-09-24", calendars.WallisEtFutuna: "2026-04-28 2026-07-29",
	} {
		want := slices.Sorted(slices.Values(strings.Fields(national + " " + local)))
		if got := join(region.Holidays(2026)); got != strings.Join(want, " ") {
			t.Errorf("%s\n got %s\nwant %s", region, got, strings.Join(want, " "))
		}
	}
	if closed := calendars.Polynesie.HolidayCheck(); !closed(time.Date(2024, 6, 29, 12, 0, 0, 0, time.UTC)) || closed(time.Date(2024, 11, 20, 12, 0, 0, 0, time.UTC)) {
		t.Error("in 2024 Polynesia still kept 29 June")
	}
	if calendars.Region("").Holidays(2026) != nil || !calendars.Region("").Valid() {
		t.Error("the empty region is valid and has no holidays")
	}
	for _, r := range []calendars.Region{"DE", "fr", "FR-20", "FR-96", "FR-00", "FR-2C", "FR-970", "FR-1", "FR-0A", "FR-9/"} {
		if r.Valid() {
			t.Errorf("%s is taken", r)
		}
	}
}

func TestOpenOnHolidaysKeepsTheListedDatesClosed(t *testing.T) {
	t.Parallel()
	c, err := calendars.Compile(calendars.Calendar{
		Zone: "Europe/Paris", Region: calendars.Metropole, OpenOnHolidays: true, Holidays: []calendars.Date{"2026-07-15"},
		Windows: one(every("FREQ=DAILY", "2026-07-01", "09:00", "10:00")),
	})
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 7, 14, 0, 0, 0, 0, time.UTC)
	got := c.Starts(calendars.Query{Duration: time.Hour, Now: from, From: from, To: from.AddDate(0, 0, 3)}, nil)
	if want := []string{"2026-07-14T07:00:00Z", "2026-07-16T07:00:00Z"}; !slices.Equal(format(got), want) {
		t.Errorf("got %v, want %v", format(got), want)
	}
}

func TestScenarioNamesItsOwnFields(t *testing.T) {
	t.Parallel()
	good := scenarios(t)[0]
	for want, change := range map[string]func(*calendars.Scenario){
		"timezone":             func(s *calendars.Scenario) { s.Timezone = "Mars" },
		"now":                  func(s *calendars.Scenario) { s.Now = "today" },
		"duration_min":         func(s *calendars.Scenario) { s.DurationMin = 0 },
		"notice_min":           func(s *calendars.Scenario) { s.NoticeMin = -1 },
		"windows[1].rrule":     func(s *calendars.Scenario) { s.Windows = append(s.Windows, s.Windows[0]); s.Windows[1].RRule = "x" },
		"windows[0].first_day": func(s *calendars.Scenario) { s.Windows[0].FirstDay = "" },
		"closures[0].end": func(s *calendars.Scenario) {
			s.Closures = []calendars.ScenarioClosure{{Calendar: "Z", Closure: calendars.Closure{FirstDay: "2026-01-01", End: "x"}}}
		},
		"holidays[0]": func(s *calendars.Scenario) { s.Holidays = []calendars.Date{"x"} },
		"appointments[0].end": func(s *calendars.Scenario) {
			s.Appointments = []calendars.Appointment{{Calendar: "A", Start: "2026-01-01T10:00:00", End: "2026-01-01T09:00:00"}}
		},
		"blocked[1].start": func(s *calendars.Scenario) {
			s.Blocked = []calendars.ScenarioBlocked{{Calendar: "A", Start: "2026-01-01T10:00:00Z", End: "2026-01-01T11:00:00Z"}, {Start: "x", End: "2026-01-01T09:00:00"}}
		},
		"max_per_week":     func(s *calendars.Scenario) { s.MaxPerWeek = -1 },
		"windows[0].seats": func(s *calendars.Scenario) { s.Windows[0].Seats = -1 },
	} {
		s := good
		s.Windows = slices.Clone(good.Windows)
		change(&s)
		_, err := s.Answer()
		if err == nil || !strings.HasPrefix(err.Error(), want+": ") {
			t.Errorf("got %v, want %s: …", err, want)
		}
		if _, err := s.Explain(); err == nil {
			t.Errorf("%s: Explain takes it", want)
		}
	}
}
