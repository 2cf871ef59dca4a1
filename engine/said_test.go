package engine_test

import (
	"strings"
	"testing"
	"time"

	"relance/channels/text"
	"relance/channels/wording"
	"relance/engine"
)

// said are the texts that come with the program, as people read them.
type said struct{ book *wording.Book }

func realTexts(t testing.TB) said {
	t.Helper()
	book, err := wording.Default()
	if err != nil {
		t.Fatal(err)
	}
	return said{book}
}

func (s said) Render(lang string, ch engine.Channel, k engine.MessageKind, _ map[string]string, v map[string]any) (engine.Text, error) {
	vars := wording.Vars{}
	for name, value := range v {
		if list, ok := value.([]map[string]any); ok {
			items := make([]wording.Vars, len(list))
			for i := range list {
				items[i] = list[i]
			}
			value = items
		}
		vars[name] = value
	}
	out, err := s.book.Render(lang, wording.Channel(ch), wording.Kind(k), vars)
	if err != nil || ch != engine.SMS {
		return engine.Text{Subject: out.Subject, Body: out.Body, Language: out.Language}, err
	}
	sms := text.Split(text.Rewrite(out.Body))
	return engine.Text{Body: sms.Text, Parts: len(sms.Parts), Encoding: string(sms.Encoding), Units: sms.Units, Language: out.Language}, nil
}
func (s said) Day(lang string, t, now time.Time) string      { return s.book.Date(lang, t, now) }
func (s said) Hour(lang string, t time.Time) string          { return s.book.Hour(lang, t) }
func (s said) Check(m map[string]string, replies bool) error { return nil }

// lastText is what the person read last by SMS.
func (w *world) lastText(name string) string {
	w.t.Helper()
	for i := len(w.sent) - 1; i >= 0; i-- {
		if s := w.sent[i]; s.To == phoneOf(name) {
			return s.Out.Text.Body
		}
	}
	w.t.Fatalf("%s got no SMS", name)
	return ""
}

// What answers a text names a day only while somebody is to come then, and gives a link only while it leads
// somewhere.
func TestALateReplyGetsTheStateOfNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Texts = realTexts(t)
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(26, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.work()
	w.reply("awa", "garder")
	w.work()
	if got := w.lastText("awa"); !strings.Contains(got, "votre rendez-vous est mardi 26 mai à 9 h") || !strings.Contains(got, "/r/") {
		t.Errorf("to who is to come: %s", got)
	}
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
	w.pass(time.Hour)
	w.reply("awa", "garder")
	w.work()
	if got := w.lastText("awa"); !strings.Contains(got, "vous n'avez pas de rendez-vous prévu") || strings.Contains(got, "26 mai") || !strings.Contains(got, "/r/") {
		t.Errorf("after the cancellation: %s", got)
	}
	w.pass(42 * day)
	for _, text := range []string{"oui", "AIDE"} {
		w.reply("awa", text)
		w.work()
		if got := w.lastText("awa"); strings.Contains(got, "26 mai") || strings.Contains(got, "/r/") || strings.Contains(got, "rien à faire") {
			t.Errorf("%q six weeks after: %s", text, got)
		}
	}
}

// Who has no appointment is not told that theirs does not change.
func TestWhoHasNoAppointmentIsAskedForTheirDate(t *testing.T) {
	t.Parallel()
	stays := map[string]string{"fr": "ne change pas", "en": "stays as it is", "ar": "لا يتغير", "uk": "не зміниться"}
	for lang, unchanged := range stays {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.e.Texts = realTexts(t)
			o, err := w.e.Organisation(w.ctx, w.org)
			w.must(o, err)
			o.SMS.Replies, o.Language = false, lang // no slots to choose from: the link
			w.must(w.e.SaveOrganisation(w.ctx, *o))
			inv := w.inviteByPhone("awa")
			w.work()
			asks := func(when string, has bool) {
				t.Helper()
				w.reply("awa", "2")
				w.work()
				if got := w.lastText("awa"); strings.Contains(got, unchanged) != has || !strings.Contains(got, "/r/") {
					t.Errorf("%s: %s", when, got)
				}
				w.pass(3 * time.Hour)
			}
			asks("merely invited", false)
			a, err := w.bookAt(inv, at(26, 9, 0), engine.ByRecipient)
			w.must(a, err)
			asks("booked", true)
			w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
			asks("cancelled", false)
		})
	}
}
