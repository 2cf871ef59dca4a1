package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"relance/engine"
)

// send posts the form of the page that goes where part says, as a browser would.
func (w *world) send(p *page, part string) *page {
	w.t.Helper()
	for _, f := range p.all("form") {
		if !strings.Contains(attr(f, "action"), part) {
			continue
		}
		v := url.Values{}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && n.Data == "input" {
				v.Set(attr(n, "name"), attr(n, "value"))
			}
		}
		return w.do(postOf(attr(f, "action"), v))
	}
	w.t.Fatalf("no form to %s: %s", part, p.says())
	return nil
}

// farAway books an appointment three weeks ahead and returns its page.
func (w *world) farAway() *page {
	w.t.Helper()
	return w.follow(w.submit(w.get("/r/tok/check?start=2026-06-02T08:00:00Z")))
}

func TestAsksForAnEarlierSlotAndNoLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.farAway()
	asked := w.send(home, "/earlier")
	same(t, "ask", asked, w.send(home, "/earlier"))
	p := w.follow(asked)
	if !strings.Contains(p.notice(), "si une place se libère plus tôt") || !strings.Contains(p.says(), "Ne plus m'avertir") {
		t.Errorf("asked: %s", p.says())
	}
	ended := w.send(p, "/earlier")
	same(t, "end", ended, w.send(p, "/earlier"))
	if p = w.follow(ended); !strings.Contains(p.notice(), "plus de place plus tôt") || !strings.Contains(p.says(), "M'avertir si") {
		t.Errorf("ended: %s", p.says())
	}
	if n := w.engine.Changes(); n != 3 {
		t.Errorf("%d changes, want 3", n)
	}
	w.engine.Change("tok", func(_ *engine.Invitation, a *engine.Appointment) { a.Start = monday.Add(100 * time.Hour) })
	if near := w.get("/r/tok"); strings.Contains(near.says(), "plus tôt") {
		t.Errorf("four days before, an earlier slot can be asked for: %s", near.says())
	}
	if p := w.post("/r/tok/earlier", "apt", "apt_1", "want", "1"); p.StatusCode != http.StatusConflict {
		t.Errorf("an old form: %d", p.StatusCode)
	}
}

func TestTakesAFreedSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.farAway()
	w.engine.Free("tok", mustTime("2026-05-14T08:00:00Z"))
	home := w.get("/r/tok")
	if !strings.Contains(home.says(), "Jeudi 14 mai à 10 h. La première réponse l'emporte. Sinon, votre rendez-vous ne change pas.") || !strings.Contains(home.says(), "Mardi 2 juin") {
		t.Fatalf("offered: %s", home.says())
	}
	one := w.send(home, "/take")
	same(t, "take", one, w.send(home, "/take"))
	p := w.follow(one)
	if !strings.Contains(p.says(), "Jeudi 14 mai à 10 h") || !strings.Contains(p.notice(), "changé de date") || len(p.all("form")) != 0 {
		t.Errorf("taken: %s", p.says())
	}
}

// Who was too late learns so when they try, or look; their appointment stands.
func TestAFreedSlotThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.farAway()
	w.engine.Free("tok", mustTime("2026-05-14T08:00:00Z"))
	home, before := w.get("/r/tok"), w.engine.Changes()
	w.engine.Take(mustTime("2026-05-14T08:00:00Z"))
	p := w.send(home, "/take")
	if p.StatusCode != http.StatusConflict || !strings.Contains(p.notice(), "n'est plus libre. Votre rendez-vous ne change pas.") || !strings.Contains(p.says(), "2 juin") {
		t.Errorf("too late: %d %s", p.StatusCode, p.says())
	}
	if look := w.get("/r/tok"); look.notice() != "" || !strings.Contains(look.says(), "jeudi 14 mai à 10 h, n'est plus libre") {
		t.Errorf("looking: %s", look.says())
	}
	if w.engine.Changes() != before {
		t.Error("something was changed")
	}
	if p := w.post("/r/tok/earlier/take", "apt", "apt_1", "seq", "0", "start", "x"); p.StatusCode != http.StatusBadRequest {
		t.Errorf("a start that is none: %d", p.StatusCode)
	}
}
