package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// settings is what an answer says that can be set: without id and times.
func settings(t *testing.T, r response) string {
	t.Helper()
	m := maps.Clone(r.json)
	delete(m, "id")
	delete(m, "created_at")
	delete(m, "version")
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatIsReadCanBeWrittenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/services/rsa", `{"name":"Orientation","calendars":["desk-1"],"duration_min":45,"notice_hours":0,
		"ladder":[],"reminders_hours":[72,24],"validity_days":0,"texts":{}}`))
	admin := w.as(adminKey)
	for _, c := range []struct {
		w    *world
		path string
	}{{w, "/v1/services/rsa"}, {w, "/v1/calendars/desk-1"}, {admin, "/v1/organisations/" + w.org}} {
		first := settings(t, c.w.want(200, c.w.get(c.path)))
		c.w.want(200, c.w.put(c.path, first))
		if again := settings(t, c.w.get(c.path)); again != first {
			t.Errorf("%s was\n%s\nand became\n%s", c.path, first, again)
		}
	}
	r := w.get("/v1/services/rsa")
	if ladder, ok := r.json["ladder"].([]any); !ok || len(ladder) != 0 {
		t.Errorf("a service without relances says %v", r.json["ladder"])
	}
	w.want(200, w.put("/v1/services/rsa", `{"name":"Orientation","calendars":["desk-1"],"duration_min":45}`))
	if r := w.get("/v1/services/rsa"); len(r.json["ladder"].([]any)) != 2 || r.json["notice_hours"].(float64) != 24 {
		t.Errorf("what is not given has no default: %s", r.body)
	}
}

func TestCreatingMintsIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, body := range map[string]string{
		"/v1/calendars": `{"name":"Desk 2"}`,
		"/v1/services":  `{"name":"Other","calendars":["desk-1"],"duration_min":20}`,
	} {
		r := w.want(201, w.post(path, body))
		where := strings.TrimPrefix(r.header.Get("Location"), "https://api.example.org")
		if where != path+"/"+r.text("id") {
			t.Errorf("Location is %q", where)
		}
		if got := w.want(200, w.get(where)); settings(t, got) != settings(t, r) {
			t.Errorf("%s reads otherwise: %s", where, got.body)
		}
	}
	if n := len(w.walk("/v1/services?limit=1")); n != 2 {
		t.Errorf("%d services", n)
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.invite("anna")
	id := r.text("id")
	if r.text("state") != "queued" || r.text("external_id") != "anna" || r.header.Get("Location") != "https://api.example.org/v1/invitations/"+id {
		t.Errorf("not as expected: %v %s", r.header, r.body)
	}
	for _, personal := range []string{"Zoé", "example.org"} {
		if strings.Contains(r.body, personal) {
			t.Errorf("personal data in the answer: %s", r.body)
		}
	}
	next, _ := r.json["next"].(map[string]any)
	if next["kind"] != "invite" || next["at"] == nil {
		t.Errorf("no next step: %s", r.body)
	}
	w.refused(409, "already_invited", w.post("/v1/invitations", personal("anna")))
	person := w.want(200, w.get("/v1/recipients/"+r.text("recipient")))
	if person.text("external_id") != "anna" || strings.Contains(person.body, "@") {
		t.Errorf("not the person: %s", person.body)
	}
	w.want(200, w.get("/v1/invitations/"+id+"/messages"))
	closed := w.want(200, w.post("/v1/invitations/"+id+"/close", `{"reason":"moved away"}`))
	if closed.text("state") != "closed" || closed.text("reason") != "moved away" {
		t.Errorf("not closed: %s", closed.body)
	}
	w.want(204, w.do("DELETE", "/v1/recipients/"+r.text("recipient"), ""))
	w.refused(404, "not_found", w.get("/v1/invitations/"+id))
	if n := w.want(200, w.get("/v1/counts")).json["counts"].(map[string]any)["invitation.created"]; n != float64(1) {
		t.Errorf("%v invitations counted", n)
	}
}

func TestClosingNeedsNoWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.post("/v1/invitations/"+w.invite("a").text("id")+"/close", ""))
}

func (w *world) slots() []map[string]any {
	w.t.Helper()
	return w.want(200, w.get("/v1/services/rsa/slots?limit=5")).items()
}

func TestAppointment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, ben := w.invite("anna").text("id"), w.invite("ben").text("id")
	start := w.slots()[0]["start"]
	booked := w.want(201, w.post("/v1/appointments", fmt.Sprintf(`{"invitation":%q,"start":%q}`, anna, start)))
	apt := booked.text("id")
	if booked.text("state") != "booked" || booked.text("calendar") != "desk-1" || !strings.HasSuffix(booked.header.Get("Location"), apt) {
		t.Errorf("not booked: %s", booked.body)
	}
	taken := w.refused(409, "taken", w.post("/v1/appointments", fmt.Sprintf(`{"invitation":%q,"start":%q}`, ben, start)))
	if near, _ := taken.json["nearest"].([]any); len(near) != 3 {
		t.Errorf("%d slots near: %s", len(near), taken.body)
	}
	w.refused(409, "not_bookable", w.post("/v1/appointments", fmt.Sprintf(`{"invitation":%q,"start":"2026-05-24T10:00:00+02:00"}`, ben)))
	w.refused(404, "not_found", w.post("/v1/appointments", fmt.Sprintf(`{"invitation":"inv_none","start":%q}`, start)))

	moved := w.want(200, w.post("/v1/appointments/"+apt+"/move", fmt.Sprintf(`{"start":%q}`, w.slots()[2]["start"])))
	if moved.text("id") != apt || moved.json["sequence"] != float64(1) {
		t.Errorf("not moved: %s", moved.body)
	}
	if inv := w.get("/v1/invitations/" + anna); inv.text("appointment") != apt || inv.text("state") != "booked" {
		t.Errorf("the invitation does not know: %s", inv.body)
	}
	w.refused(409, "pending", w.post("/v1/invitations/"+anna+"/close", `{}`))
	cancelled := w.want(200, w.post("/v1/appointments/"+apt+"/cancel", ``))
	if cancelled.text("state") != "cancelled_by_organisation" {
		t.Errorf("not cancelled: %s", cancelled.body)
	}
	w.refused(409, "wrong_state", w.post("/v1/appointments/"+apt+"/move", fmt.Sprintf(`{"start":%q}`, start)))
	w.want(200, w.get("/v1/appointments/"+apt))
}

func TestConvocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.slots()[0]["start"]
	r := w.want(201, w.post("/v1/appointments", fmt.Sprintf(`{"service":"rsa","person":{"external_id":"c","email":"c@example.org"},"start":%q}`, start)))
	if r.json["imposed"] != true {
		t.Errorf("not imposed: %s", r.body)
	}
	bad := w.refused(422, "invalid", w.post("/v1/appointments", fmt.Sprintf(`{"service":"rsa","person":{"email":"nobody"},"start":%q}`, start)))
	if f := bad.faults(); len(f) != 1 || f[0] != "/person/email invalid" {
		t.Errorf("faults %q", f)
	}
	if n := len(w.walk("/v1/appointments?limit=1")); n != 1 {
		t.Errorf("%d appointments", n)
	}
}

func TestPagesShowEachThingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const people = 45
	for i := range people {
		w.invite(fmt.Sprint("p", i))
	}
	for path, want := range map[string]int{"/v1/invitations?limit=7": people, "/v1/events?limit=7": people} {
		seen := map[any]bool{}
		for _, v := range w.walk(path) {
			if seen[v["id"]] {
				t.Errorf("%s shows %v twice", path, v["id"])
			}
			seen[v["id"]] = true
		}
		if len(seen) != want {
			t.Errorf("%s shows %d of %d", path, len(seen), want)
		}
	}
	slots := w.walk("/v1/services/rsa/slots?limit=50&from=2026-05-20T00:00:00Z&to=2026-06-10T00:00:00Z")
	whole := w.want(200, w.get("/v1/services/rsa/slots?limit=200&from=2026-05-20T00:00:00Z&to=2026-06-10T00:00:00Z")).items()
	if len(slots) != len(whole) || len(slots) < 100 {
		t.Errorf("%d slots page by page, %d at once", len(slots), len(whole))
	}
}

func TestEventsCanBeTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("a")
	r := w.want(200, w.get("/v1/events"))
	cursor := r.text("next")
	if len(r.items()) != 1 || cursor == "" || r.header.Get("Link") != "" {
		t.Fatalf("not one event and where to go on: %s", r.body)
	}
	again := w.want(200, w.get("/v1/events?cursor="+cursor))
	if len(again.items()) != 0 || again.text("next") != cursor {
		t.Errorf("the end moved: %s", again.body)
	}
	w.invite("b")
	more := w.want(200, w.get("/v1/events?cursor="+cursor))
	if len(more.items()) != 1 || more.items()[0]["type"] != "invitation.created" {
		t.Errorf("not the one new event: %s", more.body)
	}
}

func TestOrganisationsComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 4 {
		w.organisation(fmt.Sprint("Another ", i))
	}
	if n := len(w.as(adminKey).walk("/v1/organisations?limit=2")); n != 5 {
		t.Errorf("%d organisations", n)
	}
}
