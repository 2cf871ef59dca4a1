package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// token of the unsubscribe button in the last email to the person.
func (w *world) button(name string) string {
	w.t.Helper()
	for _, s := range slices.Backward(w.sent) {
		if s.To == name+"@example.org" && s.Out.Unsubscribe != "" {
			token, ok := strings.CutPrefix(s.Out.Unsubscribe, "https://rdv.example.org/u/")
			if !ok {
				w.t.Fatalf("the button leads elsewhere")
			}
			return token
		}
	}
	w.t.Fatalf("%s got no email with a button", name)
	return ""
}

// handles is a text that the provider has dealt with already.
func (w *world) handles(name, text string, did engine.Handled) {
	w.t.Helper()
	w.replies++
	w.must(nil, w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: name + time.Duration(w.replies).String(), From: phoneOf(name), To: "+33937000000", Text: text, Handled: did}))
}

// ways leave every channel in one manner or another.
func waysToLeave() map[string]map[engine.Channel]func(*world, engine.InvitationID) {
	person := func(w *world) engine.RecipientID { return engine.RecipientOf(w.org, "awa") }
	receipt := func(n int, r engine.Receipt) func(*world, engine.InvitationID) {
		return func(w *world, inv engine.InvitationID) {
			w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, n).ID, r))
		}
	}
	return map[string]map[engine.Channel]func(*world, engine.InvitationID){
		"reply and one click": {
			engine.SMS: func(w *world, _ engine.InvitationID) { w.reply("awa", "STOP") },
			engine.Email: func(w *world, _ engine.InvitationID) {
				w.must(nil, w.e.Unsubscribe(w.ctx, w.button("awa"), engine.LeftByOneClick))
			},
		},
		"page": {
			engine.SMS:   func(w *world, _ engine.InvitationID) { w.must(nil, w.e.Stop(w.ctx, w.org, person(w))) },
			engine.Email: func(w *world, _ engine.InvitationID) { w.must(nil, w.e.Stop(w.ctx, w.org, person(w), engine.Email)) },
		},
		"staff": {
			engine.SMS:   func(w *world, _ engine.InvitationID) { w.must(w.e.OptOut(w.ctx, w.org, person(w), engine.SMS)) },
			engine.Email: func(w *world, _ engine.InvitationID) { w.must(w.e.OptOut(w.ctx, w.org, person(w), engine.Email)) },
		},
		"provider and complaint": {
			engine.SMS: receipt(0, engine.Receipt{State: engine.MessageFailed, Code: "21610", OptedOut: true}),
			engine.Email: func(w *world, inv engine.InvitationID) {
				w.must(nil, w.e.Complain(w.ctx, w.org.Partition(), w.message(inv, 1).ID))
			},
		},
		"bad addresses": {
			engine.SMS:   receipt(0, engine.Receipt{State: engine.MessageUndelivered, Code: "30005", BadAddress: true}),
			engine.Email: receipt(1, engine.Receipt{State: engine.MessageUndelivered, Code: "5.1.1", BadAddress: true}),
		},
	}
}

// Whatever the ways and their order: with the last one the ladders of all invitations end at once, and
// staff see it (RULES §1).
func TestLeavingEveryChannelEndsTheLadder(t *testing.T) {
	t.Parallel()
	all := waysToLeave()
	for first := range all {
		for second := range all {
			for _, order := range [][]engine.Channel{{engine.SMS, engine.Email}, {engine.Email, engine.SMS}} {
				t.Run(first+" then "+second+" "+string(order[0]), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					other := w.invite("awa")
					w.other()
					inv := w.invite("awa")
					w.work()
					all[first][order[0]](w, inv)
					if w.invitation(inv).Unreachable || len(w.recipient("awa").Reach()) != 1 {
						t.Fatalf("one channel left: unreachable %v, reach %v", w.invitation(inv).Unreachable, w.recipient("awa").Reach())
					}
					all[second][order[1]](w, inv)
					for _, id := range []engine.InvitationID{inv, other} {
						if got := w.invitation(id); !got.Unreachable || got.Next == nil || got.Next.Kind != engine.StepExpire {
							t.Errorf("%s is %s, unreachable %v, next %s", got.Service, got.State, got.Unreachable, got.Next)
						}
					}
					if got := w.waiting(); len(got) != 2 {
						t.Errorf("staff see %q", got)
					}
					w.pass(15 * day)
					for _, s := range w.sent {
						if s.Kind == engine.KindRelance {
							t.Errorf("a relance by %s after every channel was left", s.Channel)
						}
					}
				})
			}
		}
	}
}

func TestSTARTTakesItBackForTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.must(nil, asError(w.tryInvite(engine.Person{ExternalID: "zoe", Phone: phoneOf("awa")}).Err))
	w.work()
	w.reply("awa", "STOP")
	w.work()
	if !w.invitation(inv).Unreachable && !w.invitation(w.recipient("zoe").Open[w.svc]).Unreachable {
		t.Error("a number was stopped, and nobody is unreachable")
	}
	for _, unsure := range []string{"strat", "start merci peut-être", "oui"} { // never guessed at
		w.pass(2 * time.Hour)
		w.reply("awa", unsure)
		if w.recipient("awa").OptedOut == nil && w.recipient("zoe").OptedOut == nil {
			t.Fatalf("%q was taken for START", unsure)
		}
	}
	w.pass(2 * time.Hour)
	w.until(at(20, 9, 0))
	w.must(w.e.OptOut(w.ctx, w.org, engine.RecipientOf(w.org, "zoe"), engine.SMS)) // whoever of them is not marked yet
	w.must(w.e.OptOut(w.ctx, w.org, engine.RecipientOf(w.org, "awa"), engine.SMS))
	w.reply("awa", "Start")
	w.reply("awa", "start")
	w.pass(2 * day)
	for _, name := range []string{"awa", "zoe"} {
		if w.recipient(name).OptedOut != nil {
			t.Errorf("%s still gets nothing", name)
		}
		if i := w.invitation(w.recipient(name).Open[w.svc]); i.Unreachable || i.Rung != 1 {
			t.Errorf("%s's invitation: unreachable %v after %d relances", name, i.Unreachable, i.Rung)
		}
	}
	if n := w.events(engine.EventRecipientOptedIn); n != 2 || w.count(engine.KindStartAck, engine.SMS) != 1 {
		t.Errorf("%d came back, %d acknowledgements", n, w.count(engine.KindStartAck, engine.SMS))
	}
}

func TestOnlyThePersonComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	id := engine.RecipientOf(w.org, "awa")
	button := w.button("awa")
	w.must(nil, w.e.Stop(w.ctx, w.org, id, engine.SMS, engine.Email))
	for _, ch := range []engine.Channel{engine.SMS, engine.Email} {
		wantCode(t, w.e.OptIn(w.ctx, w.org, id, ch, engine.ByStaff), engine.CodePersonOnly)
	}
	// Neither inviting the person again nor giving the addresses once more brings them back.
	w.must(w.e.Readdress(w.ctx, w.org, id, engine.Person{Phone: phoneOf("awa"), Email: "awa@example.org"}))
	w.must(w.e.Close(w.ctx, w.org, w.recipient("awa").Open[w.svc], engine.ByStaff, "again"))
	w.pass(2 * day)
	if res := w.tryInvite(person("awa")); engine.CodeOf(asError(res.Err)) != engine.CodeUnreachable || !strings.Contains(res.Err.Message, "only they") {
		t.Errorf("invited again: %v", res.Err)
	}
	if got := w.recipient("awa").Reach(); len(got) != 0 {
		t.Fatalf("reach %v", got)
	}
	// Nor does another address in between: the stop is the address's.
	w.must(w.e.Readdress(w.ctx, w.org, id, engine.Person{Email: "else@example.org"}))
	w.must(w.e.Readdress(w.ctx, w.org, id, engine.Person{Email: "awa@example.org"}))
	before := len(w.sent)
	w.must(nil, asError(w.tryInvite(person("awa")).Err))
	w.work()
	if len(w.sent) != before || w.recipient("awa").EmailOptedOut == nil {
		t.Errorf("%d messages, email left at %v", len(w.sent)-before, w.recipient("awa").EmailOptedOut)
	}
	w.must(nil, w.e.Resubscribe(w.ctx, button)) // the button is that address's
	w.must(nil, w.e.OptIn(w.ctx, w.org, id, engine.SMS, engine.ByRecipient))
	if got := w.recipient("awa").Reach(); len(got) != 2 {
		t.Errorf("reach %v", got)
	}
}

func TestAButtonIsItsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	token := w.button("awa")
	m, err := w.e.Mailing(w.ctx, token)
	w.must(m, err)
	if m.Recipient != engine.RecipientOf(w.org, "awa") || m.Left != nil || m.Organisation.ID != w.org {
		t.Errorf("it opens %+v", m)
	}
	w.pass(40 * day) // it outlives the invitation
	w.must(w.e.Mailing(w.ctx, token))
	forged := []string{"", "x", token[:17], token[1:], "zz" + token[2:], token[:17] + "none", strings.Repeat("2", 17) + token[17:]}
	for _, bad := range forged {
		_, err := w.e.Mailing(w.ctx, bad)
		wantCode(t, err, engine.CodeLinkDead)
		wantCode(t, w.e.Unsubscribe(w.ctx, bad, engine.LeftByOneClick), engine.CodeLinkDead)
	}
	w.must(w.e.Readdress(w.ctx, w.org, m.Recipient, engine.Person{Email: "else@example.org"}))
	_, err = w.e.Mailing(w.ctx, token)
	wantCode(t, err, engine.CodeLinkDead)
}

// The button stands on what we begin, never on what is about an appointment that was booked.
func TestWhereTheButtonBelongs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, AfterNoShow: engine.NoShowOffer})
	w.invite("awa")
	w.until(at(22, 9, 0))
	a := w.book("awa", 30)
	w.work()
	moved, err := w.moveTo(a, w.slots()[40].Start, engine.ByRecipient)
	w.must(moved, err)
	w.until(moved.Start.Add(time.Hour))
	w.records(moved.ID, engine.NoShow)
	w.pass(3 * day)
	b := w.book("awa", 0)
	w.work()
	_, err = w.e.Cancel(w.ctx, w.org, b.ID, engine.ByStaff)
	w.must(nil, err)
	w.work()
	w.must(w.convene(person("bo"), w.slots()[0].Start))
	w.work()
	belongs := map[engine.MessageKind]bool{engine.KindInvitation: true, engine.KindRelance: true, engine.KindNoShow: true}
	seen := map[engine.MessageKind]bool{}
	for _, s := range w.sent {
		seen[s.Kind] = true
		if got := s.Out.Unsubscribe != ""; got != (s.Channel == engine.Email && belongs[s.Kind]) {
			t.Errorf("%s/%s has a button: %v", s.Kind, s.Channel, got)
		}
	}
	for _, k := range []engine.MessageKind{engine.KindRelance, engine.KindNoShow, engine.KindReminder, engine.KindMoved, engine.KindConvocation, engine.KindCancelledByOrganisation} {
		if !seen[k] {
			t.Errorf("no %s was sent", k)
		}
	}
	w.e.PublicURL = "http://localhost:8080"
	w.invite("chloe")
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Channel != engine.Email || last.Out.Unsubscribe != "" {
		t.Errorf("without https the button would be refused: %s %q", last.Channel, last.Out.Unsubscribe)
	}
}

// What the provider answered is not answered again.
func TestWhatTheProviderHandled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	before := len(w.sent)
	w.handles("awa", "Arretez tout", engine.HandledStop) // the provider's words, not ours
	w.handles("awa", "stop", engine.HandledStop)
	if r := w.recipient("awa"); r.OptedOut == nil || r.OptedOutHow != engine.LeftAtProvider {
		t.Errorf("left %v by %q", r.OptedOut, r.OptedOutHow)
	}
	w.handles("awa", "aide", engine.HandledHelp)
	w.handles("awa", "go", engine.HandledStart)
	w.handles("awa", "go", engine.HandledStart) // again: nothing
	w.work()
	if w.recipient("awa").OptedOut != nil || len(w.sent) != before || w.events(engine.EventReplyNotUnderstood) != 0 {
		t.Errorf("left %v, %d messages of ours", w.recipient("awa").OptedOut, len(w.sent)-before)
	}
}

func TestAComplaint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.Email}}})
	w.must(res, err)
	inv := res[0].Invitation
	w.work()
	for range 2 {
		w.must(nil, w.e.Complain(w.ctx, w.org.Partition(), w.message(inv, 0).ID))
	}
	w.must(nil, w.e.Complain(w.ctx, w.org.Partition(), "msg_unknown"))
	w.work()
	w.wantsMessages(inv, "invitation/email delivered") // it arrived: nothing is said again by SMS
	r := w.recipient("awa")
	if r.BadEmail != "" || r.EmailOptedOutHow != engine.LeftByComplaint || w.invitation(inv).Unreachable {
		t.Errorf("bad %q, left by %q, unreachable %v", r.BadEmail, r.EmailOptedOutHow, w.invitation(inv).Unreachable)
	}
	if w.events(engine.EventMessageComplaint) != 1 || w.events(engine.EventRecipientOptedOut) != 1 {
		t.Error("staff are not told once")
	}
	if got := w.stats(engine.StatsRequest{Organisation: w.org}).Total.Complaints; got != 1 {
		t.Errorf("%d complaints are counted", got)
	}
	w.pass(4 * day)
	w.wants("awa", "Mon 18 09:00 invitation/email", "Thu 21 09:00 relance/sms")
}

// Late words about an address say nothing about the one the person has now.
func TestWordsAboutAFormerAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	sms, email := w.message(inv, 0).ID, w.message(inv, 1).ID
	id := engine.RecipientOf(w.org, "awa")
	w.must(w.e.Readdress(w.ctx, w.org, id, engine.Person{Phone: phoneOf("awa2"), Email: "new@example.org"}))
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), sms, engine.Receipt{State: engine.MessageFailed, Code: "21610", OptedOut: true}))
	w.must(nil, w.e.Complain(w.ctx, w.org.Partition(), email))
	if r := w.recipient("awa"); len(r.Reach()) != 2 {
		t.Errorf("reach %v", r.Reach())
	}
	w.must(w.e.Readdress(w.ctx, w.org, id, engine.Person{Phone: phoneOf("awa"), Email: "awa@example.org"}))
	w.until(at(21, 9, 1))
	if r := w.recipient("awa"); len(r.Reach()) != 0 || r.OptedOutHow != engine.LeftAtProvider || r.EmailOptedOutHow != engine.LeftByComplaint {
		t.Errorf("the former addresses were stopped: reach %v, %q, %q", r.Reach(), r.OptedOutHow, r.EmailOptedOutHow)
	}
}
