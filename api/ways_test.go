package api_test

import (
	"strings"
	"testing"
)

// Staff note an opt-out, see it, and cannot take it back.
func TestOptOutsOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := "/v1/recipients/" + w.invite("anna").text("recipient")
	before := w.want(200, w.get(at))
	if !strings.Contains(before.body, `"opt_outs":[]`) {
		t.Fatalf("nobody stopped anything: %s", before.body)
	}
	for range 2 {
		after := w.want(200, w.do("PUT", at+"/opt-outs/email", ""))
		if !strings.Contains(after.body, `"channel":"email"`) || !strings.Contains(after.body, `"how":"staff"`) || strings.Contains(after.body, "@") {
			t.Errorf("after it was noted: %s", after.body)
		}
	}
	w.refused(403, "person_only", w.do("DELETE", at+"/opt-outs/email", ""))
	w.refused(422, "invalid", w.do("PUT", at+"/opt-outs/fax", ""))
	w.refused(404, "not_found", w.do("PUT", "/v1/recipients/rcp_nobody/opt-outs/sms", ""))
	if n := w.want(200, w.get("/v1/counts")).json["counts"].(map[string]any)["recipient.opted_out"]; n != float64(1) {
		t.Errorf("%v opt-outs are told", n)
	}
}

func TestAnotherAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := "/v1/recipients/" + w.invite("anna").text("recipient")
	w.want(200, w.do("PUT", at+"/opt-outs/email", ""))
	changed := w.want(200, w.do("PATCH", at, `{"email":"anna.new@example.org"}`))
	if !strings.Contains(changed.body, `"opt_outs":[]`) || strings.Contains(changed.body, "@") {
		t.Errorf("a new address is given its chance: %s", changed.body)
	}
	w.refused(422, "invalid", w.do("PATCH", at, `{"phone":"nonsense"}`))
	w.refused(422, "invalid", w.do("PATCH", at, `{}`))
	w.refused(404, "not_found", w.do("PATCH", "/v1/recipients/rcp_nobody", `{"email":"a@example.org"}`))
}
