package api_test

import (
	"strings"
	"testing"
)

func TestEarlierSlotsByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.book("28T09:00", "20T09:00")
	for range 2 { // again is no harm
		r := w.want(200, w.post("/v1/appointments/"+ids[0]+"/earlier", `{"wanted":true}`))
		if r.text("wants_earlier") == "" || r.json["earlier_offers"] != nil {
			t.Errorf("asked: %s", r.body)
		}
	}
	w.refused(409, "wrong_state", w.post("/v1/appointments/"+ids[1]+"/earlier", `{"wanted":true}`)) // too near
	w.refused(404, "not_found", w.post("/v1/appointments/apt_none/earlier", `{"wanted":true}`))
	w.refused(422, "invalid", w.post("/v1/appointments/"+ids[0]+"/earlier", `{}`))
	list := w.want(200, w.get("/v1/services/rsa/earlier?limit=1")).items()
	if len(list) != 1 || list[0]["bar"] != nil || list[0]["appointment"].(map[string]any)["id"] != ids[0] {
		t.Errorf("waiting: %v", list)
	}
	w.refused(404, "not_found", w.get("/v1/services/none/earlier"))
	r := w.want(200, w.post("/v1/appointments/"+ids[0]+"/earlier", `{"wanted":false}`))
	if strings.Contains(r.body, "wants_earlier") || len(w.want(200, w.get("/v1/services/rsa/earlier")).items()) != 0 {
		t.Errorf("no longer: %s", r.body)
	}
}
