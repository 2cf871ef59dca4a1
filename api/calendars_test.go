package api_test

import (
	"strings"
	"testing"
)

func TestLimitsAndSeatsOfACalendarAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/calendars/room", `{"max_per_day":8,"max_per_week":30,"windows":[
		{"first_day":"2026-01-05","start":"09:00","end":"12:00","rrule":"FREQ=WEEKLY;BYDAY=TU","seats":12}]}`))
	body := string(w.want(200, w.get("/v1/calendars/room")).body)
	for _, kept := range []string{`"max_per_day":8`, `"max_per_week":30`, `"seats":12`} {
		if !strings.Contains(body, kept) {
			t.Errorf("%s is not in %s", kept, body)
		}
	}
	r := w.want(422, w.put("/v1/calendars/room", `{"max_per_day":-1,"windows":[]}`))
	if !strings.Contains(string(r.body), "/max_per_day") {
		t.Errorf("the refusal names no field: %s", r.body)
	}
}
