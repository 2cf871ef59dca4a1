package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/engine"
	"relance/engine/grammar"
)

// leaver is a random life in which people leave channels and come back, in every manner, while everything
// else goes on.
type leaver struct {
	*history
	left    map[string]bool // addresses that a person stopped, and only the person takes up again
	acks    int
	buttons map[string]string
}

// Nothing is ever sent on a way that the person left, but the one acknowledgement; nobody but the person
// brings them back; and who cannot be reached has no ladder.
func TestNothingIsSentOnAWayThatWasLeft(t *testing.T) {
	t.Parallel()
	seen := newDrawing()
	rapid.Check(t, func(rt *rapid.T) {
		l := &leaver{left: map[string]bool{}, buttons: map[string]string{}, history: newHistory(t, rt)}
		l.draw("histories", seen)
		l.t = rt
		l.settle()
		l.policy("rsa")
		l.policy("second")
		l.opensBatches()
		l.answer = l.carry
		for range rapid.IntRange(5, 20).Draw(rt, "length") {
			if rapid.IntRange(0, 2).Draw(rt, "kind of act") == 0 {
				l.history.act()
			} else {
				l.leaveOrReturn()
			}
			l.look()
			if rapid.IntRange(0, 2).Draw(rt, "work") > 0 {
				l.work()
			}
			l.look()
			l.check()
			l.noLadder()
		}
		l.pass(20 * day)
		l.check()
		l.resumeAll()
		l.pass(80 * day)
		l.check()
		l.ended()
		l.rebuilt()
	})
	if missing := readDrawing(t).missing(seen); len(missing) > 0 {
		t.Errorf("what histories did is not in docs/states.md; write a story that does it, and draw again (TestTheStatesAreDrawn):\n\t%s", strings.Join(missing, "\n\t"))
	}
}

// carry is the provider: a left address gets nothing but the acknowledgement of its STOP.
func (l *leaver) carry(o *engine.Outgoing) engine.Answer {
	if l.left[o.To] && o.Message.Kind != engine.KindStopAck {
		l.t.Fatalf("a %s/%s goes to an address that was left", o.Message.Kind, o.Message.Channel)
	}
	if o.Unsubscribe != "" {
		_, l.buttons[o.To], _ = strings.Cut(o.Unsubscribe, "/u/")
	}
	a := l.provider(o)
	a.ProviderID = fmt.Sprintf("%s-%d", o.Message.ID, o.Message.Retries)
	a.OptedOut = a.Outcome == engine.OutcomePermanent && !a.BadAddress && rapid.Bool().Draw(l.rt, "opted out there")
	if a.Outcome == engine.OutcomeSent && o.Message.Kind == engine.KindStopAck {
		stops := 0
		for _, in := range all[engine.InboundRecord](l.world, "inb_") {
			if in.Meaning == grammar.Stop {
				stops++
			}
		}
		if l.acks++; l.acks > stops {
			l.t.Fatalf("%d acknowledgements of %d stops", l.acks, stops)
		}
	}
	return a
}

// look notes who left since; what was left stays so until the person takes it up.
func (l *leaver) look() {
	for _, r := range all[engine.Recipient](l.world, "rcp_") {
		if r.OptedOut != nil {
			l.left[r.Phone] = true
		}
		if r.EmailOptedOut != nil {
			l.left[r.Email] = true
		}
	}
}

func (l *leaver) leaveOrReturn() {
	name := rapid.SampledFrom(people).Draw(l.rt, "who")
	id := engine.RecipientOf(l.org, name)
	r, err := l.e.Recipient(l.ctx, l.org, id)
	if err != nil {
		l.tryInvite(person(name))
		return
	}
	way := rapid.SampledFrom([]engine.Channel{engine.SMS, engine.Email}).Draw(l.rt, "way")
	switch rapid.SampledFrom([]string{"stop", "handled", "page", "button", "staff", "complaint", "receipt", "start", "return", "back", "readdress", "refused"}).Draw(l.rt, "how") {
	case "stop":
		l.text(r.Phone, "STOP", "")
	case "handled":
		l.text(r.Phone, "tais-toi", engine.HandledStop)
	case "page":
		_ = l.e.Stop(l.ctx, l.org, id, way)
	case "button":
		_ = l.e.Unsubscribe(l.ctx, l.buttons[r.Email], engine.LeftByOneClick)
	case "staff":
		_, _ = l.e.OptOut(l.ctx, l.org, id, way)
	case "complaint":
		l.anyMessage(func(m *engine.Message) { l.must(nil, l.e.Complain(l.ctx, l.org.Partition(), m.ID)) })
	case "receipt":
		l.anyMessage(l.badNews)
	case "start":
		l.text(r.Phone, "START", rapid.SampledFrom([]engine.Handled{"", engine.HandledStart}).Draw(l.rt, "handled"))
		l.returned(id, engine.SMS)
	case "return":
		_ = l.e.OptIn(l.ctx, l.org, id, way, engine.ByRecipient)
		l.returned(id, way)
	case "back":
		_ = l.e.Resubscribe(l.ctx, l.buttons[r.Email])
		l.returned(id, engine.Email)
	case "readdress":
		l.readdress(name, id)
	case "refused":
		if err := l.e.OptIn(l.ctx, l.org, id, way, engine.ByStaff); engine.CodeOf(err) != engine.CodePersonOnly {
			l.t.Fatalf("staff bring somebody back: %v", err)
		}
	}
}

func (l *leaver) text(phone, text string, did engine.Handled) {
	l.replies++
	l.must(nil, l.e.Reply(l.ctx, engine.Inbound{
		Provider: "test", ProviderID: fmt.Sprint("way-", l.replies), From: phone, To: "+33937000000", Text: text, Handled: did,
	}))
}

// returned notes that the person took the channel up, if it worked.
func (l *leaver) returned(id engine.RecipientID, way engine.Channel) {
	r, err := l.e.Recipient(l.ctx, l.org, id)
	l.must(r, err)
	if way == engine.SMS && r.OptedOut == nil {
		delete(l.left, r.Phone)
	}
	if way == engine.Email && r.EmailOptedOut == nil {
		delete(l.left, r.Email)
	}
}

// readdress gives another address, or one of before.
func (l *leaver) readdress(name string, id engine.RecipientID) {
	p := engine.Person{Phone: phoneOf(name), Email: name + "@example.org"}
	switch rapid.IntRange(0, 2).Draw(l.rt, "which") {
	case 0:
		p.Phone = phoneOf(name + "2")
	case 1:
		p.Email = name + "2@example.org"
	}
	l.must(l.e.Readdress(l.ctx, l.org, id, p))
}

func (l *leaver) anyMessage(do func(*engine.Message)) {
	if msgs := all[engine.Message](l.world, "msg_"); len(msgs) > 0 {
		do(rapid.SampledFrom(msgs).Draw(l.rt, "message"))
	}
}

// badNews is a receipt of a failure, of this send, an earlier one, or one that names none.
func (l *leaver) badNews(m *engine.Message) {
	r := engine.Receipt{State: rapid.SampledFrom([]engine.MessageState{engine.MessageUndelivered, engine.MessageFailed}).Draw(l.rt, "state")}
	r.ProviderID = rapid.SampledFrom(append([]string{"", m.ProviderID}, m.Earlier...)).Draw(l.rt, "send")
	switch rapid.IntRange(0, 3).Draw(l.rt, "news") {
	case 0:
		r.BadAddress = true
	case 1:
		r.OptedOut = true
	default:
		r.Later = m.Channel == engine.SMS
	}
	l.must(nil, l.e.Receive(l.ctx, l.org.Partition(), m.ID, r))
}

// noLadder: who cannot be reached waits for no relance.
func (l *leaver) noLadder() {
	reach := map[engine.RecipientID]bool{}
	for _, r := range all[engine.Recipient](l.world, "rcp_") {
		reach[r.ID] = len(r.Reach()) > 0
	}
	for _, inv := range l.invitations() {
		if reach[inv.Recipient] || inv.Next == nil {
			continue
		}
		switch inv.Next.Kind {
		case engine.StepRelance, engine.StepInvite, engine.StepPace:
			l.t.Fatalf("nobody can be reached, and %s waits for %s since %s", inv.ID, inv.Next, l.clock.Now().Format(time.DateTime))
		}
	}
}
