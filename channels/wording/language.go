package wording

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// language is the language.yaml of a folder: how dates are said.
type language struct {
	// Name is the language's name in itself.
	Name string `yaml:"name"`
	// Direction is ltr or rtl.
	Direction string `yaml:"direction"`
	// Days start on Sunday, Months in January.
	Days   []string `yaml:"days"`
	Months []string `yaml:"months"`
	// First says the first day of a month when it is not a plain 1.
	First string `yaml:"first"`
	// Date and DateYear use {weekday}, {day}, {month} and {year}.
	Date     string `yaml:"date"`
	DateYear string `yaml:"date_year"`
	// Hour is used on the hour, HourMinutes otherwise: {h} is 1–12, {H} 0–23,
	// {MM} the minutes on two digits, {half} AM or PM below.
	Hour        string `yaml:"hour"`
	HourMinutes string `yaml:"hour_minutes"`
	AM          string `yaml:"am"`
	PM          string `yaml:"pm"`
	// Places says the kinds of places that have no address: phone, video, home.
	Places map[string]string `yaml:"places"`
}

// placeKinds are the values of place_kind.
func placeKinds() []string { return []string{"phone", "video", "home"} }

func readLanguage(raw []byte) (*language, error) {
	var l language
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&l); err != nil {
		return nil, err
	}
	switch {
	case len(l.Days) != 7:
		return nil, fmt.Errorf("days has %d names: give 7, from Sunday", len(l.Days))
	case len(l.Months) != 12:
		return nil, fmt.Errorf("months has %d names: give 12", len(l.Months))
	case l.Direction != "ltr" && l.Direction != "rtl":
		return nil, errors.New("direction must be ltr or rtl")
	case l.Date == "" || l.DateYear == "" || l.Hour == "" || l.HourMinutes == "":
		return nil, errors.New("date, date_year, hour and hour_minutes are needed")
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

func (l *language) date(t, now time.Time) string {
	pattern := l.Date
	if t.Year() != now.In(t.Location()).Year() {
		pattern = l.DateYear
	}
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && l.First != "" {
		day = l.First
	}
	return strings.NewReplacer(
		"{weekday}", l.Days[t.Weekday()],
		"{day}", day,
		"{month}", l.Months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year()),
	).Replace(pattern)
}

func (l *language) hour(t time.Time) string {
	pattern := l.HourMinutes
	if t.Minute() == 0 {
		pattern = l.Hour
	}
	half := l.AM
	if t.Hour() >= 12 {
		half = l.PM
	}
	return strings.NewReplacer(
		"{H}", strconv.Itoa(t.Hour()),
		"{h}", strconv.Itoa((t.Hour()+11)%12+1),
		"{MM}", fmt.Sprintf("%02d", t.Minute()),
		"{half}", half,
	).Replace(pattern)
}
