package api_test

import (
	"fmt"
	"testing"

	"relance/engine"
)

func TestAPolicyIsDataAndHasVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/calendars/desk", `{"name":"Desk","windows":[{"first_day":"2026-01-05","start":"09:00","end":"12:00","rrule":"FREQ=DAILY"}]}`))
	save := func(more string) response {
		return w.put("/v1/services/rsa", `{"name":"Rendez-vous","calendars":["desk"],"duration_min":30,"consequence":"Votre dossier sera clos."`+more+`}`)
	}
	first := w.want(200, save(`,"quiet_hours":{"from":"09:00","until":"18:00"},"max_sms_a_day":2,"max_emails_a_day":3,"ladder":[{"after_days":2}]`))
	if q, _ := first.json["quiet_hours"].(map[string]any); q["from"] != "09:00" || first.json["max_sms_a_day"] != 2.0 || first.json["max_emails_a_day"] != 3.0 {
		t.Errorf("saved %s", first.body)
	}
	inv := w.want(201, w.post("/v1/invitations", `{"service":"rsa","person":{"external_id":"a","email":"a@example.org"}}`)).text("id")
	org := engine.OrganisationID(w.org)
	if err := w.e.Advance(t.Context(), org.Partition(), engine.DueInvitation, []string{inv}); err != nil {
		t.Fatal(err)
	}
	second := w.want(200, save(""))
	if second.json["version"] != first.json["version"].(float64)+1 || second.json["quiet_hours"] != nil || second.json["max_sms_a_day"] != 4.0 || second.json["max_emails_a_day"] != 6.0 {
		t.Errorf("saved again %s", second.body)
	}
	was := w.want(200, w.get(fmt.Sprintf("/v1/services/rsa/versions/%v", first.json["version"])))
	if len(was.json["ladder"].([]any)) != 1 || was.json["version"] != first.json["version"] || was.json["consequence"] == "" {
		t.Errorf("the first version is read as %s", was.body)
	}
	w.refused(404, "not_found", w.get("/v1/services/rsa/versions/99"))
	w.refused(422, "invalid", save(`,"quiet_hours":{"until":"21:00"}`))
	w.refused(422, "invalid", save(`,"max_sms_a_day":5`))

	path := "/v1/invitations/" + inv
	if r := w.want(200, w.get(path)); r.json["policy"] != first.json["version"] {
		t.Errorf("it started under %v", r.json["policy"])
	}
	r := w.want(200, w.post(path+"/follow", ""))
	if r.json["policy"] != second.json["version"] {
		t.Errorf("told to follow, it is under %v", r.json["policy"])
	}
	w.want(200, w.post(path+"/close", ""))
	w.refused(409, "wrong_state", w.post(path+"/follow", ""))
	w.refused(404, "not_found", w.post("/v1/invitations/inv_none/follow", ""))
}
