package api_test

import (
	"math"
	"slices"
	"testing"
)

func TestABatchCanBeRehearsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names, broken := people(300)
	body := asCSV(names, broken)
	send := func(query string, headers ...string) response {
		return w.post("/v1/batches?service=rsa"+query, body, append([]string{"Content-Type", "text/csv"}, headers...)...)
	}
	dry := w.want(200, send("&dry_run=true", "Idempotency-Key", "k"))
	accepted, refused := float64(300-len(broken)), float64(len(broken))
	if j := dry.json; j["dry_run"] != true || j["lines"] != 300.0 || j["accepted"] != accepted || j["refused"] != refused || j["emails"] != accepted || j["sms"] != 0.0 || j["first_at"] == nil {
		t.Errorf("foreseen %s", dry.body[:300])
	}
	results, _ := dry.json["results"].([]any)
	if len(results) != 300 {
		t.Fatalf("%d results", len(results))
	}
	if n := len(w.walk("/v1/invitations?limit=200")); n != 0 {
		t.Errorf("a rehearsal made %d invitations", n)
	}
	// The same key was not used up, and the real thing does what was foreseen, line by line.
	r := w.want(202, send("&dry_run=false", "Idempotency-Key", "k"))
	for i, l := range w.walk("/v1/batches/" + r.text("id") + "/lines?limit=100") {
		was, _ := results[i].(map[string]any)
		if was["line"] != l["line"] || (was["refused"] == nil) != (l["refused"] == nil) || (was["messages"] == nil) != (l["refused"] != nil) {
			t.Fatalf("foreseen %v, done %v", was, l)
		}
	}
	again := w.want(200, send("&dry_run=1"))
	if again.json["accepted"] != 0.0 {
		t.Errorf("everybody is invited, and %v would be again", again.json["accepted"])
	}
	w.refused(422, "invalid", send("&dry_run=maybe"))
	w.refused(404, "not_found", w.post("/v1/batches?service=none&dry_run=true", body, "Content-Type", "text/csv"))
}

func TestARehearsalSaysWhatItCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dry := func() response {
		return w.want(200, w.post("/v1/batches?service=rsa&dry_run=true", `[{"external_id":"a","phone":"0612345601"},{"external_id":"b","phone":"0612345602"},{"external_id":"c","phone":"0612345603"}]`))
	}
	if r := dry(); r.json["sms"] != 3.0 || r.json["cost"] != nil || r.json["sms_price"] != nil {
		t.Errorf("without a price: %s", r.body)
	}
	w.want(200, w.as(adminKey).put("/v1/organisations/"+w.org, `{"name":"Département","phone":"01 02 03 04 05","sms_price":0.045}`))
	r := dry()
	parts, _ := r.json["sms_parts"].(float64)
	if want := math.Round(parts*4.5) / 100; parts < 3 || r.json["cost"] != want || r.json["sms_price"] != 0.045 {
		t.Errorf("%v parts at 0.045 cost %v, want %v", parts, r.json["cost"], want)
	}
}

func TestARehearsalSaysWhoWouldWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/calendars/small", `{"name":"Small","windows":[{"first_day":"2026-01-05","start":"09:00","end":"10:00","rrule":"FREQ=WEEKLY;BYDAY=MO"}]}`))
	w.want(200, w.put("/v1/services/small", `{"name":"Rendez-vous","calendars":["small"],"duration_min":30,"horizon_days":8}`))
	dry := w.want(200, w.post("/v1/batches?service=small&dry_run=true", `[{"external_id":"a","email":"a@example.org"},{"external_id":"b","email":"b@example.org"},
		{"external_id":"c","email":"not one"},{"external_id":"d","email":"d@example.org"},{"external_id":"e","email":"e@example.org"},{"external_id":"f","email":"f@example.org"}]`))
	var waits []bool
	for _, r := range dry.json["results"].([]any) {
		l := r.(map[string]any)
		wait, _ := l["waiting"].(map[string]any)
		waits = append(waits, wait != nil)
		if wait != nil && (wait["expected"] == nil || wait["expected"] != l["at"] || wait["reason"] != "pacing") {
			t.Errorf("line %v would leave at %v and waits %v", l["line"], l["at"], wait)
		}
	}
	// A Monday's two half hours are within the horizon; a week later there are two more.
	if want := []bool{false, false, false, true, true, true}; !slices.Equal(waits, want) {
		t.Errorf("who waits: %v, want %v", waits, want)
	}
	all, _ := dry.json["waiting"].(map[string]any)
	if all == nil || all["people"] != 3.0 || all["expected"] != dry.json["last_at"] || all["expected"] == dry.json["first_at"] {
		t.Errorf("of the batch is said %v; it would leave from %v to %v", all, dry.json["first_at"], dry.json["last_at"])
	}
}
