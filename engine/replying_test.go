package engine_test

import (
	"fmt"
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
