package api_test

import (
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
