package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// at follows members of an answer: at(m, "total", "funnel", "queued").
func at(m map[string]any, path ...string) any {
	var v any = m
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

func TestStats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	booked := w.invite("bo")
	slots := w.want(200, w.get("/v1/services/rsa/slots")).items()
	w.want(201, w.post("/v1/appointments", fmt.Sprintf(`{"invitation":%q,"start":%q}`, booked.text("id"), slots[0]["start"])))

	r := w.want(200, w.get("/v1/stats"))
	if r.text("from") != "2026-03" || r.text("to") != "2026-05" || r.text("zone") != "Europe/Paris" {
		t.Errorf("the span is %s", r.body)
	}
	for want, path := range map[float64][]string{
		2: {"total", "funnel", "queued"},
		1: {"total", "funnel", "booked"},
		0: {"total", "no_show", "chosen", "no_show"},
	} {
		if got := at(r.json, path...); got != want {
			t.Errorf("%v is %v, not %v", path, got, want)
		}
	}
	if at(r.json, "total", "no_show", "all", "rate") != nil || at(r.json, "total", "sms", "cost") != nil {
		t.Errorf("a rate or a cost of nothing: %s", r.body)
	}
	services := r.json["services"].([]any)
	months := services[0].(map[string]any)["months"].([]any)
	if len(services) != 1 || len(months) != 3 || at(months[2].(map[string]any), "funnel", "queued") != 2.0 || at(months[1].(map[string]any), "funnel", "queued") != 0.0 {
		t.Errorf("by month: %v", months)
	}
	if weeks := r.json["weeks"].([]any); at(weeks[12].(map[string]any), "week") != "2026-W21" || at(weeks[12].(map[string]any), "bookings") != 1.0 {
		t.Errorf("by week: %v", weeks)
	}

	w.want(200, w.as(adminKey).put("/v1/organisations/"+w.org, `{"name":"Département","phone":"01 02 03 04 05","sms_price":0.045}`))
	if r := w.get("/v1/stats?from=2026-05&to=2026-05&service=rsa"); at(r.json, "total", "sms", "price") != 0.045 || at(r.json, "total", "sms", "cost") != 0.0 {
		t.Errorf("with a price: %s", r.body)
	}
	rebuilt := w.want(200, w.as(adminKey).post("/v1/organisations/"+w.org+"/stats/rebuild", ""))
	if rebuilt.json["corrected"] != 0.0 || rebuilt.json["events"] == 0.0 {
		t.Errorf("rebuilding answers %s", rebuilt.body)
	}
	for path, fault := range map[string]string{
		"/v1/stats?from=May":                "from invalid",
		"/v1/stats?from=2020-01&to=2026-01": "from out_of_range",
		"/v1/stats?weeks=1":                 "weeks unknown_field",
	} {
		if f := w.refused(422, "invalid", w.get(path)).faults(); len(f) != 1 || f[0] != fault {
			t.Errorf("%s is refused with %v", path, f)
		}
	}
	w.refused(404, "not_found", w.get("/v1/stats?service=other"))
	w.refused(422, "invalid", w.as(adminKey).put("/v1/organisations/"+w.org, `{"name":"D","phone":"01","sms_price":-1}`))
}

func TestActionRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"awa", "bo", "chloe"}
	for n, name := range names {
		inv := w.invite(name)
		if inv.text("status") != "waiting" || inv.json["action"] != nil {
			t.Errorf("a new invitation is %s", inv.body)
		}
		slots := w.want(200, w.get("/v1/services/rsa/slots")).items()
		apt := w.want(201, w.post("/v1/appointments", fmt.Sprintf(`{"invitation":%q,"start":%q}`, inv.text("id"), slots[n]["start"])))
		if r := w.get("/v1/invitations/" + inv.text("id")); r.text("status") != "booked" {
			t.Errorf("with an appointment it is %s", r.body)
		}
		w.want(200, w.post("/v1/appointments/"+apt.text("id")+"/cancel", ""))
	}
	if all := w.walk("/v1/invitations"); len(all) != 3 || all[0]["status"] != "cancelled" {
		t.Errorf("all are %v", all)
	}
	first := w.get("/v1/invitations?action_required=true&limit=2")
	if link := first.header.Get("Link"); !strings.Contains(link, "action_required=true") {
		t.Errorf("the next page is %q", link)
	}
	all := w.walk("/v1/invitations?action_required=true&limit=2")
	if len(all) != 3 {
		t.Fatalf("%d wait for staff, not 3", len(all))
	}
	for _, inv := range all {
		a, _ := inv["action"].(map[string]any)
		if a["reason"] != "cancelled" || a["since"] == nil || a["appointment"] != inv["appointment"] || inv["status"] != "cancelled" || inv["state"] == nil {
			t.Errorf("%v waits with %v", inv["id"], a)
		}
	}
	if some := w.walk("/v1/invitations?action_required=true&reason=cancelled&service=rsa&limit=2"); len(some) != 3 {
		t.Errorf("%d wait for a cancellation, not 3", len(some))
	}
	if link := w.get("/v1/invitations?action_required=true&reason=cancelled&service=rsa&limit=2").header.Get("Link"); !strings.Contains(link, "reason=cancelled") || !strings.Contains(link, "service=rsa") {
		t.Errorf("the next page forgets what was asked for: %q", link)
	}
	if some := w.walk("/v1/invitations?action_required=true&reason=no_show"); len(some) != 0 {
		t.Errorf("%d wait for a no-show", len(some))
	}
	w.refused(404, "not_found", w.get("/v1/invitations?action_required=true&service=other"))
	if f := w.refused(422, "invalid", w.get("/v1/invitations?reason=no_show")).faults(); len(f) != 1 || f[0] != "reason needs_action_required" {
		t.Errorf("a reason without the list is refused with %v", f)
	}
	w.refused(422, "invalid", w.get("/v1/invitations?action_required=true&reason=bored"))
	id := all[0]["id"].(string)
	for range 2 {
		if done := w.want(200, w.post("/v1/invitations/"+id+"/done", "")); at(done.json, "action", "done_at") == nil || done.text("status") != "cancelled" {
			t.Errorf("done is %s", done.body)
		}
	}
	w.want(200, w.post("/v1/invitations/"+all[1]["id"].(string)+"/close", ""))
	if left := w.walk("/v1/invitations?action_required=true"); len(left) != 1 || left[0]["id"] != all[2]["id"] {
		t.Errorf("left are %v", left)
	}
	w.refused(404, "not_found", w.post("/v1/invitations/apt_1/done", ""))
	other := w.as(w.newKey(w.organisation("Other")))
	other.refused(404, "not_found", other.post("/v1/invitations/"+id+"/done", ""))
	if len(other.walk("/v1/invitations?action_required=true")) != 0 {
		t.Error("another organisation sees what waits here")
	}
}
