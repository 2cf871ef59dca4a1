// Package dates says days and hours as people of each language write them: "jeudi 14 mai",
// "10 h 30" (RULES §4, "Wording"). The names of days and months are CLDR's; the shape of a date in a
// sentence is a file of this folder, since CLDR has none without a year and its hours are those of
// timetables.
package dates

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gohugoio/locales"
	"github.com/gohugoio/locales/ar"
	"github.com/gohugoio/locales/en_GB"
	"github.com/gohugoio/locales/fr"
	"github.com/gohugoio/locales/uk"
	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var embedded embed.FS

// Language says dates in one language. It never changes.
type Language struct {
	// Locale is where CLDR has the names of days and months: one of cldr below. Without one the file
	// gives Days, from Sunday, and Months, from January, as they stand in a date.
	Locale string   `yaml:"locale"`
	Days   []string `yaml:"days"`
	Months []string `yaml:"months"`
	// First says the first day of a month when it is not a plain 1.
	First string `yaml:"first"`
	// Date and DateYear use {weekday}, {day}, {month} and {year}.
	Date     string `yaml:"date"`
	DateYear string `yaml:"date_year"`
	// OnHour is used on the hour, Minutes otherwise: {h} is 1–12, {H} 0–23, {MM} the minutes on two
	// digits, {half} AM or PM below.
	OnHour  string `yaml:"hour"`
	Minutes string `yaml:"hour_minutes"`
	AM      string `yaml:"am"`
	PM      string `yaml:"pm"`
	// Noon and Midnight, optional, say 12:00 and 0:00.
	Noon     string `yaml:"noon"`
	Midnight string `yaml:"midnight"`
	// On comes before a date in a sentence: "on Thursday". OnDays, from Sunday, are the days with it,
	// where the day itself changes.
	On     string   `yaml:"on"`
	OnDays []string `yaml:"on_days"`
	// Until and UntilDays are the same of a last day: "until Thursday".
	Until     string   `yaml:"until"`
	UntilDays []string `yaml:"until_days"`
	// At comes before an hour in a sentence: "at 10 am". AtHours has what comes before some hours instead.
	At      string            `yaml:"at"`
	AtHours map[string]string `yaml:"at_hours"`
}

// cldr are the locales whose names are linked into the program. Arabic is the one of its standard
// language: every reader of Arabic knows these months from school and television, while those of
// Algeria, Morocco and the Levant differ from each other (and the library has the first two with holes).
func cldr(locale string) locales.Translator {
	switch locale {
	case "ar":
		return ar.New()
	case "en_GB":
		return en_GB.New()
	case "fr":
		return fr.New()
	case "uk":
		return uk.New()
	}
	return nil
}

// All returns every language, by code. The error is a fault of the files, so of the build.
func All() (map[string]*Language, error) {
	return load(embedded)
}

func load(files fs.FS) (map[string]*Language, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	all := make(map[string]*Language, len(names))
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if all[strings.TrimSuffix(name, path.Ext(name))], err = read(raw); err != nil {
			return nil, fmt.Errorf("dates/%s: %w", name, err)
		}
	}
	return all, nil
}

func read(raw []byte) (*Language, error) {
	var l Language
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&l); err != nil {
		return nil, err
	}
	if l.Locale != "" {
		names := cldr(l.Locale)
		if names == nil {
			return nil, fmt.Errorf("locale %s is not linked into the program: give days and months instead", l.Locale)
		}
		l.Days, l.Months = names.WeekdaysWide(), names.MonthsWide()
	}
	return &l, l.check()
}

func (l *Language) check() error {
	switch {
	case len(l.Days) != 7:
		return fmt.Errorf("days has %d names: give 7, from Sunday", len(l.Days))
	case len(l.Months) != 12:
		return fmt.Errorf("months has %d names: give 12, from January", len(l.Months))
	case len(l.OnDays)%7 != 0 || len(l.UntilDays)%7 != 0 || len(l.OnDays)+len(l.UntilDays) > 14:
		return errors.New("on_days and until_days have 7 names, from Sunday, or none")
	case l.Date == "" || l.DateYear == "" || l.OnHour == "" || l.Minutes == "":
		return errors.New("date, date_year, hour and hour_minutes are needed")
	}
	return nil
}

// Day says the day of t, in t's own zone: "jeudi 14 mai". The year is added when it is not that of now.
func (l *Language) Day(t, now time.Time) string {
	form, day := l.Date, strconv.Itoa(t.Day())
	if t.Year() != now.In(t.Location()).Year() {
		form = l.DateYear
	}
	if t.Day() == 1 && l.First != "" {
		day = l.First
	}
	return fill(form, "{weekday}", l.Days[t.Weekday()], "{day}", day,
		"{month}", l.Months[t.Month()-1], "{year}", strconv.Itoa(t.Year()))
}

// Hour says the time of day of t, in t's own zone: "10 h 30", "10:30 am".
func (l *Language) Hour(t time.Time) string {
	form, half := l.Minutes, l.AM
	switch {
	case t.Minute() != 0:
	case t.Hour() == 12 && l.Noon != "":
		return l.Noon
	case t.Hour() == 0 && l.Midnight != "":
		return l.Midnight
	default:
		form = l.OnHour
	}
	if t.Hour() >= 12 {
		half = l.PM
	}
	return fill(form, "{H}", strconv.Itoa(t.Hour()), "{h}", strconv.Itoa((t.Hour()+11)%12+1),
		"{MM}", fmt.Sprintf("%02d", t.Minute()), "{half}", half)
}

// fill puts values in the place of names, given in pairs; a replacer costs more to make than to use.
func fill(form string, pairs ...string) string {
	for n := 0; n < len(pairs); n += 2 {
		form = strings.ReplaceAll(form, pairs[n], pairs[n+1])
	}
	return form
}

// OnDay puts a date that Day wrote into a sentence: "on Thursday 14 May", "у четвер, 14 травня".
func (l *Language) OnDay(date string) string { return l.inflect(date, l.On, l.OnDays) }

// UntilDay does so with the last day there is: "jusqu'au jeudi 14 mai", "до четверга, 14 травня".
func (l *Language) UntilDay(date string) string { return l.inflect(date, l.Until, l.UntilDays) }

// inflect gives the day of a date the form it has in days, or only puts before there.
func (l *Language) inflect(date, before string, days []string) string {
	for i, form := range days {
		if rest, ok := strings.CutPrefix(date, l.Days[i]); ok {
			return form + rest
		}
	}
	return before + date
}

// AtHour puts an hour that Hour wrote into a sentence: "à 10 h", "об 11:30".
func (l *Language) AtHour(hour string) string {
	digits := hour[:len(hour)-len(strings.TrimLeft(hour, "0123456789"))]
	if at, ok := l.AtHours[digits]; ok {
		return at + hour
	}
	return l.At + hour
}
