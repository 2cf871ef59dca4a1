package wording

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"relance/channels/dates"
)

// language is the language.yaml of a folder.
type language struct {
	// Name is the language's name in itself.
	Name string `yaml:"name"`
	// Direction is ltr or rtl.
	Direction string `yaml:"direction"`
	// Dates is the file of channels/dates that says its days and hours.
	Dates string `yaml:"dates"`
	// Places says the kinds of places that have no address: phone, video, home.
	Places map[string]string `yaml:"places"`
	// Jargon are words that plain language does without, in small letters; a * ends a beginning.
	Jargon []string `yaml:"jargon"`

	dates *dates.Language
}

// placeKinds are the values of place_kind.
func placeKinds() []string { return []string{"phone", "video", "home"} }

func readLanguage(raw []byte, all map[string]*dates.Language) (*language, error) {
	var l language
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&l); err != nil {
		return nil, err
	}
	if l.Direction != "ltr" && l.Direction != "rtl" {
		return nil, errors.New("direction must be ltr or rtl")
	}
	if l.dates = all[l.Dates]; l.dates == nil {
		return nil, fmt.Errorf("dates must name a file of channels/dates, there is no %q", l.Dates)
	}
	for _, kind := range placeKinds() {
		if l.Places[kind] == "" {
			return nil, fmt.Errorf("places has no words for %s", kind)
		}
	}
	return &l, nil
}

// placed gives place its words where place_kind says that it has no address, in lists too.
func (l *language) placed(v Vars) Vars {
	out := maps.Clone(v)
	for name, value := range v {
		if items, ok := value.([]Vars); ok {
			placed := make([]Vars, len(items))
			for i := range items {
				placed[i] = l.placed(items[i])
			}
			out[name] = placed
		}
	}
	if kind, _ := v["place_kind"].(string); l.Places[kind] != "" {
		out["place"] = l.Places[kind]
	}
	return out
}

// isJargon tells whether a word is on the list.
func (l *language) isJargon(word string) bool {
	word = strings.ToLower(word)
	return slices.ContainsFunc(l.Jargon, func(j string) bool {
		if beginning, ok := strings.CutSuffix(j, "*"); ok {
			return strings.HasPrefix(word, beginning)
		}
		return word == j
	})
}
