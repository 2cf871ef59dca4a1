package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"relance/api"
)

func statsServer(t *testing.T, s api.Stats, asked *string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/stats" || r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		*asked = r.URL.RawQuery
		_ = json.NewEncoder(w).Encode(s)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func someStats() api.Stats {
	f := func(n float64) *float64 { return &n }
	one := 1
	return api.Stats{
		From: "2026-04", To: "2026-05", Zone: "Europe/Paris",
		Total: api.Figures{
			Funnel:     api.Funnel{Queued: 100000, Sent: 80000, Delivered: 70000, Opened: 50000, Booked: 40000, Attended: 20000},
			NoShow:     api.NoShows{All: api.Outcomes{Attended: 20000, NoShow: 4000, Cancelled: 1000, Rate: f(0.16)}},
			SelfBooked: api.Part{Count: 39000, Share: f(0.4875)}, ToBooking: api.Days{Count: 3, Mean: f(4.25), Median: f(2.5)},
			Channels: []api.Route{{Channels: "sms_email", Sent: 80000, Booked: 40000, Attended: 20000}},
			Rungs:    []api.Route{{Rung: new(int), Sent: 80000}, {Rung: &one, Sent: 30000, Booked: 10000}},
			SMS:      api.SMSUse{Messages: 80000, Parts: 160000, Price: 0.045, Cost: f(7200)},
		},
		Weeks: []api.WeekStats{{Week: "2026-W14"}, {Week: "2026-W15", Bookings: 400}, {Week: "2026-W16", Bookings: 800, Attended: 400, NoShow: 3}, {Week: "2026-W17"}},
	}
}

func TestStatsDraws(t *testing.T) {
	t.Parallel()
	var asked string
	srv := statsServer(t, someStats(), &asked)
	for _, env := range []string{"LANG=fr_FR.UTF-8", "LANG=C", ""} {
		code, out, errs := runProgram(t, []string{env}, nil, "stats", "-s", "rsa", "--from", "2026-04", "--to", "2026-05", "--url", srv.URL, "--key", "secret")
		if code != exitOK || asked != "from=2026-04&service=rsa&to=2026-05" {
			t.Fatalf("code %d, asked %q: %s", code, asked, errs)
		}
		block := "#"
		if strings.Contains(env, "UTF") {
			block = "█"
		}
		for _, want := range []string{
			"2026-04 to 2026-05, service rsa (Europe/Paris)",
			"queued       100000  " + strings.Repeat(block, 36),
			"booked        40000  " + strings.Repeat(block, 14),
			"50.0 %", "all             16.0 %     4000     20000       1000", "imposed              -",
			"48.8 % of those sent (39000)", "mean 4.2, median 2.5 (3)", "sms and email", "relance 1", "invitation alone",
			"80000, 160000 parts, cost 7200.00 at 0.045 a part",
			"2026-W15  " + strings.Repeat(block, 12), "2026-W16  " + strings.Repeat(block, 24) + "   800  " + strings.Repeat(block, 10),
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the drawing lacks %q:\n%s", env, want, out)
			}
		}
		if strings.Contains(out, "W14") || strings.Contains(out, "W17") {
			t.Errorf("empty weeks at the ends are drawn:\n%s", out)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("a line of %d columns: %s", n, line)
			}
		}
		if block == "#" && strings.ContainsFunc(out, func(r rune) bool { return r > 126 }) {
			t.Errorf("more than ASCII:\n%s", out)
		}
	}
}

func TestStatsOfNothing(t *testing.T) {
	t.Parallel()
	var asked string
	srv := statsServer(t, api.Stats{From: "2026-05", To: "2026-05", Zone: "Europe/Paris"}, &asked)
	code, out, errs := runProgram(t, nil, nil, "stats", "--url", srv.URL, "--key", "secret")
	if code != exitOK || !strings.Contains(out, "2026-05, all services") || !strings.Contains(out, "No booking") || strings.Contains(out, "NaN") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	if code, _, errs := runProgram(t, nil, nil, "stats", "--url", srv.URL, "--key", "wrong"); code == exitOK || !strings.Contains(errs, "cannot be read") {
		t.Errorf("a wrong key: code %d, %s", code, errs)
	}
}

func TestBarsShowWhatIsSmall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, most int64
		plain   string
		blocks  string
	}{
		{0, 10, "", ""}, {1, 100000, "#", "▏"}, {5, 10, "#####", "█████"}, {10, 10, "##########", "██████████"}, {3, 80, "#", "▍"}, {-1, 10, "", ""}, {0, 0, "", ""},
	} {
		if got := (&drawing{}).bar(c.n, c.most, 10); got != c.plain {
			t.Errorf("%d of %d is %q", c.n, c.most, got)
		}
		if got := (&drawing{blocks: true}).bar(c.n, c.most, 10); got != c.blocks {
			t.Errorf("%d of %d is %q", c.n, c.most, got)
		}
	}
}
