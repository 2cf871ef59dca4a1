package pages_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"relance/engine"
)

// locate gives the organisation an office, a call and a video meeting; morning starts can be at the
// first ones of at, all others are at the last.
func (w *world) locate(at ...string) {
	w.engine.Organisation.Locations = []engine.Location{
		{ID: "msa", Kind: engine.AtOffice, Name: "Maison des solidarités", Address: "4 quai de l'Exemple", Access: "Sonnez deux fois"},
		{ID: "tel", Kind: engine.ByPhone, Name: "Entretien téléphonique"},
		{ID: "visio", Kind: engine.ByVideo, Name: "Salle 3", URL: "https://visio.example.org/salle-3"},
	}
	w.engine.Locations = func(s engine.Slot) []string {
		if s.Start.In(w.engine.Zone).Hour() < 12 {
			return at
		}
		return at[len(at)-1:]
	}
}

func TestThePlaceIsSeenBeforeConfirming(t *testing.T) {
	t.Parallel()
	for lang, words := range map[string][2]string{
		"fr": {"Par téléphone", "En visio"}, "en": {"By phone", "By video"},
		"ar": {"عبر الهاتف", "عبر الفيديو"}, "uk": {"Телефоном", "Відеозвʼязком"},
	} {
		w := newWorld(t)
		w.locate("msa")
		check := w.get(w.get("/r/tok?lang=" + lang).slots()[0])
		if !strings.Contains(check.says(), "Maison des solidarités, 4 quai de l'Exemple") || !strings.Contains(check.says(), "Sonnez deux fois") {
			t.Errorf("%s: an office: %s", lang, check.says())
		}
		w.locate("tel")
		if check := w.get(w.get("/r/tok?lang=" + lang).slots()[0]); !strings.Contains(check.says(), words[0]) {
			t.Errorf("%s: a call: %s", lang, check.says())
		}
		w.locate("visio")
		check = w.get(w.get("/r/tok?lang=" + lang).slots()[0])
		if !strings.Contains(check.says(), words[1]) || check.link("visio.example.org") != "" {
			t.Errorf("%s: a video meeting that is not booked: %s", lang, check.says())
		}
		booked := w.follow(w.submit(check))
		if !strings.Contains(booked.says(), words[1]) || booked.link("visio.example.org") == "" {
			t.Errorf("%s: booked: %s", lang, booked.says())
		}
		ics := w.get("/r/tok/rdv.ics")
		if !strings.Contains(ics.body, "LOCATION:https://visio.example.org/salle-3") || !strings.Contains(ics.body, "URL:https://example.com/r/tok") {
			t.Errorf("%s: the file says %s", lang, ics.body)
		}
	}
}

func TestStartsAtOnePlaceDoNotRepeatIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.locate("msa")
	if p := w.get("/r/tok"); strings.Contains(p.says(), "Maison des solidarités") {
		t.Errorf("said on every start: %s", p.says())
	}
}

func TestThePersonChoosesAmongPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.locate("msa", "tel")
	home := w.get("/r/tok")
	nine := slices.DeleteFunc(home.slots(), func(l string) bool { return !strings.Contains(l, "2026-05-12T07%3A30") })
	if len(nine) != 2 || !strings.Contains(home.says(), "9 h 30 Maison des solidarités 9 h 30 Par téléphone") {
		t.Fatalf("%v in %s", nine, home.says())
	}
	check := w.get(nine[1])
	if !strings.Contains(check.says(), "Par téléphone") {
		t.Errorf("the second: %s", check.says())
	}
	if other := check.link("lang=en"); !strings.Contains(other, "at=tel") {
		t.Errorf("in English it is %q", other)
	}
	_, form := check.form()
	if form.Get("at") != "tel" {
		t.Errorf("the form holds %v", form)
	}
	booked := w.follow(w.submit(check))
	if !strings.Contains(booked.says(), "Par téléphone") {
		t.Errorf("booked: %s", booked.says())
	}
	move := w.get("/r/tok/move")
	there := slices.IndexFunc(move.slots(), func(l string) bool { return strings.Contains(l, "at=msa") })
	check = w.get(move.slots()[there])
	if !strings.Contains(check.says(), "Maison des solidarités") {
		t.Errorf("moving: %s", check.says())
	}
	if moved := w.follow(w.submit(check)); !strings.Contains(moved.says(), "Maison des solidarités") {
		t.Errorf("moved: %s", moved.says())
	}
}

func TestTheNearestSayTheirPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.locate("msa", "tel")
	check := w.get("/r/tok/check?start=2026-05-14T07:00:00Z&at=tel")
	w.engine.Take(mustTime("2026-05-14T07:00:00Z"))
	if p := w.submit(check); !strings.Contains(p.says(), ", Par téléphone") || p.link("at=msa") == "" {
		t.Errorf("offers %s", p.says())
	}
}

// Whatever an address says of the place, the engine decides; nothing of it becomes markup.
func TestAPlaceInTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.locate("msa")
	for _, at := range []string{"", "nowhere", `"><script>alert(1)</script>`} {
		p := w.get("/r/tok/check?start=2026-05-14T08:00:00Z&at=" + url.QueryEscape(at))
		if p.StatusCode != 200 || strings.Contains(p.body, "<script>alert") {
			t.Errorf("at %q: %d %s", at, p.StatusCode, p.says())
		}
		if _, form := p.form(); !form.Has("at") || form.Get("at") != at {
			t.Errorf("at %q: the form holds %v", at, form)
		}
	}
}
