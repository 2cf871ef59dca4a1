package calendars

import (
	"slices"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/fr"
)

// Region is a part of France with its own public holidays: "FR", or "FR-" and the code
// of a département or territory as in ISO 3166-2. Any metropolitan département code is
// valid ("FR-35", "FR-2A"); the two-letter codes GP, MQ, GF, RE and YT are understood
// too. The empty region has no holidays.
type Region string

// The regions. FR-67 and FR-68 are Alsace-Moselle like FR-57.
const (
	Metropole             Region = "FR"
	AlsaceMoselle         Region = "FR-57"
	Guadeloupe            Region = "FR-971"
	Martinique            Region = "FR-972"
	Guyane                Region = "FR-973"
	Reunion               Region = "FR-974"
	SaintPierreEtMiquelon Region = "FR-PM"
	Mayotte               Region = "FR-976"
	SaintBarthelemy       Region = "FR-BL"
	SaintMartin           Region = "FR-MF"
	WallisEtFutuna        Region = "FR-WF"
	Polynesie             Region = "FR-PF"
	NouvelleCaledonie     Region = "FR-NC"
)

// Valid reports whether the region is known. The empty region is.
func (r Region) Valid() bool {
	_, ok := r.canonical()
	return ok
}

// Holidays lists the public holidays of a year, sorted; nil for the empty region and
// for one that is not Valid.
func (r Region) Holidays(year int) []Date {
	days := r.days(year)
	if days == nil {
		return nil
	}
	out := make([]Date, len(days))
	for i, d := range days {
		out[i] = d.date()
	}
	return out
}

// HolidayCheck gives a function that reports whether the wall date of t, in t's own location, is a public
// holiday of the region. It works each year out once, and is safe for concurrent use.
func (r Region) HolidayCheck() func(time.Time) bool {
	var years sync.Map // year → []day
	return func(t time.Time) bool {
		days, ok := years.Load(t.Year())
		if !ok {
			days, _ = years.LoadOrStore(t.Year(), r.days(t.Year()))
		}
		return hasDay(days.([]day), dayOf(t.Date()))
	}
}

// days gives the holidays of a year as sorted days.
func (r Region) days(year int) []day {
	canonical, ok := r.canonical()
	if !ok || canonical == "" {
		return nil
	}
	var out []day
	for _, list := range [][]*cal.Holiday{fr.Holidays, canonical.local()} {
		for _, h := range list {
			// The library's times are midnight in its own location: only the date counts.
			if actual, _ := h.Calc(year); !actual.IsZero() {
				out = append(out, dayOf(actual.Date()))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// canonical maps every accepted spelling to one of the constants, or to "".
func (r Region) canonical() (Region, bool) {
	switch r {
	case "FR-67", "FR-68":
		return AlsaceMoselle, true
	case "FR-GP":
		return Guadeloupe, true
	case "FR-MQ":
		return Martinique, true
	case "FR-GF":
		return Guyane, true
	case "FR-RE":
		return Reunion, true
	case "FR-YT":
		return Mayotte, true
	case "FR-975":
		return SaintPierreEtMiquelon, true
	case "FR-977":
		return SaintBarthelemy, true
	case "FR-978":
		return SaintMartin, true
	case "FR-986":
		return WallisEtFutuna, true
	case "FR-987":
		return Polynesie, true
	case "FR-988":
		return NouvelleCaledonie, true
	case "", Metropole, AlsaceMoselle, Guadeloupe, Martinique, Guyane, Reunion, SaintPierreEtMiquelon,
		Mayotte, SaintBarthelemy, SaintMartin, WallisEtFutuna, Polynesie, NouvelleCaledonie:
		return r, true
	}
	if r.departement() {
		return Metropole, true
	}
	return "", false
}

// departement reports whether the region is a metropolitan département, FR-01 to
// FR-95 with Corsica as 2A and 2B instead of 20.
func (r Region) departement() bool {
	if len(r) != 5 || r[:3] != "FR-" {
		return false
	}
	code := string(r[3:])
	if code == "2A" || code == "2B" {
		return true
	}
	digits := code[0] >= '0' && code[0] <= '9' && code[1] >= '0' && code[1] <= '9'
	return digits && code >= "01" && code <= "95" && code != "20"
}

// local gives the holidays a region has besides the national eleven. Sources: labour
// code L3134-13 (Alsace-Moselle), law 83-550 and its decree (abolition days), the
// labour codes of the Pacific territories, and the State's open data, which also lists
// 21 July in Guadeloupe and Martinique. Good Friday is custom there, not law.
func (r Region) local() []*cal.Holiday {
	switch r {
	case AlsaceMoselle:
		return []*cal.Holiday{aa.GoodFriday, aa.ChristmasDay2}
	case Guadeloupe:
		return []*cal.Holiday{on(time.May, 27), on(time.July, 21)}
	case Martinique:
		return []*cal.Holiday{on(time.May, 22), on(time.July, 21)}
	case Guyane:
		return []*cal.Holiday{on(time.June, 10)}
	case Reunion:
		return []*cal.Holiday{on(time.December, 20)}
	case Mayotte:
		return []*cal.Holiday{on(time.April, 27)}
	case SaintBarthelemy:
		return []*cal.Holiday{on(time.October, 9)}
	case SaintMartin:
		return []*cal.Holiday{on(time.May, 28)}
	case Polynesie:
		return polynesia()
	case NouvelleCaledonie:
		return []*cal.Holiday{on(time.September, 24)}
	case WallisEtFutuna:
		return []*cal.Holiday{on(time.April, 28), on(time.July, 29)}
	}
	return nil
}

// polynesia: Matari'i (20 November) replaced the day of autonomy (29 June) in 2025.
func polynesia() []*cal.Holiday {
	autonomy, matarii := on(time.June, 29), on(time.November, 20)
	autonomy.EndYear, matarii.StartYear = 2024, 2025
	return []*cal.Holiday{on(time.March, 5), aa.GoodFriday, autonomy, matarii}
}

// on gives a holiday on a fixed day of the year.
func on(month time.Month, dom int) *cal.Holiday {
	return &cal.Holiday{Type: cal.ObservancePublic, Month: month, Day: dom, Func: cal.CalcDayOfMonth}
}
