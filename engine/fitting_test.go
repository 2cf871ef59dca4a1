package engine_test

import (
	"testing"

	"relance/engine"
)

// wordy takes a part for what every message says and parts for what it may leave out.
type wordy struct {
	plainTexts
	each int
}

func (x wordy) Render(lang string, ch engine.Channel, k engine.MessageKind, own map[string]string, v map[string]any) (engine.Text, error) {
	text, err := x.plainTexts.Render(lang, ch, k, own, v)
	text.Parts = 1
	for _, name := range []string{"consequence", "place"} {
		if said, _ := v[name].(string); said != "" {
			text.Parts += x.each
			text.Body += " " + said
		}
	}
	return text, err
}

// An SMS that would be too long leaves out the consequence, then the place, rather than not being sent.
func TestATooLongSMSSaysLess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		each  int
		parts int
	}{"all fits": {1, 3}, "without the consequence": {2, 3}, "without the place": {3, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.e.Texts = wordy{each: c.each}
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Consequence: "Sans réponse, rien.", Address: "12 rue des Alpes"})
			w.invite("awa")
			w.work()
			w.book("awa", 0)
			w.work()
			last := w.lastSMS("awa")
			if last.Parts != c.parts || last.State != engine.MessageSent {
				t.Errorf("%d parts, %s %s; want %d", last.Parts, last.State, last.Reason, c.parts)
			}
		})
	}
}
