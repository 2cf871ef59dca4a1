package wording_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/channels/text"
	"relance/channels/wording"
)

// everything has a value for every variable of every kind but the lists.
func everything() wording.Vars {
	return wording.Vars{
		"organisation": "Département de Meurthe-et-Moselle",
		"service":      "Premier rendez-vous RSA",
		"phone":        "03 83 00 00 00",
		"link":         "https://rdv.meurthe-et-moselle.example/r/k7mp2rstv",
		"last_day":     "mercredi 30 septembre",
		"date":         "mercredi 30 septembre",
		"time":         "10 h 30",
		"until":        "15 h 45",
		"old_date":     "mercredi 23 septembre",
		"old_time":     "11 h 15",
		"place":        "Maison du département, 12 rue Jean-Jaurès, 54000 Nancy",
		"duration":     45,
		"first_name":   "Marie-Thérèse",
		"consequence":  "Sans rendez-vous, votre demande reste en attente.",
		"reason":       "La personne qui vous reçoit est malade.",
		"can_change":   true,
		"replies":      false,
		"rung":         2,
	}
}

func book(t testing.TB) *wording.Book {
	t.Helper()
	b, err := wording.Default()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func render(t testing.TB, b *wording.Book, lang string, ch wording.Channel, k wording.Kind, v wording.Vars) wording.Text {
	t.Helper()
	got, err := b.Render(lang, ch, k, v)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func with(v wording.Vars, name string, value any) wording.Vars {
	v[name] = value
	return v
}

func TestLongNamesStayInTwoParts(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, lang := range []string{"fr", "en"} {
		for _, k := range wording.Kinds() {
			for _, replies := range []bool{false, true} {
				vars := with(everything(), "replies", replies)
				checkParts(t, lang, k, render(t, b, lang, wording.SMS, k, vars).Body, 3)
				delete(vars, "consequence") // the organisation's own sentences may take a third
				delete(vars, "reason")
				most := 2
				if k == wording.Convocation && replies {
					most = 3 // it says how to answer by SMS and by the link
				}
				checkParts(t, lang, k, render(t, b, lang, wording.SMS, k, vars).Body, most)
			}
		}
	}
}

// Arabic and Ukrainian travel as UCS-2, 67 characters a part.
func TestOtherAlphabetsStayInThreeParts(t *testing.T) {
	t.Parallel()
	b := book(t)
	vars := everything()
	delete(vars, "consequence")
	delete(vars, "reason")
	for _, lang := range []string{"ar", "uk"} {
		now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
		for name, day := range map[string]int{"date": 30, "old_date": 23, "last_day": 30} {
			vars[name] = b.Date(lang, time.Date(2026, 9, day, 10, 30, 0, 0, time.UTC), now)
		}
		vars["time"], vars["until"] = b.Hour(lang, now), b.Hour(lang, now)
		threeParts := func(k wording.Kind, vars wording.Vars) {
			t.Helper()
			sms := text.Split(text.Rewrite(render(t, b, lang, wording.SMS, k, vars).Body))
			if sms.Encoding != text.UCS2 || len(sms.Parts) > 3 {
				t.Errorf("%s %s: %s, %d units, %d parts:\n%s", lang, k, sms.Encoding, sms.Units, len(sms.Parts), sms.Text)
			}
		}
		for _, k := range wording.Kinds() {
			threeParts(k, vars)
		}
		// A place as long as this goes, as the engine has it, before one of the two ways to answer does.
		told := with(with(maps.Clone(vars), "replies", true), "place", "")
		threeParts(wording.Convocation, told)
		short := with(with(maps.Clone(told), "place", "CMS, 12 rue Jean-Jaurès, 54000 Nancy"), "link", "https://rdv.example.fr/r/k7mp2rstvwx")
		threeParts(wording.Convocation, with(short, "organisation", "Département du Nord"))
	}
}

func TestListsStayInThreeParts(t *testing.T) {
	t.Parallel()
	b := book(t)
	vars := everything()
	slot := wording.Vars{"date": vars["date"], "time": vars["time"], "service": vars["service"], "place": vars["place"]}
	vars["slots"] = []wording.Vars{slot, slot, slot}
	vars["appointments"] = []wording.Vars{slot, slot}
	for _, lang := range []string{"fr", "en"} {
		for _, k := range []wording.Kind{wording.Reminder, wording.Offer, wording.ReplyHelp, wording.ReplyChange} {
			checkParts(t, lang, k, render(t, b, lang, wording.SMS, k, vars).Body, 3)
		}
	}
}

func checkParts(t *testing.T, lang string, k wording.Kind, body string, most int) {
	t.Helper()
	sms := text.Split(text.Rewrite(body))
	if sms.Encoding != text.GSM7 || len(sms.Parts) > most {
		t.Errorf("%s %s: %s, %d units, %d parts:\n%s", lang, k, sms.Encoding, sms.Units, len(sms.Parts), body)
	}
}

func TestRepliesAreAskedOnlyWhenTheyCanCome(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, k := range []wording.Kind{wording.Reminder, wording.Convocation} {
		yes := render(t, b, "fr", wording.SMS, k, with(everything(), "replies", true)).Body
		if !strings.Contains(yes, "Répondez 1 : je viens, 2 : changer, 3 : annuler.") || strings.Contains(yes, "https:") != (k == wording.Convocation) {
			t.Errorf("%s with replies:\n%s", k, yes)
		}
		no := render(t, b, "fr", wording.SMS, k, everything()).Body
		if strings.Contains(no, "Répondez") || !strings.Contains(no, "https:") {
			t.Errorf("%s without replies:\n%s", k, no)
		}
	}
	for _, body := range []string{"Répondez OUI pour venir", "Merci de répondre : 1", "Reply STOP to stop", "Дайте відповідь: 1", "Надішліть 1", "Répondez APPEL, et nous vous appelons", "أجيبوا: ١"} {
		own := map[string]string{"fr/sms/reminder": "{{ organisation }} : le {{ date }}. {{ link }} {{ phone }} " + body}
		for _, replies := range []bool{true, false} {
			asked := slices.ContainsFunc(b.Lint(own, replies), func(f wording.Finding) bool { return f.Code == "mute_sender" && !f.Advice })
			if asked == replies {
				t.Errorf("%q with replies %v: found %v", body, replies, asked)
			}
		}
	}
	calls := map[string]string{"fr/sms/reminder": "{{ organisation }} : le {{ date }}. {{ link }} {{ phone }} Pour répondre, appelez-nous. Send a letter or call us."}
	if slices.ContainsFunc(b.Lint(calls, false), func(f wording.Finding) bool { return f.Code == "mute_sender" }) {
		t.Error("a text that asks to be called is taken for one that asks for a reply")
	}
}

// Who was booked in without being asked can move or cancel by the link, whatever the sender takes (RULES §2).
func TestAConvocationCarriesItsLink(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, lang := range b.Languages() {
		for n := range 4 {
			vars := with(with(everything(), "replies", n&1 == 1), "can_change", n&2 == 2)
			for _, ch := range []wording.Channel{wording.SMS, wording.Email} {
				if body := render(t, b, lang, ch, wording.Convocation, vars).Body; !strings.Contains(body, vars["link"].(string)) {
					t.Errorf("%s by %s, replies %v, can_change %v, has no link:\n%s", lang, ch, vars["replies"], vars["can_change"], body)
				}
			}
		}
	}
	own := "{{ organisation }} : le {{ date }} à {{ time }}. {% if replies %}Répondez 1.{% else %}{{ link }}{% endif %} {{ phone }}"
	own = strings.Replace(own, "{{ link }}", "{% if link %}{{ link }}{% endif %}", 1)
	if !slices.ContainsFunc(b.Lint(map[string]string{"fr/sms/convocation": own}, true), func(f wording.Finding) bool { return f.Code == "no_link" && f.Advice }) {
		t.Error("nobody is told that a convocation of theirs leaves out the link")
	}
}

// The words of one relance are looked at as those of every relance, under their own name.
func TestWordsOfOneRelance(t *testing.T) {
	t.Parallel()
	b := book(t)
	for name, code := range map[string]string{
		"fr/sms/relance_1": "no_link", "fr/sms/relance_10": "no_link", "fr/email/relance_2": "no_link", "uk/email/relance_3.subject": "unknown_variable",
		"fr/sms/relance_11": "unknown_text", "fr/sms/relance_0": "unknown_text", "fr/sms/invitation_1": "unknown_text", "fr/sms/relance_": "unknown_text",
	} {
		found := b.Lint(map[string]string{name: "{{ organisation }} : {{ nothing }} {{ phone }}"}, true)
		if code == "no_link" {
			found = b.Lint(map[string]string{name: "{{ organisation }} : encore {{ rung }}. {{ phone }}"}, true)
		}
		if len(found) == 0 || found[0].Code != code || found[0].Text != name || found[0].Advice {
			t.Errorf("%s: found %+v, want %s", name, found, code)
		}
	}
}

func TestValuesAreText(t *testing.T) {
	t.Parallel()
	b := book(t)
	vars := everything()
	vars["organisation"] = `L'Amie & <b>Co</b> {{ phone }}`
	vars["service"] = "<script>alert(1)</script>\r\nBcc: x"
	vars["place"] = "[Gagnez](https://evil.example)"
	sms := render(t, b, "fr", wording.SMS, wording.Confirmation, vars).Body
	if !strings.HasPrefix(sms, `L'Amie & <b>Co</b> {{ phone }} - <script>alert(1)</script>  Bcc: x : `) {
		t.Errorf("the SMS changed its values:\n%s", sms)
	}
	mail := render(t, b, "fr", wording.Email, wording.Confirmation, vars)
	for _, bad := range []string{"<script", "<b>", `href="https://evil`} {
		if strings.Contains(mail.HTML, bad) {
			t.Errorf("HTML holds %q", bad)
		}
	}
	if !strings.Contains(mail.HTML, "&lt;script&gt;alert(1)&lt;/script&gt;") || !strings.Contains(mail.Body, "<script>alert(1)</script>") {
		t.Errorf("HTML is not escaped or text is:\n%s\n%s", mail.HTML, mail.Body)
	}
	if strings.ContainsAny(mail.Subject, "\r\n") || strings.Contains(mail.Body, "\nBcc:") {
		t.Error("a value broke a line")
	}
	vars["link"] = "javascript:alert(1)"
	if mail := render(t, b, "fr", wording.Email, wording.Confirmation, vars); strings.Contains(mail.HTML, `href="javascript`) {
		t.Error("the link may run a script")
	}
}

func TestEmailSaysTheSameTwice(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, lang := range b.Languages() {
		for _, k := range wording.Kinds() {
			if k.OnlySMS() {
				continue
			}
			vars := everything()
			mail := render(t, b, lang, wording.Email, k, vars)
			for line := range strings.Lines(mail.Body) {
				line = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(line, "\u200f")), "- ")
				html := strings.ReplaceAll(strings.ReplaceAll(line, "&", "&amp;"), "'", "&#39;")
				if !strings.Contains(mail.HTML, html) {
					t.Errorf("%s %s: the HTML lacks %q", lang, k, line)
				}
			}
			if !strings.Contains(mail.HTML, `<a href="`+vars["link"].(string)+`"`) || strings.Contains(mail.HTML, "<img") || !strings.Contains(mail.HTML, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s: the page has no link, no language, or an image", lang, k)
			}
			if !strings.Contains(mail.Subject, "mercredi") || !strings.HasPrefix(strings.TrimPrefix(mail.Subject, "\u200f"), "Département") {
				t.Errorf("%s %s: subject %q", lang, k, mail.Subject)
			}
		}
	}
}

func TestWithRefuses(t *testing.T) {
	t.Parallel()
	b := book(t)
	whole := "{{ organisation }} {{ link }} {% if last_day %}{{ last_day }}{% endif %} "
	cases := map[string][3]string{
		"unknown key":              {"fr/sms/invitations", whole, `no text named "fr/sms/invitations"`},
		"unknown language":         {"xx/sms/invitation", whole, "no text named"},
		"subject of an SMS":        {"fr/sms/invitation.subject", whole, "no text named"},
		"unknown variable":         {"fr/sms/invitation", whole + "{{ organization }}", `the variable "organization" is unknown`},
		"in a condition":           {"fr/sms/invitation", whole + "{% if nobody %}x{% endif %}", `"nobody" is unknown`},
		"in a branch never taken":  {"fr/sms/invitation", whole + "{% if false %}{{ nobody }}{% endif %}", `"nobody" is unknown`},
		"of another kind":          {"fr/sms/invitation", whole + "{{ date }}", `"date" is unknown`},
		"shown untested":           {"fr/sms/invitation", whole + "{{ first_name }}", "undefined variable in {{ first_name }}; a variable that is not always there"},
		"bad tag":                  {"fr/sms/invitation", whole + "{% iff link %}", `the tag "iff" is unknown`},
		"file read":                {"fr/sms/invitation", whole + "{% include 'x' %}", `the tag "include" is unknown`},
		"tag left open":            {"fr/sms/invitation", whole + "{% if link %}x", "line 1"},
		"half a tag":               {"fr/sms/invitation", whole + "\n\n{{ link", "line 3"},
		"closing alone":            {"fr/sms/invitation", whole + "link }}", "no other half"},
		"unknown filter":           {"fr/sms/invitation", whole + "{{ link | shorten }}", `the filter "shorten" is unknown`},
		"unknown filter untaken":   {"fr/sms/invitation", whole + "{% if false %}{{ link | shorten }}{% endif %}", "unknown"},
		"range":                    {"fr/sms/invitation", whole + "{% for i in (1..9) %}x{% endfor %}", "for x in list"},
		"not a list":               {"fr/sms/invitation", whole + "{% for i in link %}x{% endfor %}", "not a list"},
		"no link":                  {"fr/sms/invitation", "Bonjour{% if last_day %}{{ last_day }}{% endif %}", "{{ link }}"},
		"no last day":              {"fr/sms/relance", "Bonjour {{ link }}", "{{ last_day }}"},
		"no time":                  {"fr/email/confirmation", "Le {{ date }}", "{{ time }}"},
		"empty":                    {"fr/sms/stop_ack", " ", "is empty"},
		"empty sometimes":          {"fr/email/reminder.subject", "{% if place %}x{% endif %}", "is empty with some"},
		"list shown":               {"fr/sms/reminder", "{{ date }}{% if appointments %}{{ appointments }}{% endif %}", "is a list"},
		"item shown":               {"fr/sms/reminder", "{{ date }}{% for a in appointments %}{{ a }}{% endfor %}", "several values"},
		"unknown field":            {"fr/sms/reminder", "{{ date }}{% for a in appointments %}{{ a.day }}{% endfor %}", `nothing named "day"`},
		"field not always there":   {"fr/sms/reminder", "{{ date }}{% for a in appointments %}{{ a.place }}{% endfor %}", "not always there"},
		"brackets":                 {"fr/sms/reminder", `{{ date }}{% for a in appointments %}{{ a["x"] }}{% endfor %}`, "only names"},
		"too long":                 {"fr/sms/stop_ack", strings.Repeat("x", 9000), "the most is"},
		"words after a closing":    {"fr/sms/stop_ack", "x{% if phone %}y{% endif phone %}", "takes nothing"},
		"tag on two lines":         {"fr/sms/stop_ack", "x{{ phone |\nupcase }}", "prints as it is"},
		"tag stuck to its words":   {"fr/sms/stop_ack", "x{%if(phone)%}y", "prints as it is"},
		"empty tag":                {"fr/sms/stop_ack", "x{{ }}", "line 1"},
		"assignment may grow text": {"fr/sms/stop_ack", "{% assign a = phone %}x", `"assign" is unknown`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.With(map[string]string{c[0]: c[1]})
			if err == nil || !strings.Contains(err.Error(), c[2]) {
				t.Errorf("got %v, want it to say %q", err, c[2])
			}
		})
	}
}

func TestWithReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := book(t).With(map[string]string{"fr/sms/stop_ack": "{{ a }}", "en/sms/stop_ack": "{{ b }}", "fr/x": ""})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v", err)
	}
}

func TestWithLeavesTheBookAlone(t *testing.T) {
	t.Parallel()
	b := book(t)
	own, err := b.With(map[string]string{
		"fr/sms/relance": "{{ organisation | upcase }} : {% if rung == 2 %}encore un mot{% else %}un mot{% endif %}. {{ link }} {% if last_day %}Avant : {{ last_day | capitalize }}{% endif %}",
	})
	if err != nil {
		t.Fatal(err)
	}
	vars := with(everything(), "last_day", "été")
	want := "DÉPARTEMENT DE MEURTHE-ET-MOSELLE : encore un mot. " + vars["link"].(string) + " Avant : Été"
	if got := render(t, own, "fr", wording.SMS, wording.Relance, vars).Body; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := render(t, b, "fr", wording.SMS, wording.Relance, vars).Body; strings.Contains(got, "un mot") {
		t.Errorf("the first book changed: %q", got)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	b := book(t)
	secret := "0612345678"
	cases := map[string]struct {
		ch   wording.Channel
		k    wording.Kind
		vars wording.Vars
		want string
	}{
		"missing":     {wording.SMS, wording.Invitation, with(everything(), "link", ""), `"link" is missing`},
		"invisible":   {wording.SMS, wording.Invitation, with(everything(), "link", "\u200b \n"), `"link" is missing`},
		"wrong type":  {wording.SMS, wording.Relance, with(everything(), "rung", secret), `"rung" has a value of type string`},
		"wrong list":  {wording.SMS, wording.Reminder, with(everything(), "appointments", []string{secret}), `"appointments"`},
		"in a list":   {wording.SMS, wording.Reminder, with(everything(), "appointments", []wording.Vars{{"service": secret}}), `item 1 of "appointments": the variable "time" is missing`},
		"no email":    {wording.Email, wording.StopAck, everything(), "no text fr/email/stop_ack"},
		"kind":        {wording.SMS, "shout", everything(), "no text fr/sms/shout"},
		"no channel":  {"fax", wording.Invitation, everything(), "no text fr/fax/invitation"},
		"no variable": {wording.SMS, wording.Invitation, nil, "is missing"},
	}
	for name, c := range cases {
		_, err := b.Render("fr", c.ch, c.k, c.vars)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	b := book(t)
	for asked, want := range map[string]string{"fr": "fr", "en": "en", "en-GB": "en", "EN_us": "en", "": "fr", "tlh": "fr", "../en": "fr"} {
		if got := b.Language(asked); got != want {
			t.Errorf("%q: %q, want %q", asked, got, want)
		}
	}
	if b.Direction("fr") != "ltr" || b.Direction("zz") != "ltr" {
		t.Error("French is not written left to right")
	}
	if b.Direction("ar") != "rtl" {
		t.Error("Arabic is not written right to left")
	}
	french := render(t, b, "fr", wording.SMS, wording.StopAck, everything())
	if got := render(t, b, "tlh", wording.SMS, wording.StopAck, everything()); got != french {
		t.Errorf("an unknown language gave %q", got.Body)
	}
}

func TestDateAndHour(t *testing.T) {
	t.Parallel()
	b := book(t)
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	reunion := time.FixedZone("+04", 4*3600)
	cases := []struct {
		lang string
		at   time.Time
		date string
		hour string
	}{
		{"fr", time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC), "jeudi 14 mai", "10 h"},
		{"fr", time.Date(2026, 5, 1, 10, 5, 0, 0, time.UTC), "vendredi 1er mai", "10 h 05"},
		{"fr", time.Date(2027, 1, 4, 0, 30, 0, 0, time.UTC), "lundi 4 janvier 2027", "0 h 30"},
		{"fr", time.Date(2027, 1, 4, 8, 0, 0, 0, reunion), "lundi 4 janvier", "8 h"}, // already 2027 there
		{"en", time.Date(2026, 5, 14, 10, 30, 0, 0, time.UTC), "Thursday 14 May", "10:30 am"},
		{"en", time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC), "Thursday 1 May 2025", "midday"},
		{"uk", time.Date(2026, 5, 15, 9, 5, 0, 0, time.UTC), "пʼятниця, 15 травня", "9:05"},
		{"ar", time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC), "الخميس 14 مايو", "10:00"},
		{"en", time.Date(2026, 8, 2, 0, 5, 0, 0, time.UTC), "Sunday 2 August", "12:05 am"},
	}
	for _, c := range cases {
		if got := b.Date(c.lang, c.at, now); got != c.date {
			t.Errorf("%s: %q, want %q", c.lang, got, c.date)
		}
		if got := b.Hour(c.lang, c.at); got != c.hour {
			t.Errorf("%s: %q, want %q", c.lang, got, c.hour)
		}
	}
}

func TestRenderTogether(t *testing.T) {
	t.Parallel()
	b := book(t)
	want := render(t, b, "fr", wording.Email, wording.Reminder, everything())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if got, err := b.Render("fr", wording.Email, wording.Reminder, everything()); err != nil || got != want {
					t.Error("another text came out", err)
					return
				}
			}
		})
	}
	all.Wait()
}

func FuzzWith(f *testing.F) {
	b := book(f)
	f.Add("{{ organisation }} : {{ date }} {% if place %}{{ place | upcase }}{% endif %}")
	f.Add("{{ date }}{% for a in appointments %}{{ forloop.index }} {{ a.time }}{% endfor %}")
	f.Add("{% case place %}{% when 'x' %}{{ date }}{% endcase %}")
	f.Add("{{ date | truncate: 3, '…' | append: \"}\" }}")
	f.Fuzz(func(t *testing.T, source string) {
		own, err := b.With(map[string]string{"fr/sms/reminder": source})
		if err != nil {
			return
		}
		if _, err := own.Render("fr", wording.SMS, wording.Reminder, everything()); err != nil {
			t.Fatalf("%q was accepted, then: %v", source, err)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	book := book(b)
	vars := everything()
	for _, ch := range []wording.Channel{wording.SMS, wording.Email} {
		b.Run(string(ch), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := book.Render("fr", ch, wording.Reminder, vars); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		book(b)
	}
}

func BenchmarkWith(b *testing.B) {
	book := book(b)
	for b.Loop() {
		if _, err := book.With(map[string]string{"fr/sms/reminder": "{{ organisation }} : {{ date }}"}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleBook_Render() {
	b, err := wording.Default()
	if err != nil {
		panic(err)
	}
	day := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	message, err := b.Render("fr", wording.SMS, wording.Confirmation, wording.Vars{
		"organisation": "Département de la Drôme",
		"service":      "Accompagnement RSA",
		"date":         b.Date("fr", day, day),
		"time":         b.Hour("fr", day),
		"place":        "12 rue des Alpes, Valence",
		"link":         "https://rdv.example/r/k7mp2rstv",
		"phone":        "04 75 00 00 00",
		"can_change":   true,
	})
	fmt.Println(message.Body, err)
	// Output:
	// Département de la Drôme - Accompagnement RSA : c'est noté, rendez-vous jeudi 14 mai à 10 h.
	// Lieu : 12 rue des Alpes, Valence
	// Changer ou annuler : https://rdv.example/r/k7mp2rstv
	// Une question ? 04 75 00 00 00 <nil>
}

// A place without an address is said in each language's words, shortly; what helps to be there is in
// emails only.
func TestPlacesWithoutAnAddress(t *testing.T) {
	t.Parallel()
	b := book(t)
	for lang, words := range map[string]map[string]string{
		"fr": {"phone": "par téléphone", "video": "en visio", "home": "chez vous"},
		"en": {"phone": "by phone", "video": "by video", "home": "at your home"},
		"ar": {"phone": "عبر الهاتف", "video": "عبر الفيديو", "home": "في منزلكم"},
		"uk": {"phone": "телефоном", "video": "відеозвʼязком", "home": "у вас вдома"},
	} {
		for kind, want := range words {
			vars := everything()
			vars["place_kind"], vars["access"], vars["video"] = kind, "Tram B, arrêt Mairie", "https://visio.example.org/salle-3"
			for _, k := range []wording.Kind{wording.Confirmation, wording.Reminder, wording.Moved, wording.Convocation} {
				sms := render(t, b, lang, wording.SMS, k, vars).Body
				email := render(t, b, lang, wording.Email, k, vars)
				if !strings.Contains(sms, want) || strings.Contains(sms, "Nancy") || strings.Contains(sms, "visio.example") || strings.Contains(sms, "Tram") {
					t.Errorf("%s %s %s: %q", lang, k, kind, sms)
				}
				for _, said := range []string{want, "Tram B", "https://visio.example.org/salle-3"} {
					if !strings.Contains(email.Body, said) {
						t.Errorf("%s %s %s: no %q in %q", lang, k, kind, said, email.Body)
					}
				}
			}
		}
	}
	list := everything()
	list["appointments"] = []wording.Vars{{"service": "RSA", "time": "9 h", "place_kind": "video"}, {"service": "CAF", "time": "10 h"}}
	if got := render(t, b, "fr", wording.SMS, wording.Reminder, list).Body; !strings.Contains(got, "RSA, en visio\n") {
		t.Errorf("a list says %q", got)
	}
}

// Arabic goes from right to left whatever its first letter is, and the groups of a phone number stay in order.
func TestRightToLeft(t *testing.T) {
	t.Parallel()
	b := book(t)
	sms := render(t, b, "ar", wording.SMS, wording.Confirmation, everything()).Body
	lines := strings.Split(sms, "\n")
	if !strings.HasPrefix(lines[0], "\u200fDépartement") || strings.HasPrefix(lines[2], "\u200f") || !strings.HasSuffix(sms, "\u200e03 83 00 00 00") {
		t.Errorf("%q", sms)
	}
	mail := render(t, b, "ar", wording.Email, wording.Confirmation, everything())
	if !strings.HasPrefix(mail.Subject, "\u200f") || !strings.Contains(mail.HTML, "\u200e03 83") || !strings.Contains(mail.HTML, `dir="rtl"`) {
		t.Errorf("%q", mail)
	}
	for _, lang := range []string{"fr", "en", "uk"} {
		if sms := render(t, b, lang, wording.SMS, wording.Confirmation, everything()).Body; strings.ContainsAny(sms, "\u200e\u200f") {
			t.Errorf("%s: %q", lang, sms)
		}
	}
}

// What an organisation's own text is told about before it is saved.
func TestLint(t *testing.T) {
	t.Parallel()
	b := book(t)
	const good = "{{ organisation }} : choisissez votre jour.\n{{ link }}\n{% if last_day %}Vous avez {{ last_day | until }}.{% endif %}\nUne question ? {{ phone }}"
	const reminder = "{{ organisation }} : rendez-vous {{ date }} {{ time | at }}. Pour changer : {{ link }} Tél. {{ phone }}"
	cases := map[string]struct {
		key, source string
		replies     bool
		want        []string // level code line
	}{
		"nothing":               {"fr/sms/invitation", good, false, nil},
		"unknown variable":      {"fr/sms/invitation", good + "\n{{ city }}", false, []string{"error unknown_variable 5"}},
		"two of them":           {"fr/sms/invitation", "{{ town }}\n{{ city }}", false, []string{"error unknown_variable 1", "error unknown_variable 2"}},
		"unknown text":          {"fr/fax/invitation", good, false, []string{"error unknown_text 0"}},
		"no link":               {"fr/sms/invitation", strings.ReplaceAll(good, "{{ link }}", ""), false, []string{"error no_link 0"}},
		"no phone":              {"fr/sms/invitation", strings.ReplaceAll(good, "{{ phone }}", ""), false, []string{"error no_phone 0"}},
		"no organisation":       {"fr/sms/invitation", strings.ReplaceAll(good, "{{ organisation }}", "Bonjour"), false, []string{"error no_organisation 0"}},
		"organisation later":    {"fr/sms/invitation", "Ici " + good, false, []string{"warning organisation_first 1"}},
		"reply of a mute":       {"fr/sms/reminder", reminder + " Répondez 1 pour venir.", false, []string{"error mute_sender 0"}},
		"reply to one that can": {"fr/sms/reminder", reminder + " Répondez 1 pour venir.", true, nil},
		"reply when it can":     {"fr/sms/reminder", reminder + "{% if replies %} Répondez 1.{% endif %}", false, nil},
		"shortener":             {"fr/sms/invitation", good + "\nhttps://bit.ly/3xyz", false, []string{"error shortener 5"}},
		"no shortener":          {"fr/sms/invitation", good + "\nhttps://orbit.lyon.example", false, nil},
		"long sentence":         {"fr/sms/invitation", good + "\nNous vous demandons de bien penser à venir avec tous vos papiers ce jour.", false, []string{"warning long_sentence 0"}},
		"jargon":                {"fr/sms/invitation", good + "\nVeuillez venir.", false, []string{"warning jargon 0"}},
		"jargon in English":     {"en/sms/stop_ack", "{{ organisation }}: click. {{ phone }}", false, []string{"warning jargon 0"}},
		"not in GSM-7":          {"fr/sms/invitation", good + "\n☺", false, []string{"warning unicode 5"}},
		"rewritten":             {"fr/sms/invitation", good + "\nÀ bientôt…", false, nil},
		"reminder without link": {"fr/sms/reminder", "{{ organisation }} : rendez-vous {{ date }} {{ time | at }}. {{ phone }}", false, []string{"warning no_link 0"}},
		"subject":               {"fr/email/invitation.subject", "Votre rendez-vous", false, []string{"warning organisation_first 1"}},
		"errors come first":     {"fr/sms/stop_ack", "Ici {{ organisation }}. Veuillez venir.", false, []string{"error no_phone 0", "warning organisation_first 1", "warning jargon 0"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range b.Lint(map[string]string{c.key: c.source}, c.replies) {
				level := "error"
				if f.Advice {
					level = "warning"
				}
				got = append(got, fmt.Sprintf("%s %s %d", level, f.Code, f.Line))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
