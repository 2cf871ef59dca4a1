package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (w *world) starts(path string) []string {
	w.t.Helper()
	var out []string
	for _, v := range w.want(200, w.get(path)).items() {
		at, err := time.Parse(time.RFC3339, fmt.Sprint(v["start"]))
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, at.UTC().Format("02 15:04"))
	}
	return out
}

func TestSlotsOfAService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{
		"/v1/slots?service=rsa&limit=2":                                       "19 07:00, 19 07:30",
		"/v1/services/rsa/slots?limit=2":                                      "19 07:00, 19 07:30",
		"/v1/slots?service=rsa&near=2026-05-21T10:00:00Z":                     "21 08:30, 21 09:00, 21 09:30",
		"/v1/services/rsa/slots?near=2026-05-24T10:00:00%2B02:00&limit=1":     "25 07:00",
		"/v1/slots?service=rsa&spread=true&limit=3":                           "19 07:00, 19 12:00, 20 08:00",
		"/v1/slots?service=rsa&spread=true&from=2026-05-21T00:00:00Z&limit=1": "21 07:00",
	} {
		if got := strings.Join(w.starts(path), ", "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if n := len(w.starts("/v1/slots?service=rsa&spread=true")); n != 10 {
		t.Errorf("%d of the best ten", n)
	}
	if n := len(w.starts("/v1/slots?service=rsa")); n != 50 {
		t.Errorf("%d slots without a limit", n)
	}
	if n, whole := len(w.walk("/v1/slots?service=rsa&limit=17")), len(w.walk("/v1/services/rsa/slots?limit=200")); n != whole || n < 100 {
		t.Errorf("%d slots page by page, %d", n, whole)
	}
	seen := map[any]bool{}
	for _, v := range w.walk("/v1/slots?service=rsa&spread=true") {
		if seen[v["start"]] {
			t.Errorf("%v comes twice", v["start"])
		}
		seen[v["start"]] = true
	}
}

func TestAnEmptySpanNamesTheNextSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	next := func(path string) (start, bookable string) {
		t.Helper()
		r := w.want(200, w.get(path))
		a, _ := r.json["next_available"].(map[string]any)
		if len(r.items()) != 0 || a == nil {
			t.Fatalf("%s: %s", path, r.body)
		}
		bookable, _ = a["bookable_from"].(string)
		return fmt.Sprint(a["start"]), bookable
	}
	start, bookable := next("/v1/slots?service=rsa&from=2026-05-23T00:00:00Z&to=2026-05-24T23:00:00Z")
	if start != "2026-05-25T07:00:00Z" || bookable != "" {
		t.Errorf("after a weekend: %s %s", start, bookable)
	}
	start, bookable = next("/v1/slots?service=rsa&from=2026-09-01T00:00:00Z&to=2026-09-10T23:00:00Z")
	if start != "2026-09-01T07:00:00Z" || bookable != "2026-07-18T07:00:00Z" {
		t.Errorf("beyond the horizon: %s %s", start, bookable)
	}
	w.want(200, w.put("/v1/services/rsa", `{"name":"x","calendars":["desk-1"],"duration_min":720}`))
	if r := w.want(200, w.get("/v1/slots?service=rsa")); r.json["next_available"] != nil {
		t.Errorf("twelve hours fit nowhere: %s", r.body)
	}
}

func TestSlotSearchesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{
		"/v1/slots": "service required",
		"/v1/slots?service=rsa&near=2026-05-21T10:00:00Z&spread=true":                     "near contradicts",
		"/v1/slots?service=rsa&near=2026-05-21T10:00:00Z&from=2026-05-21T10:00:00Z":       "near contradicts",
		"/v1/slots?service=rsa&to=2026-05-21T10:00:00Z&spread=true":                       "to contradicts",
		"/v1/slots?service=rsa&limit=0":                                                   "limit out_of_range",
		"/v1/slots?service=rsa&near=tomorrow":                                             "near not_a_time",
		"/v1/slots/explain?service=rsa&from=2026-05-01T00:00:00Z&to=2026-06-02T00:00:00Z": "to out_of_range",
		"/v1/slots/explain?service=rsa&from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z": "to out_of_range",
		"/v1/slots/explain?from=2026-05-02T00:00:00Z":                                     "service required",
		"/v1/slots/explain?service=rsa&day=2026-05-02":                                    "day unknown_field",
	} {
		r := w.refused(422, "invalid", w.get(path))
		if f := r.faults(); len(f) != 1 || f[0] != want {
			t.Errorf("%s: %q, want %q", path, f, want)
		}
	}
	for _, path := range []string{"/v1/slots?service=none", "/v1/slots?service=none&spread=true", "/v1/slots?service=none&near=2026-05-21T10:00:00Z", "/v1/slots/explain?service=none"} {
		w.refused(404, "not_found", w.get(path))
	}
	w.want(401, w.as("").get("/v1/slots/explain?service=rsa"))
	other := w.as(w.newKey(w.organisation("Another")))
	other.refused(404, "not_found", other.get("/v1/slots/explain?service=rsa"))
}

func TestWhyADayIsEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/calendars/desk-2", `{"windows":[{"first_day":"2026-01-05","start":"09:00","end":"10:00","rrule":"FREQ=DAILY","services":["housing"]}],
		"closures":[{"first_day":"2026-05-20"}]}`))
	w.want(200, w.put("/v1/calendars/desk-3", `{"name":"Desk 3","windows":[{"first_day":"2026-01-05","start":"09:00","end":"10:00","rrule":"FREQ=DAILY"}],
		"closures":[{"first_day":"2026-05-20"}]}`))
	w.want(200, w.put("/v1/services/rsa", `{"name":"x","calendars":["desk-1","desk-2","desk-3"],"duration_min":30}`))
	w.want(201, w.post("/v1/appointments", fmt.Sprintf(`{"invitation":%q,"start":"2026-05-20T07:00:00Z"}`, w.invite("anna").text("id"))))

	r := w.want(200, w.get("/v1/slots/explain?service=rsa&from=2026-05-20T00:00:00%2B02:00&to=2026-05-20T23:59:59%2B02:00"))
	for _, want := range []string{
		`"calendar":"desk-1","name":"Desk 1","zone":"Europe/Paris","starts":11,"days":[{"date":"2026-05-20","starts":11,"why":[{"reason":"taken","message":"this time is already taken","starts":["2026-05-20T07:00:00Z"]}]}]`,
		`"reasons":[{"code":"other_services","message":"every window of the calendar is for other services`,
		`"calendar":"desk-3","name":"Desk 3","zone":"Europe/Paris","starts":0,"days":[{"date":"2026-05-20","starts":0,"why":[{"reason":"closed","message":"the calendar is closed at this time","starts":["2026-05-20T07:00:00Z","2026-05-20T07:30:00Z"]}]}]`,
		`"starts":11,"reasons":[],`,
	} {
		if !strings.Contains(r.body, want) {
			t.Errorf("no %s\nin %s", want, r.body)
		}
	}
	if r.json["next_available"] != nil {
		t.Error("a day that is not empty names the next")
	}
	empty := w.want(200, w.get("/v1/slots/explain?service=rsa&from=2026-05-18T09:00:00Z&to=2026-05-18T20:00:00Z"))
	if !strings.Contains(empty.body, `"code":"notice","message":"all of the span is within the service's notice of 24 hours (notice_hours)"`) ||
		empty.json["next_available"] == nil || empty.text("bookable_from") != "2026-05-19T07:00:00Z" {
		t.Errorf("today: %s", empty.body)
	}
	if whole := w.want(200, w.get("/v1/slots/explain?service=rsa")); !strings.Contains(whole.body, `"date":"2026-05-25"`) || strings.Contains(whole.body, `"date":"2026-05-26"`) {
		t.Errorf("without a span it is not a week: %s", whole.body)
	}
}
