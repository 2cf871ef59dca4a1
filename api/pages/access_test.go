package pages_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"relance/engine"
)

// every is each kind of page, in each language.
func every(t *testing.T, each func(t *testing.T, name string, p *page)) {
	t.Helper()
	for _, lang := range []string{"fr", "en", "ar", "uk"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.engine.Service.Consequence = "Sans rendez-vous, votre dossier est suspendu."
			q := "?lang=" + lang
			start := "&start=2026-05-14T08:00:00Z"
			show := func(name string, p *page) { t.Run(name, func(t *testing.T) { p.t = t; each(t, name, p) }) }
			show("dead", w.get("/r/nobody"+q))
			show("elsewhere", w.get("/"+q))
			show("done", w.get("/r/-/done/cancelled"+q))
			for _, path := range []string{"", "/check", "/stop", "/decline", "/book"} {
				show("open"+path, w.get("/r/tok"+path+q+start))
			}
			show("more", w.get("/r/tok"+q+"&after=2026-05-20T08:00:00Z"))
			show("days", w.get("/r/tok"+q+"&from=2026-05-20"))
			show("nothing", w.get("/r/tok"+q+"&from=2028-05-20"))
			show("bad", w.get("/r/tok/check"+q+"&start=x"))
			show("stopped", w.get("/r/tok/stop"+q+"&done=1"))
			for _, path := range []string{"/r/tok/stop", "/r/tok/start", "/u/tok"} {
				show(path+" email", w.get(path+q+"&by=email"))
				show(path+" email done", w.get(path+q+"&by=email&done=1"))
			}
			show("one click", w.post("/u/tok"+q, "List-Unsubscribe", "One-Click"))
			show("left", w.get("/u/tok"+q))
			show("left done", w.get("/u/tok"+q+"&done=1"))
			check := w.get("/r/tok/check" + q + start)
			w.engine.Take(mustTime("2026-05-14T08:00:00Z"))
			show("taken", w.submit(check))
			w.engine.Fail = func(verb string) error {
				if verb == "book" {
					return &engine.Error{Code: engine.CodeTooManyMoves}
				}
				return nil
			}
			show("moves", w.submit(check))
			w.engine.Fail = nil
			show("booked", w.follow(w.submit(w.get("/r/tok/check"+q+"&start=2026-05-14T09:00:00Z"))))
			show("stale", w.submit(check))
			for _, path := range []string{"", "/move", "/move/check", "/cancel"} {
				show("booked"+path, w.get("/r/tok"+path+q+start))
			}
			w.engine.Change("tok", func(_ *engine.Invitation, a *engine.Appointment) { a.Start = monday.Add(20 * 24 * time.Hour) })
			w.engine.Free("tok", mustTime("2026-05-15T08:00:00Z"))
			offered := w.get("/r/tok" + q)
			show("earlier", offered)
			show("earlier asked", w.follow(w.send(offered, "/earlier?")))
			w.engine.Take(mustTime("2026-05-15T08:00:00Z"))
			show("earlier gone", w.get("/r/tok"+q))
			show("earlier taken", w.send(offered, "/take"))
			w.engine.Change("tok", func(_ *engine.Invitation, a *engine.Appointment) { a.Start = monday.Add(time.Hour) })
			show("late", w.get("/r/tok"+q))
			show("late cancel", w.get("/r/tok/cancel"+q))
			w.engine.Change("tok", func(_ *engine.Invitation, a *engine.Appointment) { a.Start = monday.Add(-time.Hour) })
			show("past", w.get("/r/tok"+q))
		})
	}
}

func mustTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// What WCAG asks and a parser can see; the browser tests see the rest.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, name string, p *page) {
		root := p.all("html")[0]
		if l := attr(root, "lang"); l == "" || (l == "ar") != (attr(root, "dir") == "rtl") {
			t.Errorf("%s: lang %q, dir %q", name, l, attr(root, "dir"))
		}
		if p.h1() == "" || text(p.all("title")[0]) == "" || len(p.all("main")) != 1 {
			t.Errorf("%s: no heading, title or main", name)
		}
		level, ids := 0, map[string]bool{}
		for n := range p.doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if h := strings.TrimPrefix(n.Data, "h"); len(h) == 1 && h >= "1" && h <= "6" {
				if now := int(h[0] - '0'); now > level+1 {
					t.Errorf("%s: <h%d> after <h%d>", name, now, level)
				} else {
					level = now
				}
			}
			if id := attr(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %s twice", name, id)
				}
				ids[id] = true
			}
			named(t, name, n)
		}
		for n := range p.doc.Descendants() {
			for _, by := range strings.Fields(attr(n, "aria-labelledby")) {
				if !ids[by] {
					t.Errorf("%s: labelled by %q, which is not there", name, by)
				}
			}
		}
		// A text with the wrong number of gaps, or a date with one left open, shows.
		if strings.Contains(p.body, "%!") || strings.Contains(p.says(), "{") {
			t.Errorf("%s: a broken text: %s", name, p.says())
		}
		if strings.Contains(p.body, "user-scalable") || strings.Contains(p.body, "maximum-scale") {
			t.Errorf("%s: the page cannot be enlarged", name)
		}
	})
}

// named checks that whatever can be pressed says what it does.
func named(t *testing.T, page string, n *html.Node) {
	t.Helper()
	switch n.Data {
	case "a", "button":
		said := text(n)
		if said == "" {
			t.Errorf("%s: a <%s> without words", page, n.Data)
		}
		if label := strings.ReplaceAll(attr(n, "aria-label"), "\u00a0", " "); label != "" && !strings.Contains(label, said) {
			t.Errorf("%s: %q is read as %q", page, said, label)
		}
	case "input":
		if attr(n, "type") != "hidden" {
			t.Errorf("%s: an input without a label", page)
		}
	}
}

func TestLanguageOfThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine.Invite("english", "en-GB")
	w.engine.Invite("breton", "br")
	for path, want := range map[string]string{
		"/r/tok": "fr", "/r/tok?lang=en": "en", "/r/tok?lang=xx": "fr", "/r/english": "en", "/r/english?lang=ar": "ar", "/r/breton": "fr", "/r/nobody": "fr",
	} {
		if got := attr(w.get(path).all("html")[0], "lang"); got != want {
			t.Errorf("%s is in %q, want %q", path, got, want)
		}
	}
	p := w.get("/r/tok?lang=en")
	for _, l := range append(p.slots(), p.link("stop"), p.link("decline")) {
		if !strings.Contains(l, "lang=en") {
			t.Errorf("the language is lost on %q", l)
		}
	}
	if booked := w.follow(w.submit(w.get(p.slots()[0]))); attr(booked.all("html")[0], "lang") != "en" {
		t.Error("the language is lost on the way")
	}
	check := w.get("/r/breton/check?start=2026-05-14T08:00:00Z")
	if en := check.link("lang=en"); !strings.Contains(en, "start=2026-05-14") {
		t.Errorf("changing the language loses the slot: %q", en)
	}
}
