package dates_test

import (
	"testing"
	"time"

	"relance/channels/dates"
)

func all(t *testing.T) map[string]*dates.Language {
	t.Helper()
	languages, err := dates.All()
	if err != nil {
		t.Fatal(err)
	}
	return languages
}

// The first Thursday after the 12th of each month of 2026, and the first day of each.
func TestMonths(t *testing.T) {
	t.Parallel()
	want := map[string][12][2]string{
		"fr": {
			{"jeudi 15 janvier", "jeudi 1er janvier"}, {"jeudi 12 février", "dimanche 1er février"}, {"jeudi 12 mars", "dimanche 1er mars"},
			{"jeudi 16 avril", "mercredi 1er avril"}, {"jeudi 14 mai", "vendredi 1er mai"}, {"jeudi 18 juin", "lundi 1er juin"},
			{"jeudi 16 juillet", "mercredi 1er juillet"}, {"jeudi 13 août", "samedi 1er août"}, {"jeudi 17 septembre", "mardi 1er septembre"},
			{"jeudi 15 octobre", "jeudi 1er octobre"}, {"jeudi 12 novembre", "dimanche 1er novembre"}, {"jeudi 17 décembre", "mardi 1er décembre"},
		},
		"en": {
			{"Thursday 15 January", "Thursday 1 January"}, {"Thursday 12 February", "Sunday 1 February"}, {"Thursday 12 March", "Sunday 1 March"},
			{"Thursday 16 April", "Wednesday 1 April"}, {"Thursday 14 May", "Friday 1 May"}, {"Thursday 18 June", "Monday 1 June"},
			{"Thursday 16 July", "Wednesday 1 July"}, {"Thursday 13 August", "Saturday 1 August"}, {"Thursday 17 September", "Tuesday 1 September"},
			{"Thursday 15 October", "Thursday 1 October"}, {"Thursday 12 November", "Sunday 1 November"}, {"Thursday 17 December", "Tuesday 1 December"},
		},
		"ar": {
			{"الخميس 15 يناير", "الخميس 1 يناير"}, {"الخميس 12 فبراير", "الأحد 1 فبراير"}, {"الخميس 12 مارس", "الأحد 1 مارس"},
			{"الخميس 16 أبريل", "الأربعاء 1 أبريل"}, {"الخميس 14 مايو", "الجمعة 1 مايو"}, {"الخميس 18 يونيو", "الاثنين 1 يونيو"},
			{"الخميس 16 يوليو", "الأربعاء 1 يوليو"}, {"الخميس 13 أغسطس", "السبت 1 أغسطس"}, {"الخميس 17 سبتمبر", "الثلاثاء 1 سبتمبر"},
			{"الخميس 15 أكتوبر", "الخميس 1 أكتوبر"}, {"الخميس 12 نوفمبر", "الأحد 1 نوفمبر"}, {"الخميس 17 ديسمبر", "الثلاثاء 1 ديسمبر"},
		},
		"uk": {
			{"четвер, 15 січня", "четвер, 1 січня"}, {"четвер, 12 лютого", "неділя, 1 лютого"}, {"четвер, 12 березня", "неділя, 1 березня"},
			{"четвер, 16 квітня", "середа, 1 квітня"}, {"четвер, 14 травня", "пʼятниця, 1 травня"}, {"четвер, 18 червня", "понеділок, 1 червня"},
			{"четвер, 16 липня", "середа, 1 липня"}, {"четвер, 13 серпня", "субота, 1 серпня"}, {"четвер, 17 вересня", "вівторок, 1 вересня"},
			{"четвер, 15 жовтня", "четвер, 1 жовтня"}, {"четвер, 12 листопада", "неділя, 1 листопада"}, {"четвер, 17 грудня", "вівторок, 1 грудня"},
		},
	}
	languages := all(t)
	if len(languages) != len(want) {
		t.Errorf("%d languages, %d are tested", len(languages), len(want))
	}
	now := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	for code, months := range want {
		for m, days := range months {
			first := time.Date(2026, time.Month(m+1), 1, 10, 0, 0, 0, time.UTC)
			thursday := first.AddDate(0, 0, 11)
			for thursday.Weekday() != time.Thursday {
				thursday = thursday.AddDate(0, 0, 1)
			}
			for i, day := range []time.Time{thursday, first} {
				if got := languages[code].Day(day, now); got != days[i] {
					t.Errorf("%s: %q, want %q", code, got, days[i])
				}
			}
		}
	}
}

func TestHours(t *testing.T) {
	t.Parallel()
	languages := all(t)
	hours := []struct{ h, m int }{{0, 0}, {0, 5}, {9, 0}, {10, 30}, {12, 0}, {12, 5}, {14, 0}, {23, 59}}
	for code, want := range map[string][]string{
		"fr": {"0 h", "0 h 05", "9 h", "10 h 30", "12 h", "12 h 05", "14 h", "23 h 59"},
		"en": {"midnight", "12:05 am", "9 am", "10:30 am", "midday", "12:05 pm", "2 pm", "11:59 pm"},
		"ar": {"0:00", "0:05", "9:00", "10:30", "12:00", "12:05", "14:00", "23:59"},
		"uk": {"0:00", "0:05", "9:00", "10:30", "12:00", "12:05", "14:00", "23:59"},
	} {
		for i, at := range hours {
			if got := languages[code].Hour(time.Date(2026, 5, 14, at.h, at.m, 0, 0, time.UTC)); got != want[i] {
				t.Errorf("%s: %q, want %q", code, got, want[i])
			}
		}
	}
}

// In a sentence the day and the hour take the words and the case that the language asks for.
func TestInASentence(t *testing.T) {
	t.Parallel()
	languages := all(t)
	monday := time.Date(2026, 5, 11, 9, 0, 0, 0, time.UTC)
	for code, want := range map[string][7]string{
		"fr": {"lundi 11 mai", "mardi 12 mai", "mercredi 13 mai", "jeudi 14 mai", "vendredi 15 mai", "samedi 16 mai", "dimanche 17 mai"},
		"en": {"on Monday 11 May", "on Tuesday 12 May", "on Wednesday 13 May", "on Thursday 14 May", "on Friday 15 May", "on Saturday 16 May", "on Sunday 17 May"},
		"ar": {"يوم الاثنين 11 مايو", "يوم الثلاثاء 12 مايو", "يوم الأربعاء 13 مايو", "يوم الخميس 14 مايو", "يوم الجمعة 15 مايو", "يوم السبت 16 مايو", "يوم الأحد 17 مايو"},
		"uk": {"у понеділок, 11 травня", "у вівторок, 12 травня", "у середу, 13 травня", "у четвер, 14 травня", "у пʼятницю, 15 травня", "у суботу, 16 травня", "у неділю, 17 травня"},
	} {
		for i := range want {
			if got := languages[code].OnDay(languages[code].Day(monday.AddDate(0, 0, i), monday)); got != want[i] {
				t.Errorf("%s: %q, want %q", code, got, want[i])
			}
		}
	}
	for code, want := range map[string][7]string{
		"fr": {"jusqu'au lundi 11 mai", "jusqu'au mardi 12 mai", "jusqu'au mercredi 13 mai", "jusqu'au jeudi 14 mai", "jusqu'au vendredi 15 mai", "jusqu'au samedi 16 mai", "jusqu'au dimanche 17 mai"},
		"en": {"until Monday 11 May", "until Tuesday 12 May", "until Wednesday 13 May", "until Thursday 14 May", "until Friday 15 May", "until Saturday 16 May", "until Sunday 17 May"},
		"ar": {"حتى يوم الاثنين 11 مايو", "حتى يوم الثلاثاء 12 مايو", "حتى يوم الأربعاء 13 مايو", "حتى يوم الخميس 14 مايو", "حتى يوم الجمعة 15 مايو", "حتى يوم السبت 16 مايو", "حتى يوم الأحد 17 مايو"},
		"uk": {"до понеділка, 11 травня", "до вівторка, 12 травня", "до середи, 13 травня", "до четверга, 14 травня", "до пʼятниці, 15 травня", "до суботи, 16 травня", "до неділі, 17 травня"},
	} {
		for i := range want {
			if got := languages[code].UntilDay(languages[code].Day(monday.AddDate(0, 0, i), monday)); got != want[i] {
				t.Errorf("%s: %q, want %q", code, got, want[i])
			}
		}
	}
	for code, want := range map[string][4]string{
		"fr": {"à 10 h", "à 11 h", "à 12 h", "à 1 h 30"}, "en": {"at 10 am", "at 11 am", "at midday", "at 1:30 am"},
		"ar": {"الساعة 10:00", "الساعة 11:00", "الساعة 12:00", "الساعة 1:30"}, "uk": {"о 10:00", "об 11:00", "о 12:00", "о 1:30"},
	} {
		for i, at := range []time.Duration{10 * time.Hour, 11 * time.Hour, 12 * time.Hour, 90 * time.Minute} {
			l := languages[code]
			if got := l.AtHour(l.Hour(time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC).Add(at))); got != want[i] {
				t.Errorf("%s: %q, want %q", code, got, want[i])
			}
		}
	}
	if got := languages["uk"].OnDay("завтра") + languages["en"].AtHour(""); got != "завтраat " {
		t.Errorf("what is no date or hour became %q", got)
	}
}

// The year is said when it is not this one, by the zone of the day itself.
func TestYears(t *testing.T) {
	t.Parallel()
	languages := all(t)
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	reunion := time.FixedZone("+04", 4*3600)
	for code, want := range map[string]string{
		"fr": "lundi 4 janvier 2027", "en": "Monday 4 January 2027", "ar": "الاثنين 4 يناير 2027", "uk": "понеділок, 4 січня 2027 р.",
	} {
		if got := languages[code].Day(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC), now); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	if got := languages["fr"].Day(time.Date(2027, 1, 4, 8, 0, 0, 0, reunion), now); got != "lundi 4 janvier" {
		t.Errorf("it is 2027 already there: %q", got)
	}
}
