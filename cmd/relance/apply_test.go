package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"relance/config"
	"relance/engine"
	"relance/engine/store/redistest"
)

func redisEnviron(t *testing.T) []string {
	t.Helper()
	o := redistest.Database(t)
	db := "RELANCE_REDIS_DB=" + itoa(o.DB)
	return []string{"RELANCE_REDIS_ADDRESSES=" + o.Addr, db, "RELANCE_SECRET=" + string(secretWord())}
}

func setupFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "setup.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestApplyTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	environ, file := redisEnviron(t), setupFile(t, string(sampleSetup))
	code, dry, errs := runProgram(t, environ, nil, "apply", "--dry-run", "-f", file)
	if code != exitOK || strings.Contains(dry, "rk.") {
		t.Fatalf("%d %s %s", code, dry, errs)
	}
	_, first, errs := runProgram(t, environ, nil, "apply", "-f", file)
	if n := strings.Count(first, "created"); n != 6 || strings.Count(dry, "created") != n || !strings.Contains(first, "rk.departement-exemple.") {
		t.Fatalf("six are created: %s %s", first, errs)
	}
	_, second, _ := runProgram(t, environ, nil, "apply", "-f", file)
	if strings.Count(second, "unchanged") != 6 || strings.Contains(second, "rk.") {
		t.Errorf("the second time changes something: %s", second)
	}
	other := setupFile(t, strings.ReplaceAll(string(sampleSetup), "duration_min: 30", "duration_min: 45"))
	_, third, _ := runProgram(t, environ, nil, "apply", "-f", other)
	if strings.Count(third, "changed ") != 1+0 && !strings.Contains(third, "changed   service orientation") {
		t.Errorf("one thing changed: %s", third)
	}
}

func TestApplyTellsEveryMistakeAndChangesNothing(t *testing.T) {
	t.Parallel()
	environ := redisEnviron(t)
	code, out, errs := runProgram(t, environ, nil, "apply", "-f", setupFile(t, `
organisations:
  - id: a
    name: A
    zone: Mars/Olympus
    color: red
    calendars:
      - id: c
        windows: [{first_day: "2026-02-30", start: "09:00", end: "12:00"}]
      - id: c
    services:
      - {id: s, name: S, duration_min: 1, calendars: [c]}
      - {name: no id, duration_min: soon}
  - id: b
    name: B
    phone: 01 99 00 12 34
    services:
      - {id: s, name: S, duration_min: 30, calendars: [nowhere], texts: {fr/sms/invitation: "{{ oops }}"}}
`))
	if code != exitMistake || out != "" {
		t.Errorf("code %d, said %q", code, out)
	}
	for _, want := range []string{
		"color", "organisations[0].phone", "organisations[0].zone", "organisations[0].calendars[0].windows[0].first_day",
		`organisations[0].calendars[1].id: "c" stands twice`, "organisations[0].services[0].duration_min",
		"organisations[0].services[1].id", "line 13", "organisations[1].services[0].calendars[0]", "organisations[1].services[0].texts",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("%s is not told in:\n%s", want, errs)
		}
	}
	if strings.Contains(errs, "organisations[0].services[0].calendars") {
		t.Error("a calendar with a mistake is told as missing too")
	}
	if _, again, _ := runProgram(t, environ, nil, "apply", "-f", setupFile(t, string(sampleSetup))); strings.Count(again, "created") != 6 {
		t.Errorf("something had been changed: %s", again)
	}
}

func TestApplyRefusesWhatIsNoSetUp(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "broken": "organisations: [", "a list": "- a"} {
		if code, _, errs := runProgram(t, redisEnviron(t), nil, "apply", "-f", setupFile(t, text)); code != exitMistake {
			t.Errorf("%s: %d %s", name, code, errs)
		}
	}
}

func TestFieldPlace(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{"/windows/2/rrule": ".windows[2].rrule", "/phone": ".phone", "": "", "/0": "[0]"} {
		if got := fieldPlace(pointer); got != want {
			t.Errorf("%s: %s, want %s", pointer, got, want)
		}
	}
}

func FuzzReadSetup(f *testing.F) {
	f.Add(sampleSetup)
	f.Add([]byte("organisations: [{id: a, services: [{id: b}]}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		found := &mistakes{}
		if s := readSetup(text, found); s == nil && len(found.lines) == 0 {
			t.Error("refused without a word")
		}
	})
}

// A file that shuts a calendar over a booked appointment says so, in a rehearsal too, and leaves it.
func TestApplyTellsOfAppointmentsInConflict(t *testing.T) {
	t.Parallel()
	environ := redisEnviron(t)
	file := setupFile(t, string(sampleSetup))
	if code, _, errs := runProgram(t, environ, nil, "apply", "-f", file); code != exitOK {
		t.Fatal(errs)
	}
	apt := bookSample(t, environ)
	shut := setupFile(t, strings.Replace(string(sampleSetup), "        name: Camille, lundi à vendredi\n",
		"        name: Camille, lundi à vendredi\n        closures: [{first_day: \"2025-01-01\", end_day: \"2199-12-31\"}]\n", 1))
	for _, args := range [][]string{{"apply", "--dry-run", "-f", shut}, {"apply", "-f", shut}} {
		code, out, errs := runProgram(t, environ, nil, args...)
		if code != exitOK || !strings.Contains(strings.ReplaceAll(out, "changed   ", "would be changed "), "would be changed calendar camille") || !strings.Contains(out, "conflict ") ||
			!strings.Contains(out, string(apt)+" orientation: closed") || !strings.Contains(out, "nothing was cancelled") {
			t.Errorf("%v: %d %s %s", args, code, out, errs)
		}
	}
	if code, out, _ := runProgram(t, environ, nil, "apply", "-f", shut); code != exitOK || strings.Contains(out, "conflict ") {
		t.Errorf("unchanged: %d %s", code, out)
	}
}

// bookSample books somebody with Camille at the first slot there is.
func bookSample(t *testing.T, environ []string) engine.AppointmentID {
	t.Helper()
	cfg, err := config.Load("", environ, onlyRecords)
	if err != nil {
		t.Fatal(err)
	}
	e, done, err := openEngine(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	now := time.Now()
	slots, err := e.Slots(t.Context(), sampleOrganisation, sampleService, now, now.AddDate(0, 1, 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range slots {
		a, err := e.Convene(t.Context(), engine.ConveneRequest{
			Organisation: sampleOrganisation, Service: sampleService, Calendar: "camille", Start: s.Start,
			Person: engine.Person{ExternalID: "conflict", Email: "conflict@example.org"},
		})
		if err == nil {
			return a.ID
		}
		if n > 20 {
			t.Fatal(err)
		}
	}
	t.Fatal("no slot is free")
	return ""
}
