package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// said is a conversation, a line each: when, who, what, what became of it.
func (w *world) said(name string, page int) (out []string) {
	w.t.Helper()
	for cursor := ""; ; {
		lines, next, err := w.e.Conversation(w.ctx, w.org, w.recipient(name).ID, cursor, page)
		w.must(lines, err)
		for _, l := range lines {
			at := l.At().In(paris).Format("2 15:04")
			if in := l.Theirs; in != nil {
				out = append(out, fmt.Sprintf("%s < %s %s: %s, %s", at, in.Question, in.Text, in.Meaning, in.Did))
			} else {
				out = append(out, fmt.Sprintf("%s > %s/%s %s", at, l.Ours.Kind, l.Ours.Channel, l.Ours.State))
			}
		}
		if cursor = next; next == "" {
			return out
		}
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{State: engine.MessageDelivered}))
	for _, text := range []string{"c'est qui ?", "AIDE", "merci"} {
		w.pass(2 * time.Hour)
		w.reply("awa", text)
		w.work()
	}
	w.clock.set(at(19, 9, 0))
	w.offered(inv)
	for _, c := range []struct {
		after time.Duration
		text  string
	}{{5 * time.Minute, "le 2 svp"}, {time.Hour, "oui merci"}, {time.Hour, "changer"}, {2 * time.Hour, "2"}, {time.Hour, "annuler"}} {
		w.pass(c.after)
		w.reply("awa", c.text)
		w.work()
	}
	want := []string{
		"18 09:00 > invitation/sms delivered",
		"18 11:00 < invitation c'est qui ?: unknown, not_understood", "18 11:00 > reply_help/sms sent",
		"18 13:00 < invitation AIDE: help, help_sent", "18 13:00 > reply_info/sms sent",
		"18 15:00 < invitation merci: thanks, nothing",
		"19 09:00 > offer/sms sent",
		"19 09:05 < offer le 2 svp: choice, booked", "19 09:05 > confirmation/sms sent",
		"19 10:05 < appointment oui merci: yes, confirmed", "19 10:05 > reply_confirmed/sms sent",
		"19 11:05 < appointment changer: change, choices_sent", "19 11:05 > reply_change/sms sent",
		"19 13:05 < offer 2: choice, state_sent", "19 13:05 > reply_nothing/sms sent",
		"19 14:05 < offer annuler: cancel, cancelled", "19 14:05 > cancelled_by_recipient/sms sent",
	}
	for _, page := range []int{1, 3, 100} {
		if got := w.said("awa", page); !slices.Equal(got, want) {
			t.Errorf("in pages of %d it is\n\t%s", page, strings.Join(got, "\n\t"))
		}
	}
	if m := w.message(inv, 0); m.DeliveredAt == nil || !m.DeliveredAt.Equal(monday) {
		t.Errorf("delivered %v", m.DeliveredAt)
	}
	_, _, err := w.e.Conversation(w.ctx, w.org, w.recipient("awa").ID, "nonsense", 10)
	wantCode(t, err, engine.CodeInvalid)
	_, _, err = w.e.Conversation(w.ctx, "org_other", w.recipient("awa").ID, "", 10)
	wantCode(t, err, engine.CodeNotFound)
}

func TestTextsToRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	for _, text := range []string{"euh", "oui", "quelle adresse ?", "merci"} {
		w.pass(time.Hour)
		w.reply("awa", text)
	}
	unread := w.received(true)
	if len(w.received(false)) != 4 || len(unread) != 2 || unread[0].Text != "euh" {
		t.Fatalf("%d received, to read: %+v", len(w.received(false)), unread)
	}
	for range 2 {
		in, err := w.e.MarkRead(w.ctx, w.org, unread[0].ID)
		w.must(in, err)
		if got := w.received(true); len(got) != 1 || got[0].Text != "quelle adresse ?" || len(w.received(false)) != 4 {
			t.Errorf("after reading one: %+v", got)
		}
	}
	_, err := w.e.MarkRead(w.ctx, w.org, "inb_none")
	wantCode(t, err, engine.CodeNotFound)
}

// What a machine sends back is never answered: our own text, a thumb on it, an absence.
func TestMachinesAreNotAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Texts = wordyTexts{}
	inv := w.inviteByPhone("awa")
	w.work()
	ours := w.sent[0].Out.Text.Body
	for _, text := range []string{
		ours, "A aimé « " + ours + " »", "Liked “" + ours + "”", "Re: " + ours,
		"Réponse automatique : je suis en congés, je réponds STOP ou 1 plus tard", "I'm driving with Do Not Disturb turned on. I'll see your message later.",
	} {
		w.pass(10 * time.Minute)
		w.reply("awa", text)
		w.work()
	}
	got := w.received(false)
	for _, in := range got {
		if in.Did != engine.DidNothing || in.Unread {
			t.Errorf("%q: %s", in.Text, in.Did)
		}
	}
	if len(w.sent) != 1 || len(got) != 6 || w.invitation(inv).OpenedAt != nil {
		t.Errorf("%d sent, %d kept", len(w.sent), len(got))
	}
}

// wordyTexts are long enough to know again.
type wordyTexts struct{ plainTexts }

func (w wordyTexts) Render(lang string, ch engine.Channel, k engine.MessageKind, o map[string]string, v map[string]any) (engine.Text, error) {
	out, err := w.plainTexts.Render(lang, ch, k, o, v)
	out.Body = "Département : choisissez le jour de votre rendez-vous. " + out.Body
	return out, err
}

// A machine that answers everything with something we understand: ten replies in a day, no more.
func TestALoopEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient))
	w.work()
	before := len(w.sent)
	for range 24 * 6 {
		w.pass(10 * time.Minute)
		w.reply("awa", "OK")
		w.work()
	}
	if n := len(w.sent) - before; n != 10 {
		t.Errorf("%d automatic replies in a day", n)
	}
}
