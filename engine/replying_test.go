package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// reply is an SMS from the person; every call is another message.
func (w *world) reply(name, text string) {
	w.t.Helper()
	w.replies++
	w.receives(fmt.Sprint(w.replies), name, text)
}

func (w *world) receives(id, name, text string) {
	w.t.Helper()
	w.must(nil, w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: id, From: phoneOf(name), To: "+33937000000", Text: text}))
}

func TestUnderstand(t *testing.T) {
	t.Parallel()
	for want, texts := range map[engine.Meaning][]string{
		engine.MeansYes: {
			"1", " 1 ", "1.", "oui", "OUI", "Oui !", "oui.", "ok", "OK", "d'accord", "D’accord", "je viens", "Je viens.", "JE VIENS!!!",
			"je confirme", "confirme", "je serai là", "Je serai présente", "oui merci", "Bonjour, oui", "1 oui", "ok je viens", "oui je confirme",
			"je confrime", "je vien", "yes", "I will come", "i'll come", "yes thank you",
		},
		engine.MeansChange: {
			"2", "2!", "changer", "Changer", "CHANGER SVP", "deplacer", "déplacer", "Déplacer.", "de\u0301placer", "reporter", "modifier", "une autre date", "autre date",
			"je veux changer", "je voudrais changer merci", "changer de date", "chager", "depalcer", "2 changer", "reschedule", "bonjour 2",
		},
		engine.MeansCancel: {
			"3", "annuler", "Annuler", "ANNULER", "annulation", "annulez", "anuler", "non", "Non.", "NON MERCI", "je ne viens pas", "Je ne viendrai pas",
			"je ne peux pas venir", "je veux annuler", "3 annuler", "cancel", "I can't come", "no thanks",
		},
		engine.MeansEarlier: {
			"plus tôt", "Plus tot !", "PLUS TÔT SVP", "avant", "earlier", "Sooner please", "موعد أقرب", "أبكر", "раніше", "Раніше!", "bonjour, je voudrais plus tôt",
		},
		engine.MeansKeep: {"garder", "Je garde", "pas plus tôt", "keep", "not earlier", "أحتفظ بموعدي", "إبقاء موعدي", "залишити", "не раніше"},
		engine.MeansStop: {
			"STOP", "stop", "Stop.", " stop ", "STOP SMS", "stopall", "arret", "Arrêt", "ARRÊT", "arrêter", "desinscription", "Désinscription", "unsubscribe",
			"STOP svp", "stop merci", "désinscrption", "merci stop", "Ｓ\uff34ＯＰ", "stop stop",
		},
		engine.MeansUnknown: {
			"", " ", "?", "!!!", "euh", "1 2", "oui non", "1 ou 3", "4", "11", "peut-être", "je ne sais pas", "oui mais", "ok annuler", "non je viens", "quelle adresse ?",
			"je viens pas", "pas ok", "123", "rdv", "👍", "ou i", "le 2 juin", "oui et non", "appelez moi", "نعم", "merci", "bonjour",
		},
	} {
		for _, text := range texts {
			if got := engine.Understand(text); got != want {
				t.Errorf("%q means %s, want %s", text, got, want)
			}
		}
	}
}

func FuzzUnderstand(f *testing.F) {
	for _, s := range []string{"1", "oui", "STOP", "arrêt", "je ne viens pas", "\xff\xfe", "é\u0301", "1 2 3", "😀"} {
		f.Add(s)
	}
	known := []engine.Meaning{engine.MeansStop, engine.MeansYes, engine.MeansChange, engine.MeansCancel, engine.MeansEarlier, engine.MeansKeep, engine.MeansUnknown}
	f.Fuzz(func(t *testing.T, text string) {
		got := engine.Understand(text)
		if !slices.Contains(known, got) {
			t.Fatalf("%q means %q", text, got)
		}
		if again := engine.Understand(strings.ToUpper(strings.ToLower(text))); strings.ToLower(text) == text && isPlain(text) && again != got {
			t.Fatalf("%q means %s, in capitals %s", text, got, again)
		}
		noise := strings.Map(func(r rune) rune { // what is neither letter nor digit around a word changes nothing
			if r < 128 && strings.ContainsRune(" .,;:!?-_'\"()\n\t", r) {
				return r
			}
			return -1
		}, text)
		for _, stop := range []string{"stop", "STOP", "Arrêt", "désinscription", "unsubscribe"} {
			if got := engine.Understand(noise + stop + noise); got != engine.MeansStop {
				t.Fatalf("%q means %s", noise+stop+noise, got)
			}
		}
	})
}

func isPlain(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r >= 128 }) }

func TestRepliesToAReminder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		answer engine.MessageKind
		state  engine.AppointmentState
	}{
		{"1", engine.KindReplyConfirmed, engine.Booked},
		{"2", engine.KindReplyChange, engine.Booked},
		{"3", engine.KindCancelledByRecipient, engine.CancelledByRecipient},
		{"je ne sais pas", engine.KindReplyHelp, engine.Booked},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			a, err := w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)
			w.must(a, err)
			w.until(at(26, 10, 0))
			before := len(w.sent)
			w.reply("awa", c.text)
			w.work()
			got := w.appointment(a.ID)
			if got.State != c.state || (got.ConfirmedAt != nil) != (c.text == "1") {
				t.Errorf("the appointment is %s, confirmed %v", got.State, got.ConfirmedAt)
			}
			if len(w.sent) == before || w.sent[before].Kind != c.answer || w.sent[before].Channel != engine.SMS {
				t.Errorf("answered %v", w.got("awa")[before:])
			}
		})
	}
}

func TestRepliesToAnInvitation(t *testing.T) {
	t.Parallel()
	for text, answer := range map[string]engine.MessageKind{
		"1": engine.KindReplyChange, "oui": engine.KindReplyChange, "2": engine.KindReplyChange, // the link, to choose
		"3": engine.KindReplyHelp, "euh": engine.KindReplyHelp, // nothing to cancel: never guessed
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			w.reply("awa", text)
			w.work()
			if last := w.sent[len(w.sent)-1]; len(w.sent) != 3 || last.Kind != answer {
				t.Errorf("answered %v", w.got("awa"))
			}
			if got := w.invitation(inv); got.State != engine.InvitationSent || got.Next.Kind != engine.StepRelance {
				t.Errorf("the invitation is %s and waits for %s", got.State, got.Next)
			}
		})
	}
}

func TestTooLateToCancelByReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, err := w.bookAt(w.invite("awa"), at(20, 14, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 11, 0))
	w.reply("awa", "annuler")
	w.work()
	if got := w.appointment(a.ID); got.State != engine.Booked || w.sent[len(w.sent)-1].Kind != engine.KindReplyHelp {
		t.Errorf("three hours before, a reply made it %s and was answered by %s", got.State, w.sent[len(w.sent)-1].Kind)
	}
}

func TestHelpOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	helped := func() (n int) {
		w.work()
		for _, s := range w.sent {
			if s.Kind == engine.KindReplyHelp {
				n++
			}
		}
		return n
	}
	for n, c := range []struct {
		after time.Duration
		want  int
	}{{time.Minute, 1}, {time.Hour, 1}, {22 * time.Hour, 1}, {2 * time.Hour, 2}} {
		w.pass(c.after)
		w.reply("awa", "euh")
		if got := helped(); got != c.want {
			t.Errorf("after text %d: helped %d times, want %d", n+1, got, c.want)
		}
	}
	if n := w.events(engine.EventReplyNotUnderstood); n != 4 {
		t.Errorf("staff see %d of 4 texts", n)
	}
	listed, _, err := w.store.List(w.ctx, w.org.Partition(), "replies:"+string(w.org), "", 10)
	w.must(nil, err)
	if len(listed) != 4 {
		t.Errorf("%d texts are listed", len(listed))
	}
}

func TestThreeAnswersAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	before := len(w.sent)
	for range 10 {
		w.reply("awa", "1")
		w.work()
	}
	if n := len(w.sent) - before; n != 3 {
		t.Errorf("%d answers in an hour", n)
	}
	w.pass(time.Hour)
	w.reply("awa", "1")
	w.work()
	if n := len(w.sent) - before; n != 4 {
		t.Errorf("%d answers after an hour, want a fourth", n)
	}
}

func TestOneTextIsAppliedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	before := len(w.sent)
	for _, err := range rush(8, func(int) error {
		return w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: "sid", From: phoneOf("awa"), To: "+33937000000", Text: "1"})
	}) {
		w.must(nil, err)
	}
	w.pass(time.Minute)
	w.receives("sid", "awa", "1")
	w.work()
	if n := len(w.sent) - before; n != 1 {
		t.Errorf("one text got %d answers", n)
	}
	if n := len(w.invitation(inv).Replies); n != 1 {
		t.Errorf("one text is %d", n)
	}
}

func TestALateReplyChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.pass(12 * day)
	state := *w.invitation(inv)
	for _, text := range []string{"1", "3"} {
		w.reply("awa", text)
		w.work()
		if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyNothing {
			t.Errorf("a late %q is answered by %s", text, last.Kind)
		}
	}
	if got := w.invitation(inv); got.State != state.State || got.Next != nil || got.Appointment != "" {
		t.Errorf("a late reply made it %s", got.State)
	}
}

func TestUnknownNumbersAreDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	w.reply("a stranger", "oui")
	w.work()
	if len(w.sent) != 2 || len(all[engine.InboundRecord](w, "inb_")) != 0 {
		t.Errorf("a text from nobody left %d records and %v", len(all[engine.InboundRecord](w, "inb_")), w.sent)
	}
}

func TestTwoOrganisationsOnOneNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := *w
	other.org = "org_other"
	other.must(other.e.SaveOrganisation(w.ctx, engine.Organisation{ID: other.org, Name: "Agence", Phone: "01 02 03 04 06", SMS: engine.Sender{From: "+33937000000", Replies: true}}))
	other.calendar("desk-1")
	other.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
	w.invite("awa")
	w.work()
	w.clock.set(monday.Add(time.Hour))
	other.invite("awa")
	other.work()
	w.reply("awa", "1") // to whom asked last
	w.work()
	other.work()
	if a, b := len(w.sent), len(other.sent); a != 2 || b != 3 {
		t.Errorf("the first organisation sent %d, the second %d", a, b)
	}
	w.until(at(21, 10, 0)) // the first one asks again
	w.reply("awa", "1")
	w.work()
	other.work()
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyChange {
		t.Errorf("the newest question is the relance; the last message of its organisation is %s", last.Kind)
	}
}
