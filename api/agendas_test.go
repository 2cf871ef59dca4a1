package api_test

import (
	"context"
	"strings"
	"testing"

	"relance/engine"
)

// shutAgenda is an agenda that cannot be read.
type shutAgenda struct{}

func (shutAgenda) Read(context.Context, string, engine.Validators) (engine.Published, error) {
	return engine.Published{}, &engine.AgendaError{Reason: "not_found", Message: "there is nothing at this address any more: copy it again from the agenda"}
}

func TestFeedAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.want(200, w.get("/v1/calendars/desk-1/feed")).text("url")
	if !strings.HasPrefix(first, "https://rdv.example.org/ics/") || !strings.HasSuffix(first, ".ics") {
		t.Errorf("the feed is at %q", first)
	}
	second := w.want(200, w.post("/v1/calendars/desk-1/feed/rotate", "")).text("url")
	if now := w.want(200, w.get("/v1/calendars/desk-1/feed")).text("url"); second == first || now != second {
		t.Errorf("the feed was at %q, is given as %q, then as %q", first, second, now)
	}
	w.refused(404, "not_found", w.get("/v1/calendars/desk-9/feed"))
	w.refused(404, "not_found", w.post("/v1/calendars/desk-9/feed/rotate", ""))
	for _, secret := range []string{first, second} {
		if token := secret[strings.LastIndexByte(secret, '/')+1:]; strings.Contains(w.log.String(), token) {
			t.Error("the log holds a feed's address")
		}
	}
}

func TestAgendaOfACalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Agendas = shutAgenda{}
	w.refused(404, "not_found", w.get("/v1/calendars/desk-1/agenda"))
	r := w.put("/v1/calendars/desk-1", `{"busy_url":"ftp://agenda.example.org/a.ics"}`)
	if w.refused(422, "invalid", r); !strings.Contains(r.body, `"/busy_url"`) {
		t.Errorf("a wrong address is answered %s", r.body)
	}
	at := "https://agenda.example.org/private/a.ics"
	if got := w.want(200, w.put("/v1/calendars/desk-1", `{"busy_url":"`+at+`"}`)).text("busy_url"); got != at {
		t.Errorf("saved as %q", got)
	}
	if r := w.want(200, w.get("/v1/calendars/desk-1/agenda")); r.text("next_at") != "2026-05-18T07:00:00Z" || r.json["failure"] != nil || r.json["read_at"] != nil {
		t.Errorf("before it is read: %s", r.body)
	}
	org := engine.OrganisationID(w.org)
	a, err := w.e.Agenda(t.Context(), org, "desk-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.e.Advance(t.Context(), org.Partition(), engine.DueCalendar, []string{a.ID}); err != nil {
		t.Fatal(err)
	}
	r = w.want(200, w.get("/v1/calendars/desk-1/agenda"))
	f, _ := r.json["failure"].(map[string]any)
	if f["reason"] != "not_found" || f["count"] != 1.0 || f["since"] != "2026-05-18T07:00:00Z" || !strings.Contains(f["message"].(string), "copy it again") {
		t.Errorf("after it failed: %s", r.body)
	}
	if r := w.want(200, w.get("/v1/events")); !strings.Contains(r.body, `"type":"calendar.import_failed"`) || !strings.Contains(r.body, `"calendar":"desk-1"`) || strings.Contains(r.body, "agenda.example.org") {
		t.Errorf("the events are %s", r.body)
	}
	if strings.Contains(w.log.String(), "private") {
		t.Error("the log holds the agenda's address")
	}
}
