package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/engine"
	"relance/engine/grammar"
)

// beside is another organisation of the same installation, which sends from a number of its own or the
// same one.
func (w *world) beside(id engine.OrganisationID, from string) *world {
	w.t.Helper()
	other := *w
	other.org, other.sent = id, nil
	other.must(other.e.SaveOrganisation(w.ctx, engine.Organisation{ID: id, Name: "Agence", Phone: "01 02 03 04 06", SMS: engine.Sender{From: from, Replies: true}}))
	other.calendar("desk-1")
	other.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
	return &other
}

// writes is an SMS to any of our numbers.
func (w *world) writes(id, from, to, text string) {
	w.t.Helper()
	w.must(nil, w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: id, From: from, To: to, Text: text}))
}

// texts received by an organisation, as it stores them.
func (w *world) received(unread bool) []*engine.InboundRecord {
	w.t.Helper()
	got, _, err := w.e.Replies(w.ctx, w.org, unread, "", 100)
	w.must(nil, err)
	return got
}

const shared = "+33937000000" // the number of the world's organisation

func TestATextFromAnUnknownNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	stranger := phoneOf("a stranger")
	for range 2 { // the second is the same message again
		w.writes("1", stranger, shared, "oui je viens")
	}
	w.pass(time.Minute)
	w.writes("2", stranger, shared, "STOP")
	w.work()
	got := w.received(false)
	if len(w.sent) != 2 || len(got) != 2 || len(w.received(true)) != 1 {
		t.Fatalf("%d sent, %d received, %d to read", len(w.sent), len(got), len(w.received(true)))
	}
	if r := got[0]; r.Recipient != "" || r.From != stranger || r.Did != engine.DidNotKnow || r.Text != "oui je viens" {
		t.Errorf("kept as %+v", r)
	}
	if w.events(engine.EventReplyUnknownNumber) != 2 || w.events(engine.EventReplyNotUnderstood) != 0 {
		t.Error("it is not counted once")
	}
	for _, e := range w.everything() {
		if strings.Contains(e.text, stranger) && !strings.Contains(e.key, "r:inb_") {
			t.Errorf("the number is in %s", e.key)
		}
	}
	// The STOP holds for the number when the organisation is given it later.
	w.must(nil, asError(w.tryInvite(engine.Person{ExternalID: "later", Phone: stranger}).Err))
	w.work()
	if len(w.smsTo(stranger)) != 0 {
		t.Error("a number that sent STOP got an SMS")
	}
	w.writes("3", phoneOf("another"), shared, "STOP")
	w.writes("4", phoneOf("another"), shared, "start")
	w.must(nil, asError(w.tryInvite(engine.Person{ExternalID: "another", Phone: phoneOf("another")}).Err))
	w.work()
	if len(w.smsTo(phoneOf("another"))) != 1 {
		t.Error("a number that sent STOP and START got no SMS")
	}
	w.until(time.Date(2026, 11, 19, 9, 0, 0, 0, paris))
	if n := len(all[engine.InboundRecord](w, "inb_")); n != 0 {
		t.Errorf("%d texts of a stranger are kept after six months", n)
	}
}

func TestAStrangerToASharedNumberIsNobodys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.beside("org_other", shared)
	w.writes("1", phoneOf("a stranger"), shared, "c'est qui ?")
	stray, _, err := w.e.StrayReplies(w.ctx, "", 10)
	w.must(stray, err)
	if len(stray) != 1 || len(w.received(false))+len(other.received(false)) != 0 {
		t.Errorf("%d strays; the organisations see %d and %d", len(stray), len(w.received(false)), len(other.received(false)))
	}
}

// The number a text was sent to says whose it is, even when another organisation asked later.
func TestTheNumberSaysWhichOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.beside("org_other", "+33937111111")
	w.invite("awa")
	w.work()
	w.clock.set(monday.Add(time.Hour))
	other.invite("awa")
	other.work()
	for _, c := range []struct {
		to           string
		mine, theirs int
	}{{shared, 1, 0}, {"33937000000", 2, 0}, {"+33937111111", 2, 1}, {"", 2, 2}, {"+33937999999", 2, 3}} { // the last two say nothing
		w.writes(c.to, phoneOf("awa"), c.to, "2")
		if a, b := len(w.received(false)), len(other.received(false)); a != c.mine || b != c.theirs {
			t.Errorf("after a text to %q the organisations have %d and %d", c.to, a, b)
		}
	}
}

// Both asked in the same minute from one number, or neither has a question open: nobody guesses.
func TestNobodyGuessesWhichOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.beside("org_other", shared)
	mine, theirs := w.invite("awa"), other.invite("awa")
	w.work()
	other.work()
	before := len(w.sent) + len(other.sent)
	for range 2 {
		w.writes("1", phoneOf("awa"), shared, "1 merci")
	}
	w.work()
	other.work()
	for _, x := range []*world{w, other} {
		got := x.received(true)
		if len(got) != 1 || got[0].Did != engine.DidNotGuess || got[0].Text != "" || got[0].Recipient == "" || got[0].Meaning != grammar.Yes {
			t.Fatalf("%s has %+v", x.org, got)
		}
	}
	if w.invitation(mine).OpenedAt != nil || other.invitation(theirs).OpenedAt != nil || len(w.sent)+len(other.sent) != before {
		t.Error("somebody guessed")
	}
	// STOP is for whoever writes from that number, and acknowledged once.
	w.writes("2", phoneOf("awa"), shared, "STOP")
	w.work()
	other.work()
	if w.recipient("awa").OptedOut == nil || other.recipient("awa").OptedOut == nil || len(w.sent)+len(other.sent) != before+1 {
		t.Errorf("stopped %v and %v, %d acknowledged", w.recipient("awa").OptedOut, other.recipient("awa").OptedOut, len(w.sent)+len(other.sent)-before)
	}
}

func TestALateAnswerToOneOfTwoOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.beside("org_other", shared)
	w.invite("awa")
	w.work()
	w.clock.set(monday.Add(time.Hour))
	other.invite("awa")
	other.work()
	w.pass(20 * day)
	other.pass(time.Hour)
	before := len(w.sent) + len(other.sent)
	w.writes("1", phoneOf("awa"), shared, "oui")
	w.work()
	other.work()
	if len(w.sent)+len(other.sent) != before || len(w.received(true)) != 1 || len(other.received(true)) != 1 {
		t.Errorf("%d answers, %d and %d to read", len(w.sent)+len(other.sent)-before, len(w.received(true)), len(other.received(true)))
	}
}

// Two of a family invited together: an answer that would change something is nobody's.
func TestTwinsOnOnePhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := phoneOf("awa")
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{
		{Service: w.svc, Person: engine.Person{ExternalID: "awa", Phone: phone}}, {Service: w.svc, Person: engine.Person{ExternalID: "zoe", Phone: phone}},
	})
	w.must(res, err)
	w.work()
	w.reply("awa", "oui")
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyHelp || w.events(engine.EventReplyNotUnderstood) != 1 {
		t.Errorf("answered by %s", last.Kind)
	}
	w.reply("awa", "appel")
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyCall {
		t.Errorf("a call that is asked for is answered by %s", last.Kind)
	}
	// The limit is the number's: the family shares it.
	for n := range 6 {
		w.writes(fmt.Sprint("more ", n), phone, shared, "stop it")
		w.writes(fmt.Sprint("help ", n), phone, shared, "aide")
	}
	w.work()
	if n := len(w.smsTo(phone)) - 2; n > 3 {
		t.Errorf("%d automatic replies to one number within an hour", n)
	}
}

// An open question is answered before one that is over, whoever of the family was asked last.
func TestAnOpenQuestionComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	awa := w.inviteByPhone("awa")
	w.work()
	w.clock.set(monday.Add(time.Hour))
	zoe := w.tryInvite(engine.Person{ExternalID: "zoe", Phone: phoneOf("awa")})
	w.must(nil, asError(zoe.Err))
	w.work()
	w.must(w.e.Close(w.ctx, w.org, zoe.Invitation, engine.ByStaff, "moved away"))
	w.reply("awa", "oui")
	if w.invitation(awa).OpenedAt == nil {
		t.Error("the answer went to the question that is over")
	}
}

// TestAnOrganisationSavedElsewhereIsHeard: who writes from which number is read once a second at the most. One that
// this process saves is known at once, one that another process saves a second later.
func TestAnOrganisationSavedElsewhereIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes("0", phoneOf("nobody"), shared, "bonjour")
	for n, c := range []struct {
		name  string
		e     *engine.Engine
		after time.Duration
	}{
		{"here", w.e, 0},
		{"elsewhere", &engine.Engine{
			Store: w.e.Store, Lister: w.e.Lister, Clock: w.e.Clock, Minter: w.e.Minter, Random: w.e.Random,
			Links: engine.Links{Key: w.e.Links.Key}, Texts: w.e.Texts, Addresses: w.e.Addresses, PublicURL: w.e.PublicURL,
		}, time.Second},
	} {
		saving := *w
		saving.e = c.e
		number := fmt.Sprintf("+3393700010%d", n)
		other := saving.beside(engine.OrganisationID("org_"+c.name), number)
		w.clock.set(w.clock.Now().Add(c.after))
		w.writes(c.name, phoneOf("a stranger"), number, "bonjour")
		if got := len(other.received(false)); got != 1 {
			t.Errorf("saved %s: %d texts received", c.name, got)
		}
	}
}
