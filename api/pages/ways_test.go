package pages_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"relance/api/pages"
	"relance/engine"
)

func TestEachChannelStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	for way, says := range map[engine.Channel]string{engine.SMS: "SMS", engine.Email: "emails"} {
		w := newWorld(t)
		ask := w.get(w.get("/r/tok").link("/stop?by=" + string(way)))
		if !strings.Contains(ask.h1(), says) || w.engine.Left("tok", way) {
			t.Fatalf("%s: the question is %q", way, ask.h1())
		}
		done := w.follow(w.submit(ask))
		if done.h1() != "C'est noté" || !strings.Contains(done.says(), says) || !w.engine.Left("tok", way) {
			t.Errorf("%s: %q %s", way, done.h1(), done.says())
		}
		if w.engine.Changes() != 1 {
			t.Errorf("%s: %d changes: the other channel goes on", way, w.engine.Changes())
		}
		home := w.get("/r/tok")
		if home.link("/stop?by="+string(way)) != "" {
			t.Errorf("%s: what is stopped can be stopped again", way)
		}
		again := w.follow(w.submit(w.get(home.link("/start?by=" + string(way)))))
		if again.h1() != "C'est noté" || !strings.Contains(again.says(), "à nouveau") || w.engine.Left("tok", way) {
			t.Errorf("%s: taken up again, %q %s", way, again.h1(), again.says())
		}
	}
}

func TestAChannelThatThePersonHasNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p := w.get("/r/tok/stop?by=fax"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("asking answers %d", p.StatusCode)
	}
	if p := w.post("/r/tok/stop", "by", "fax"); p.StatusCode != http.StatusBadRequest || w.engine.Changes() != 0 {
		t.Errorf("posting answers %d", p.StatusCode)
	}
}

// TestOneClick: a mail program posts once, without a page, from anywhere, and is not redirected (RFC 8058).
func TestOneClick(t *testing.T) {
	t.Parallel()
	var parts bytes.Buffer
	form := multipart.NewWriter(&parts)
	if err := form.WriteField("List-Unsubscribe", "One-Click"); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string]string{
		"application/x-www-form-urlencoded": "List-Unsubscribe=One-Click",
		form.FormDataContentType():          parts.String(),
	} {
		w := newWorld(t)
		for range 2 { // again is no news
			r := httptest.NewRequest(http.MethodPost, "/u/tok", strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://webmail.example")
			if p := w.do(r); p.StatusCode != http.StatusOK || !strings.Contains(p.says(), "plus d'emails") {
				t.Errorf("%s: answered %d %s", kind, p.StatusCode, p.says())
			}
		}
		if !w.engine.Left("tok", engine.Email) || w.engine.Left("tok", engine.SMS) || w.engine.Changes() != 1 {
			t.Errorf("%s: email left %v, SMS left %v, %d changes", kind, w.engine.Left("tok", engine.Email), w.engine.Left("tok", engine.SMS), w.engine.Changes())
		}
	}
}

func TestTheUnsubscribePageGoesBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine.Change("tok", func(i *engine.Invitation, _ *engine.Appointment) { i.State = engine.InvitationClosed }) // it outlives the invitation
	ask := w.get("/u/tok")
	if !strings.Contains(ask.h1(), "Ne plus recevoir") || !strings.Contains(ask.says(), w.engine.Organisation.Name) {
		t.Fatalf("the page says %s", ask.says())
	}
	if p := w.follow(w.submit(ask)); !strings.Contains(p.says(), "plus d'emails") || !w.engine.Left("tok", engine.Email) {
		t.Errorf("left: %s", p.says())
	}
	back := w.get("/u/tok")
	if !strings.Contains(back.h1(), "à nouveau") {
		t.Errorf("the page then says %s", back.says())
	}
	if p := w.follow(w.submit(back)); !strings.Contains(p.says(), "à nouveau nos emails") || w.engine.Left("tok", engine.Email) {
		t.Errorf("taken up again: %s", p.says())
	}
	if p := w.post("/u/tok", "do", "dance"); p.StatusCode != http.StatusBadRequest {
		t.Errorf("something else: %d", p.StatusCode)
	}
}

// A button that opens nothing is a dead link like any other, and limited like one.
func TestDeadButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *pages.Options) { o.Misses = pages.Limit{Burst: 3, Every: time.Hour} })
	first := w.get("/r/nobody")
	for _, p := range []*page{w.get("/u/nobody"), w.post("/u/nobody", "List-Unsubscribe", "One-Click")} {
		if p.StatusCode != http.StatusNotFound || p.h1() != first.h1() {
			t.Errorf("answered %d %q", p.StatusCode, p.h1())
		}
	}
	if w.get("/u/nobody").body == "" || w.get("/u/nobody").StatusCode != http.StatusTooManyRequests {
		t.Error("misses are not limited")
	}
	if p := w.get("/u/tok"); p.StatusCode != http.StatusOK {
		t.Errorf("a hit is limited: %d", p.StatusCode)
	}
}

func TestTheButtonsTroubles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine.Fail = func(verb string) error {
		if verb == "stop" {
			return &engine.Error{Code: engine.CodeUnavailable}
		}
		return nil
	}
	if p := w.post("/u/tok", "List-Unsubscribe", "One-Click"); p.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered %d: a mail program must try again", p.StatusCode)
	}
	if p := w.submit(w.get("/r/tok/stop?by=email")); p.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the page answered %d", p.StatusCode)
	}
}
