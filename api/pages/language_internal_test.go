package pages

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Every language has every text with the same gaps, and no text is unused.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	all, err := loadLanguages()
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Code != fallback || len(all) < 2 {
		t.Fatalf("%d languages, the first is %s", len(all), all[0].Code)
	}
	gaps := regexp.MustCompile(`%[sd]`)
	for _, l := range all {
		if l.Name == "" || l.Dir == "" {
			t.Errorf("%s: name or dir is missing", l.Code)
		}
		for key, text := range all[0].Texts {
			other, ok := l.Texts[key]
			if !ok {
				t.Errorf("texts/%s.json has no %q", l.Code, key)
				continue
			}
			if a, b := gaps.FindAllString(text, -1), gaps.FindAllString(other, -1); strings.Join(a, "") != strings.Join(b, "") {
				t.Errorf("texts/%s.json: %q has the gaps %v, want %v", l.Code, key, b, a)
			}
		}
		if len(l.Texts) != len(all[0].Texts) {
			t.Errorf("texts/%s.json has %d texts, %s has %d", l.Code, len(l.Texts), fallback, len(all[0].Texts))
		}
	}
}

func TestNoTextIsUnused(t *testing.T) {
	t.Parallel()
	all, err := loadLanguages()
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, name := range []string{"pages.html", "home.go", "choose.go", "book.go", "change.go", "sorry.go", "page.go", "call.go", "place.go", "earlier.go", "ways.go"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(raw)
	}
	for key := range all[0].Texts {
		stem, last, _ := strings.Cut(key, ".")
		way := (last == "link" || last == "confirm") && strings.HasPrefix(stem, "st") // stop, startmail, …
		built := last == "title" || last == "text" || stem == "done" || way           // put together where they are used
		if !strings.Contains(sources.String(), `"`+key+`"`) && !(built && strings.Contains(sources.String(), `"`+stem)) {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// Plain French: at most twelve words a sentence, and the person is "vous" (RULES §4).
func TestFrenchIsPlain(t *testing.T) {
	t.Parallel()
	all, err := loadLanguages()
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range all[0].Texts {
		for _, sentence := range regexp.MustCompile(`[.!?]`).Split(text, -1) {
			if n := len(strings.Fields(sentence)); n > 12 {
				t.Errorf("%s: %d words in %q", key, n, sentence)
			}
		}
	}
}

func TestDatesAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	k := newLooks()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC) // already 2027 in Paris
	for _, c := range []struct {
		lang, day, hour string
		at              time.Time
	}{
		{"fr", "jeudi 14 mai 2026", "10\u00a0h", time.Date(2026, 5, 14, 10, 0, 0, 0, paris)},
		{"fr", "vendredi 1er janvier", "9\u00a0h\u00a005", time.Date(2027, 1, 1, 9, 5, 0, 0, paris)},
		{"en", "Friday 1 January", "2:30\u00a0pm", time.Date(2027, 1, 1, 14, 30, 0, 0, paris)},
		{"en", "Saturday 1 January 2028", "9\u00a0am", time.Date(2028, 1, 1, 9, 0, 0, 0, paris)},
		{"uk", "пʼятниця, 1 січня", "9:00", time.Date(2027, 1, 1, 9, 0, 0, 0, paris)},
	} {
		l := k.named(c.lang)
		if got := l.day(c.at, now); got != c.day {
			t.Errorf("%s: %q, want %q", c.lang, got, c.day)
		}
		if got := l.hour(c.at); got != c.hour {
			t.Errorf("%s: %q, want %q", c.lang, got, c.hour)
		}
	}
}

func TestManyAddressesDoNotGrowTheMap(t *testing.T) {
	t.Parallel()
	m := newMisses(Limit{Burst: 1, Every: time.Hour})
	now := time.Date(2026, 5, 11, 7, 0, 0, 0, time.UTC)
	for i := range 3 * generation {
		m.allow(strings.Repeat("x", 1+i%7)+time.Duration(i).String(), now)
	}
	if n := len(m.seen) + len(m.old); n > 2*generation {
		t.Errorf("%d addresses are kept", n)
	}
	m.allow("192.0.2.1", now)
	if m.allow("192.0.2.1", now) {
		t.Error("the limit does not hold")
	}
}
