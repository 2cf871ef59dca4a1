package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// book books a person in at each of the starts, local to Paris in May 2026: "20T09:00".
func (w *world) book(starts ...string) []string {
	w.t.Helper()
	var out []string
	for i, start := range starts {
		r := w.want(201, w.post("/v1/appointments", fmt.Sprintf(
			`{"service":"rsa","person":{"external_id":"p%d","email":"p%d@example.org"},"start":"2026-05-%s:00+02:00"}`, i, i, start)))
		out = append(out, r.text("id"))
	}
	return out
}

// results are the lines of an answer as "result start".
func (r response) results() []string {
	var out []string
	for _, item := range r.items() {
		start, _ := item["start"].(string)
		out = append(out, fmt.Sprint(item["result"], " ", strings.TrimSuffix(strings.TrimPrefix(start, "2026-05-"), ":00Z")))
	}
	return out
}

func TestAClosureAnswersWithTheConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.book("20T09:00", "20T09:30", "20T14:00", "21T09:00")
	closure := `{"first_day":"2026-05-20"}`
	r := w.want(200, w.post("/v1/calendars/desk-1/closures", closure))
	items, _ := r.json["conflicts"].(map[string]any)["items"].([]any)
	first, _ := items[0].(map[string]any)
	if len(items) != 3 || first["appointment"] != ids[0] || first["why"] != "closed" || first["service"] != "rsa" || first["start"] != "2026-05-20T07:00:00Z" {
		t.Fatalf("the answer: %s", r.body)
	}
	w.want(200, w.post("/v1/calendars/desk-1/closures", closure))
	if closures := w.get("/v1/calendars/desk-1").json["closures"].([]any); len(closures) != 1 {
		t.Errorf("closed twice: %v", closures)
	}
	all := w.walk("/v1/calendars/desk-1/conflicts?limit=2")
	if len(all) != 3 || all[2]["appointment"] != ids[2] {
		t.Errorf("the list: %v", all)
	}
	if got := w.want(200, w.get("/v1/appointments/"+ids[0])).text("state"); got != "booked" {
		t.Errorf("before anybody decided it is %s", got)
	}
	r = w.want(200, w.post("/v1/calendars/desk-1/conflicts/resolve", fmt.Sprintf(`{"how":"cancel","appointments":[%q]}`, ids[2])))
	if got := r.results(); !slices.Equal(got, []string{"cancelled 20T12:00"}) {
		t.Errorf("one cancelled: %v", got)
	}
	r = w.want(200, w.post("/v1/calendars/desk-1/conflicts/resolve", `{"how":"move"}`))
	if got := r.results(); !slices.Equal(got, []string{"moved 19T14:30", "moved 19T14:00"}) || r.json["done"] != 2.0 || r.json["left"] != 0.0 {
		t.Errorf("the others moved: %v %s", got, r.body)
	}
	if again := w.want(200, w.post("/v1/calendars/desk-1/conflicts/resolve", `{"how":"move"}`)); len(again.items()) != 0 {
		t.Errorf("again: %s", again.body)
	}
}

func TestASavedCalendarAnswersWithTheConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.book("20T09:00", "20T14:00")
	r := w.want(200, w.put("/v1/calendars/desk-1", `{"windows":[{"first_day":"2026-05-20","start":"09:00","end":"12:00"}]}`))
	if !strings.Contains(r.body, ids[1]) || !strings.Contains(r.body, `"why":"no_window"`) || strings.Contains(r.body, ids[0]) {
		t.Errorf("the answer: %s", r.body)
	}
	r = w.want(200, w.post("/v1/calendars/desk-1/conflicts/resolve", `{"how":"move"}`))
	if got := r.results(); !slices.Equal(got, []string{"moved 20T09:30"}) {
		t.Errorf("moved: %v", got)
	}
	w.refused(422, "invalid", w.post("/v1/calendars/desk-1/conflicts/resolve", `{"how":"erase"}`))
	w.refused(404, "not_found", w.post("/v1/calendars/desk-9/conflicts/resolve", `{"how":"cancel"}`))
	w.refused(404, "not_found", w.get("/v1/calendars/desk-9/conflicts"))
	w.refused(404, "not_found", w.post("/v1/calendars/desk-9/closures", `{"first_day":"2026-05-20"}`))
	r = w.refused(422, "invalid", w.post("/v1/calendars/desk-1/closures", `{"first_day":"2026-05-20","end_day":"2026-05-19"}`))
	if got := r.faults(); !slices.Equal(got, []string{"/end_day invalid"}) {
		t.Errorf("a closure backwards: %v", got)
	}
}

func TestAppointmentsByCalendarAndDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.book("20T09:00", "21T09:00", "22T09:00")
	for path, want := range map[string][]string{
		"?calendar=desk-1": ids,
		"?calendar=desk-1&from=2026-05-21T00:00:00Z&to=2026-05-21T23:00:00Z&limit=1": ids[1:2],
		"?from=2026-05-21T00:00:00Z&limit=1":                                         ids[1:],
		"?to=2026-05-21T00:00:00Z":                                                   ids[:1],
	} {
		var got []string
		for _, a := range w.walk("/v1/appointments" + path) {
			got = append(got, fmt.Sprint(a["id"]))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	w.refused(404, "not_found", w.get("/v1/appointments?calendar=desk-9"))
}

func TestLocationsByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/organisations/" + w.org
	put := func(body string) response { return w.as(adminKey).put(path, body) }
	r := w.want(200, put(`{"name":"Agence","phone":"01 02 03 04 05","locations":[
		{"id":"msa","kind":"office","name":"Maison","address":"1 place","access":"Sonnez"},
		{"id":"visio","kind":"video","name":"Salle","url":"https://visio.example.org/1"}]}`))
	if got := w.want(200, w.as(adminKey).get(path)); got.body != r.body || !strings.Contains(got.body, `"access":"Sonnez"`) {
		t.Errorf("reads otherwise: %s", got.body)
	}
	bad := w.refused(422, "invalid", put(`{"name":"Agence","phone":"01 02 03 04 05","locations":[{"id":"msa","kind":"office","name":"Maison"}]}`))
	if got := bad.faults(); !slices.Equal(got, []string{"/locations/0/address required"}) {
		t.Errorf("an office nowhere: %v", got)
	}
	w.want(200, w.put("/v1/calendars/desk-1", `{"windows":[
		{"first_day":"2026-05-20","start":"09:00","end":"12:00","location":"msa"},
		{"first_day":"2026-05-20","start":"14:00","end":"17:00","location":"visio"}]}`))
	slots := w.want(200, w.get("/v1/services/rsa/slots")).items()
	if got := fmt.Sprint(slots[0]["locations"], slots[len(slots)-1]["locations"]); got != "[msa] [visio]" {
		t.Errorf("slots are at %s", got)
	}
	at := func(start, place string) response {
		return w.post("/v1/appointments", fmt.Sprintf(`{"service":"rsa","person":{"external_id":"x","email":"x@example.org"},"start":%q,"location":%q}`, start, place))
	}
	w.refused(409, "not_bookable", at("2026-05-20T09:00:00+02:00", "visio"))
	booked := w.want(201, at("2026-05-20T09:00:00+02:00", "msa"))
	if booked.text("location") != "msa" {
		t.Errorf("booked: %s", booked.body)
	}
	moved := w.want(200, w.post("/v1/appointments/"+booked.text("id")+"/move", `{"start":"2026-05-20T14:00:00+02:00","location":"visio"}`))
	if moved.text("location") != "visio" {
		t.Errorf("moved: %s", moved.body)
	}
}
