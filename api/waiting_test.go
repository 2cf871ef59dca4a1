package api_test

import (
	"strings"
	"testing"

	"relance/engine"
)

func TestWhyPeopleWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/calendars/far", `{"name":"Far","windows":[{"first_day":"2027-01-04","start":"09:00","end":"12:00"}]}`))
	w.want(200, w.put("/v1/services/rsa", `{"name":"Rendez-vous","calendars":["far"],"duration_min":30}`))
	if r := w.want(200, w.get("/v1/services/rsa")); r.json["slots_per_invitation"] != 1.0 {
		t.Errorf("slots_per_invitation is %v, want its default 1", r.json["slots_per_invitation"])
	}
	b := w.want(202, w.post("/v1/batches?service=rsa", `[{"external_id":"a","email":"a@example.org"}]`))
	id := w.want(200, w.get("/v1/batches/"+b.text("id")+"/lines")).items()[0]["invitation"].(string)
	path := "/v1/invitations/" + id
	if r := w.want(200, w.get(path)); r.json["waiting"] != nil {
		t.Errorf("nothing was looked at yet, and it says: %v", r.json["waiting"])
	}
	org := engine.OrganisationID(w.org)
	if err := w.e.Advance(t.Context(), org.Partition(), engine.DueInvitation, []string{id}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, "/v1/batches/" + b.text("id")} {
		wait, _ := w.want(200, w.get(path)).json["waiting"].(map[string]any)
		if wait["reason"] != "no_free_slots" || wait["people"] != 1.0 || wait["ahead"] != 0.0 || !strings.HasPrefix(wait["expected"].(string), "2026-11-2") {
			t.Errorf("%s waits: %v", path, wait)
		}
	}
	s := w.want(200, w.get("/v1/services/rsa/waiting")).json
	if wait, _ := s["waiting"].(map[string]any); s["unanswered"] != 0.0 || wait["reason"] != "no_free_slots" || wait["people"] != 1.0 || wait["expected"] == nil {
		t.Errorf("of the service is told: %v", s)
	}
	w.want(200, w.post("/v1/services/rsa/pause", ""))
	if wait, _ := w.want(200, w.get("/v1/services/rsa/waiting")).json["waiting"].(map[string]any); wait["reason"] != "paused" || wait["by"] != "service" || wait["people"] != 1.0 {
		t.Errorf("of the paused service is told: %v", wait)
	}
	w.refused(404, "not_found", w.get("/v1/services/none/waiting"))
	w.refused(422, "invalid", w.put("/v1/services/rsa", `{"name":"R","calendars":["far"],"duration_min":30,"slots_per_invitation":-1}`))
}
