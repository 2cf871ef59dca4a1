package api_test

import (
	"encoding/json"
	"testing"

	"relance/engine"
)

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.want(202, w.post("/v1/batches?service=rsa", `[{"external_id":"a","email":"a@example.org"},{"external_id":"b","email":"b@example.org"}]`))
	batch := "/v1/batches/" + b.text("id")
	inv := w.want(200, w.get(batch+"/lines")).items()[0]["invitation"].(string)
	person := "/v1/recipients/" + w.want(200, w.get("/v1/invitations/"+inv)).text("recipient")
	for _, path := range []string{"/v1/services/rsa", batch, person} {
		for range 2 {
			if r := w.want(200, w.post(path+"/pause", "")); r.text("paused_at") == "" {
				t.Errorf("%s is paused and does not say so: %s", path, r.body)
			}
		}
		if r := w.want(200, w.get(path)); r.text("paused_at") == "" {
			t.Errorf("%s reads otherwise: %s", path, r.body)
		}
	}
	w.want(200, w.put("/v1/services/rsa", `{"name":"Saved again","calendars":["desk-1"],"duration_min":30}`))
	if s := w.want(200, w.get("/v1/services")).items(); s[0]["name"] != "Saved again" || s[0]["paused_at"] == nil {
		t.Errorf("saving the service ended its pause: %v", s)
	}
	w.steps(inv)
	for path, by := range map[string]string{"/v1/invitations/" + inv: "recipient", batch: "batch"} {
		wait, _ := w.want(200, w.get(path)).json["waiting"].(map[string]any)
		if wait["reason"] != "paused" || wait["by"] != by || wait["people"] != 1.0 || wait["since"] == nil || wait["expected"] != nil {
			t.Errorf("%s waits: %v", path, wait)
		}
	}
	if next, _ := w.get("/v1/invitations/" + inv).json["next"].(map[string]any); next["kind"] != "invite" || next["reason"] != "paused" || next["planned"] == nil {
		t.Errorf("the next step: %v", next)
	}
	if n := w.get(batch).json["progress"].(map[string]any)["paused"]; n != 1.0 {
		t.Errorf("%v of the batch are kept", n)
	}
	w.refused(409, "wrong_state", w.post("/v1/invitations/"+inv+"/offer", ""))
	for _, path := range []string{person, batch, "/v1/services/rsa"} {
		for range 2 {
			if r := w.want(200, w.post(path+"/resume", "")); r.json["paused_at"] != nil {
				t.Errorf("%s is still paused: %s", path, r.body)
			}
		}
	}
	w.steps(inv)
	if m := w.want(200, w.get("/v1/invitations/"+inv+"/messages")).items(); len(m) != 1 || m[0]["kind"] != "invitation" || m[0]["delayed"] != "paused" {
		t.Errorf("resumed, its messages are %v", m)
	}
	if r := w.want(200, w.get("/v1/invitations/"+inv)); r.json["waiting"] != nil {
		t.Errorf("resumed, it waits: %v", r.json["waiting"])
	}
}

// steps does what is due of an invitation.
func (w *world) steps(inv string) {
	w.t.Helper()
	org := engine.OrganisationID(w.org)
	if err := w.e.Advance(w.t.Context(), org.Partition(), engine.DueInvitation, []string{inv}); err != nil {
		w.t.Fatal(err)
	}
}

func TestPausesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.as(w.newKey(w.as(adminKey).organisation("Another")))
	person := w.invite("anna").text("recipient")
	for _, verb := range []string{"/pause", "/resume"} {
		for _, path := range []string{"/v1/services/none", "/v1/batches/bat_none", "/v1/recipients/rcp_none", "/v1/batches/inv_1", "/v1/recipients/inv_1"} {
			w.refused(404, "not_found", w.post(path+verb, ""))
		}
		other.refused(404, "not_found", other.post("/v1/recipients/"+person+verb, ""))
		other.refused(404, "not_found", other.post("/v1/services/rsa"+verb, ""))
	}
	var counts struct{ Counts map[string]int64 }
	if err := json.Unmarshal([]byte(w.want(200, w.get("/v1/counts")).body), &counts); err != nil || counts.Counts["service.paused"]+counts.Counts["recipient.paused"] != 0 {
		t.Errorf("refused pauses are counted: %v %v", counts.Counts, err)
	}
}
