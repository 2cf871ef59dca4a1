package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// longNamed is an organisation of the longest names that may be saved, which writes in the language.
func (w *world) longNamed(lang string, name int) {
	w.t.Helper()
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.Name = ("Conseil departemental de l'Exemple et des Deux-Vallees, Maison des Solidarites Ouest")[:name]
	o.Phone, o.Language = "0800 12 34 56 78 (touche 2, 3)", lang
	o.Locations = []engine.Location{{ID: "far", Kind: engine.AtOffice, Name: strings.Repeat("Maison ", 11)[:76], Address: strings.Repeat("rue Jean-Jaures ", 10)[:158]}}
	w.must(w.e.SaveOrganisation(w.ctx, *o))
	w.change("desk-1", func(c *engine.Calendar) {
		for i := range c.Windows {
			c.Windows[i].Location = "far"
		}
	})
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Consequence: strings.Repeat("Venez. ", 20), ValidityDays: hours(60)})
}

// Nothing that answers somebody dies for its length, in any language, whatever the names.
func TestWhoAnswersIsAnsweredHoweverLongTheNames(t *testing.T) {
	t.Parallel()
	for _, lang := range realTexts(t).book.Languages() {
		for _, name := range []int{43, 80} {
			t.Run(fmt.Sprint(lang, name), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.e.Texts = realTexts(t)
				w.longNamed(lang, name)
				inv := w.inviteByPhone("awa")
				w.until(monday.Add(time.Minute))
				says := func(text string, want engine.MessageKind) {
					t.Helper()
					before := len(w.sent)
					w.reply("awa", text)
					if w.work(); len(w.sent) == before || w.sent[before].Kind != want {
						t.Fatalf("%q is not answered by %s: %v, %v", text, want, w.got("awa"), w.messages(inv))
					}
					w.pass(30 * time.Minute)
				}
				says("euh", engine.KindReplyHelp)
				says("AIDE", engine.KindReplyInfo)
				says("APPEL", engine.KindReplyCall)
				says("2", engine.KindReplyChange)
				w.until(at(19, 10, 0)) // ten answers a day
				a, err := w.bookAt(inv, at(35, 9, 0), engine.ByRecipient)
				w.must(a, err)
				w.work()
				says("oui", engine.KindReplyConfirmed)
				says("plus tôt", engine.KindReplyEarlier)
				w.upToOne("bo", at(28, 9, 0))
				if w.earlierTo("awa") > 0 { // that is no answer: it may be too long
					says("1", engine.KindReplyTaken)
				}
				says("changer", engine.KindReplyChange)
				w.until(at(20, 11, 0))
				says("annuler", engine.KindCancelledByRecipient)
				says("garder", engine.KindReplyNothing)
				says("STOP", engine.KindStopAck)
				says("START", engine.KindStartAck)
				w.noneDied()
			})
		}
	}
}

// upToOne frees a slot that is offered, and has somebody else take it.
func (w *world) upToOne(name string, start time.Time) {
	w.t.Helper()
	w.frees(name, start)
	w.must(w.bookAt(w.invite("quick"), start, engine.ByStaff))
	w.work()
}

// noneDied: no message failed.
func (w *world) noneDied() {
	w.t.Helper()
	for _, m := range all[engine.Message](w, "msg_") {
		if m.State == engine.MessageFailed && m.Answer {
			w.t.Errorf("%s/%s failed: %s", m.Kind, m.Channel, m.Reason)
		}
	}
}

// An offer that the SMS has no room for is no offer: the link alone goes, the slots are free, and the next
// number answers the reminder.
func TestSlotsThatHaveNoRoomAreGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Texts = realTexts(t)
	w.longNamed("ar", 43)
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(26, 10, 0))
	w.reply("awa", "2")
	w.work()
	last := w.sent[len(w.sent)-1].Out
	if last.Message.Kind != engine.KindReplyChange || last.Text.Parts > 3 || !strings.Contains(last.Text.Body, "/r/") || strings.Contains(last.Text.Body, "1:") {
		t.Errorf("%d parts: %s", last.Text.Parts, last.Text.Body)
	}
	if r := w.recipient("awa"); r.Offer != nil || r.Next != nil || w.claimed() != 1 || w.events(engine.EventRecipientOfferEnded) != 1 {
		t.Errorf("%d claims, offered %+v, next %v", w.claimed(), r.Offer, r.Next)
	}
	w.reply("awa", "3")
	w.work()
	if got := w.appointment(a.ID); got.State != engine.CancelledByRecipient {
		t.Errorf("3 to a reminder: %s", got.State)
	}
}

// An offer that staff make keeps the first of its slots when three are too many.
func TestAnOfferWithoutRoomKeepsOneSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Texts = realTexts(t)
	w.longNamed("uk", 80)
	inv := w.inviteByPhone("awa")
	w.work()
	first := w.offered(inv).Slots[0]
	last := w.sent[len(w.sent)-1].Out
	if last.Message.Kind != engine.KindOffer || last.Text.Parts > 3 || strings.Contains(last.Text.Body, "2:") {
		t.Fatalf("%s, %d parts: %s", last.Message.Kind, last.Text.Parts, last.Text.Body)
	}
	if o := w.recipient("awa").Offer; len(o.Slots) != 1 || w.claimed() != 1 {
		t.Errorf("%d claims, offered %+v", w.claimed(), o)
	}
	w.reply("awa", "1")
	w.work()
	if got := w.appointment(w.invitation(inv).Appointment); !got.Start.Equal(first.Start) {
		t.Errorf("1 booked %s", got.Start)
	}
}
