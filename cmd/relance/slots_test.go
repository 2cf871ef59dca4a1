package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

const oneScenario = `{"id":"one","timezone":"Europe/Paris","now":"2026-03-02T08:00:00",
 "windows":[{"calendar":"A","first_day":"2026-03-03","start":"09:00","end":"11:00"}],
 "closures":[{"calendar":"A","first_day":"2026-03-03","start":"10:30","end_day":"2026-03-03","end":"11:00"}],
 "appointments":[{"calendar":"A","start":"2026-03-03T09:00:00","end":"2026-03-03T09:30:00","holds_time":true}],
 "holidays":[],"filters":{},"duration_min":30,"notice_min":0,"horizon_min":null,
 "from":"2026-03-03T00:00:00","to":"2026-03-03T23:59:59"}`

const oneAnswer = `{"id":"one","starts":["2026-03-03T08:30:00Z","2026-03-03T09:00:00Z"]}` + "\n"

func TestRunSlotsReadsEveryForm(t *testing.T) {
	t.Parallel()
	line := strings.ReplaceAll(oneScenario, "\n", "")
	for name, in := range map[string]string{
		"object": "  " + oneScenario + "\n",
		"array":  "\n[" + oneScenario + "," + oneScenario + "]\n",
		"lines":  line + "\n" + line + "\n\n",
	} {
		want := oneAnswer + oneAnswer
		if name == "object" {
			want = oneAnswer
		}
		var out bytes.Buffer
		if err := runSlots(strings.NewReader(in), &out, false); err != nil || out.String() != want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, out.String(), want)
		}
	}
	var out bytes.Buffer
	if err := runSlots(strings.NewReader("[]"), &out, false); err != nil || out.Len() != 0 {
		t.Errorf("empty array: %v %q", err, out.String())
	}
}

func TestRunSlotsExplains(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := runSlots(strings.NewReader(oneScenario), &out, true); err != nil {
		t.Fatal(err)
	}
	want := `{"id":"one","starts":["2026-03-03T08:30:00Z","2026-03-03T09:00:00Z"],` +
		`"calendars":[{"calendar":"A","days":[{"date":"2026-03-03","starts":2,"why":[` +
		`{"reason":"taken","message":"this time is already taken","starts":["2026-03-03T08:00:00Z"]},` +
		`{"reason":"closed","message":"the calendar is closed at this time","starts":["2026-03-03T09:30:00Z"]}]}]}]}` + "\n"
	if out.String() != want {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
}

func TestRunSlotsKnowsSessionsLimitsAndAgendas(t *testing.T) {
	t.Parallel()
	in := `{"id":"g","timezone":"Europe/Paris","now":"2026-03-02T08:00:00","region":"FR","open_on_holidays":true,"max_per_day":2,
 "windows":[{"calendar":"A","first_day":"2026-03-03","start":"09:00","end":"11:00","seats":2,"rrule":"FREQ=DAILY;COUNT=2"},
  {"calendar":"A","first_day":"2026-03-03","start":"14:00","end":"15:00"},{"calendar":"B","first_day":"2026-03-03","start":"16:00","end":"17:00"}],
 "closures":[],"blocked":[{"calendar":"B","start":"2026-03-03T16:10:00","end":"2026-03-03T16:20:00"}],
 "appointments":[{"calendar":"A","start":"2026-03-03T09:00:00","end":"2026-03-03T11:00:00","holds_time":true},{"calendar":"A","start":"2026-03-03T09:00:00","end":"2026-03-03T11:00:00","holds_time":true}],
 "holidays":[],"filters":{},"duration_min":30,"notice_min":0,"horizon_min":null,"from":"2026-03-03T00:00:00","to":"2026-03-04T23:59:59"}`
	var out bytes.Buffer
	if err := runSlots(strings.NewReader(in), &out, true); err != nil {
		t.Fatal(err)
	}
	want := `{"id":"g","starts":["2026-03-03T15:20:00Z","2026-03-04T08:00:00Z"],"calendars":[` +
		`{"calendar":"A","days":[{"date":"2026-03-03","starts":0,"why":[` +
		`{"reason":"full","message":"this session has no seat left","starts":["2026-03-03T08:00:00Z"]},` +
		`{"reason":"full_day","message":"the calendar takes no more appointments that day","starts":["2026-03-03T13:00:00Z","2026-03-03T13:30:00Z"]}]},` +
		`{"date":"2026-03-04","starts":1}]},` +
		`{"calendar":"B","days":[{"date":"2026-03-03","starts":1,"why":[` +
		`{"reason":"busy_elsewhere","message":"the agent is busy at this time in their own agenda","starts":["2026-03-03T15:00:00Z"]},` +
		`{"reason":"moved","message":"this time is free, but what is shut or taken before it made the starts fall elsewhere; it can still be booked","starts":["2026-03-03T15:30:00Z"]}]},` +
		`{"date":"2026-03-04","starts":0,"why":[{"reason":"no_window","message":"the calendar is not open for this service at this time and place"}]}]}]}` + "\n"
	if out.String() != want {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
}

func TestRunSlotsNamesTheMistake(t *testing.T) {
	t.Parallel()
	edit := func(old, new string) string { return strings.Replace(oneScenario, old, new, 1) }
	for name, c := range map[string]struct{ in, want string }{
		"empty":    {"  \n", "empty"},
		"not json": {"{\"id\":", "scenario 1: the input ends"},
		"garbage":  {"hello", "scenario 1: not JSON"},
		"cut":      {"[" + oneScenario, "scenario 2: the input ends"},
		"after":    {"[" + oneScenario + "] 1", "goes on"},
		"no id":    {"[{}]", "scenario 1 (no id): timezone"},
		"type":     {edit(`"duration_min":30`, `"duration_min":"30"`), `scenario "one": duration_min: must not be a string`},
		"unknown":  {edit(`"filters":{}`, `"filters":{"lieu":"x"}`), `scenario "one": unknown field "lieu"`},
		"window":   {edit(`"end":"11:00"`, `"end":"08:00"`), `scenario "one": windows[0].end: must be after start`},
		"busy":     {edit(`T09:30:00","holds`, ` 09h30","holds`), `scenario "one": appointments[0].end`},
	} {
		err := runSlots(strings.NewReader(c.in), &bytes.Buffer{}, false)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want …%s…", name, err, c.want)
		}
	}
}

func TestRunSlotsAnswersTheConformanceCases(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../calendars/testdata/slots.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID       string   `json:"id"`
		Expected []string `json:"expected_utc"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := runSlots(bytes.NewReader(raw), &out, true); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&out)
	for _, c := range cases {
		var got slotsAnswer
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.ID != c.ID || !slices.Equal(got.Starts, c.Expected) {
			t.Errorf("%s: got %v, want %v", c.ID, got.Starts, c.Expected)
		}
	}
	if d.More() {
		t.Error("more answers than scenarios")
	}
}
