package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// A whole process reads an agent's agenda by itself, does not offer what is busy there, and
// publishes the calendar for that agenda.
func TestAProcessReadsAgendasAndPublishesFeeds(t *testing.T) {
	t.Parallel()
	read := make(chan struct{}, 1)
	agenda := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260518\r\nDTEND;VALUE=DATE:20260523\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
		select {
		case read <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(agenda.Close)
	c := testConfig(t)
	c.Agendas.PrivateAddresses = true
	p, _ := runs(t, c)
	applySample(t, p)
	org := engine.OrganisationID("departement-exemple")
	week := calendars.Window{FirstDay: "2026-01-05", Start: "09:00", End: "12:00", RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}
	_, err := p.engine.SaveCalendar(t.Context(), org, engine.Calendar{BusyURL: agenda.URL, Calendar: calendars.Calendar{ID: "agent", Windows: []calendars.Window{week}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.engine.SaveService(t.Context(), org, engine.Service{ID: "entretien", Name: "entretien", DurationMin: 60, Calendars: []engine.CalendarID{"agent"}}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-read:
	case <-time.After(30 * time.Second):
		t.Fatal("nobody reads the agenda")
	}
	from := time.Date(2026, 5, 18, 0, 0, 0, 0, time.UTC)
	free := func() int {
		slots, err := p.engine.Slots(t.Context(), org, "entretien", from, from.AddDate(0, 0, 10), 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(slots)
	}
	eventually(t, func() bool { return free() == 6 }) // Monday is a holiday; three on Tuesday and on Wednesday
	if _, text := body(t, "http://"+p.ops.address()+"/metrics"); !strings.Contains(text, `relance_agenda_imports_total{outcome="changed"} 1`) {
		t.Error("the metrics do not tell of it")
	}
	feed, err := p.engine.FeedURL(t.Context(), org, "agent")
	if err != nil {
		t.Fatal(err)
	}
	at := "http://" + p.public.address() + strings.TrimPrefix(feed, c.PublicURL)
	if code, text := body(t, at); code != http.StatusOK || !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") {
		t.Errorf("the feed answers %d %s", code, text)
	}
	if code, _ := body(t, at+"x"); code != http.StatusNotFound {
		t.Errorf("another address answers %d", code)
	}
}

// Without the setting nothing of this machine is read, and the calendar says so.
func TestAProcessReadsNothingOfItsOwnNetwork(t *testing.T) {
	t.Parallel()
	agenda := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was read") }))
	t.Cleanup(agenda.Close)
	p, _ := runs(t, testConfig(t))
	applySample(t, p)
	org := engine.OrganisationID("departement-exemple")
	if _, err := p.engine.SaveCalendar(t.Context(), org, engine.Calendar{BusyURL: agenda.URL, Calendar: calendars.Calendar{ID: "agent"}}); err != nil {
		t.Fatal(err)
	}
	var failure *engine.AgendaFailure
	eventually(t, func() bool {
		a, err := p.engine.Agenda(t.Context(), org, "agent")
		if err != nil {
			t.Fatal(err)
		}
		failure = a.Failure
		return failure != nil
	})
	if failure.Reason != "not_allowed" {
		t.Errorf("it is told as %+v", failure)
	}
}

// eventually looks until what another part of the process does is done.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for late, tick := time.After(30*time.Second), time.Tick(20*time.Millisecond); !done(); {
		select {
		case <-tick:
		case <-late:
			t.Fatal("it does not happen")
		}
	}
}

// A set-up that names an agenda may be applied again, and a wrong address is told with its place.
func TestApplyNamesAnAgenda(t *testing.T) {
	t.Parallel()
	environ := redisEnviron(t)
	file := setupFile(t, `
organisations:
  - id: a
    name: A
    phone: 01 99 00 12 34
    feed_names: true
    calendars:
      - {id: c, busy_url: "webcal://agenda.example.org/a.ics", windows: [{first_day: "2026-01-05", start: "09:00", end: "12:00"}]}
`)
	if code, _, errs := runProgram(t, environ, nil, "apply", "-f", file); code != exitOK {
		t.Fatal(errs)
	}
	if _, out, _ := runProgram(t, environ, nil, "apply", "-f", file); strings.Count(out, "unchanged") != 2 {
		t.Errorf("the second time changes something: %s", out)
	}
	wrong := setupFile(t, "organisations: [{id: a, name: A, phone: '0', calendars: [{id: c, busy_url: nowhere}]}]")
	if code, _, errs := runProgram(t, environ, nil, "apply", "-f", wrong); code != exitMistake || !strings.Contains(errs, "organisations[0].calendars[0].busy_url") {
		t.Errorf("a wrong address is answered %d %s", code, errs)
	}
}
