package pages

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	tags "golang.org/x/text/language"

	"relance/channels/dates"
)

//go:embed texts/*.json
var textFiles embed.FS

// fallback is the language of whoever asks for none that is there.
const fallback = "fr"

// language is one file of texts/; adding a language is adding a file there and one of dates. Every file
// has the same texts; "%s" and "%d" in them are what the page knows.
type language struct {
	Code  string            `json:"code"` // also its file of channels/dates: a page says days and hours as messages do
	Name  string            `json:"name"` // in itself, on the link that switches to it
	Dir   string            `json:"dir"`  // ltr or rtl
	Texts map[string]string `json:"texts"`

	dates *dates.Language
}

// text is a sentence; a key without one is a defect that a test finds.
func (l *language) text(key string, args ...any) (string, error) {
	s, ok := l.Texts[key]
	if !ok {
		return "", fmt.Errorf("texts/%s.json has no %q", l.Code, key)
	}
	if len(args) == 0 {
		return s, nil
	}
	return fmt.Sprintf(s, args...), nil
}

// day is a date in full, "jeudi 14 mai", with the year when it is not this one.
func (l *language) day(t, now time.Time) string { return l.dates.Day(t, now) }

// hour is a time of day, "10 h" or "10 h 30", that no line ends within.
func (l *language) hour(t time.Time) string {
	return strings.ReplaceAll(l.dates.Hour(t), " ", "\u00a0")
}

// capital makes the first letter of a line one.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// loadLanguages reads texts/; the fallback comes first, then by code.
func loadLanguages() ([]*language, error) {
	files, err := textFiles.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	said, err := dates.All()
	if err != nil {
		return nil, err
	}
	var all []*language
	for _, f := range files {
		raw, err := textFiles.ReadFile("texts/" + f.Name())
		if err != nil {
			return nil, err
		}
		l := &language{}
		if err := json.Unmarshal(raw, l); err != nil {
			return nil, fmt.Errorf("texts/%s: %w", f.Name(), err)
		}
		if l.dates = said[l.Code]; l.dates == nil {
			return nil, fmt.Errorf("channels/dates has no file for %s", l.Code)
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *language) int {
		return cmp.Or(order(a)-order(b), cmp.Compare(a.Code, b.Code))
	})
	return all, nil
}

func order(l *language) int {
	if l.Code == fallback {
		return 0
	}
	return 1
}

// language is ?lang=, else the person's own, else what the browser asks for. chosen tells
// that it was ?lang=, which links then carry on.
func (k *looks) language(r *http.Request, person string) (l *language, chosen bool) {
	if l := k.named(r.URL.Query().Get("lang")); l != nil {
		return l, true
	}
	if l := k.named(person); l != nil {
		return l, false
	}
	_, i := tags.MatchStrings(k.matcher, r.Header.Get("Accept-Language"))
	return k.languages[i], false
}

// named finds a language by code; "fr-FR" is fr.
func (k *looks) named(code string) *language {
	code, _, _ = strings.Cut(strings.ToLower(code), "-")
	for _, l := range k.languages {
		if l.Code == code {
			return l
		}
	}
	return nil
}
