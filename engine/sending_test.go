package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// attempts notes when each send was tried.
func (w *world) attempts(out *[]time.Time, a engine.Answer) {
	w.answer = func(o *engine.Outgoing) engine.Answer {
		*out = append(*out, w.clock.Now())
		a.Provider = "test"
		return a
	}
}

func (w *world) inviteByPhone(name string) engine.InvitationID {
	w.t.Helper()
	res := w.tryInvite(engine.Person{ExternalID: name, Phone: phoneOf(name)})
	if res.Err != nil {
		w.t.Fatal(res.Err)
	}
	return res.Invitation
}

func TestATemporaryFailureBacksOffThenDiesThenIsRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Limits = engine.Limits{Attempts: 6, BackOff: time.Minute}
	var tried []time.Time
	w.attempts(&tried, engine.Answer{Outcome: engine.OutcomeTemporary, Code: "30003", Reason: "busy"})
	inv := w.inviteByPhone("awa")
	w.pass(5 * time.Hour)
	if len(tried) != 6 {
		t.Fatalf("tried at %v", tried)
	}
	for n := 1; n < len(tried); n++ {
		whole := time.Minute << (n - 1)
		if gap := tried[n].Sub(tried[n-1]); gap < whole/2 || gap > whole+time.Second {
			t.Errorf("after failure %d it waited %v, want half to all of %v", n, gap, whole)
		}
	}
	w.wantsMessages(inv, "invitation/sms failed gave_up")
	dead, err := w.e.DeadLetters(w.ctx, 10)
	w.must(dead, err)
	if len(dead) != 1 || dead[0].Record != string(w.message(inv, 0).ID) || dead[0].Attempts != 6 || !strings.Contains(dead[0].Reason, "busy") {
		t.Fatalf("dead letters: %+v", dead)
	}
	w.answer = nil
	w.must(nil, w.e.Retry(w.ctx, dead[0].ID))
	w.work()
	w.wantsMessages(inv, "invitation/sms sent")
	wantCode(t, w.e.Retry(w.ctx, dead[0].ID), engine.CodeNotFound)
	if got := w.invitation(inv); got.State != engine.InvitationSent || got.Next.Kind != engine.StepRelance {
		t.Errorf("after the retry it is %s and waits for %s", got.State, got.Next)
	}
}

func TestTheProviderSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tried []time.Time
	w.attempts(&tried, engine.Answer{Outcome: engine.OutcomeTemporary, After: 40 * time.Minute})
	w.inviteByPhone("awa")
	w.pass(41 * time.Minute)
	if len(tried) != 2 || tried[1].Sub(tried[0]) < 40*time.Minute {
		t.Errorf("tried at %v", tried)
	}
}

func TestConfigurationIsNotTheMessagesFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Limits.Attempts = 3
	var tried []time.Time
	w.attempts(&tried, engine.Answer{Outcome: engine.OutcomeConfiguration, Code: "20003"})
	inv := w.inviteByPhone("awa")
	w.pass(5 * time.Hour)
	if len(tried) < 6 {
		t.Errorf("tried %d times in five hours", len(tried))
	}
	w.answer = nil
	w.pass(time.Hour)
	w.wantsMessages(inv, "invitation/sms sent")
	if m := w.message(inv, 0); m.Attempt != 1 {
		t.Errorf("attempt %d", m.Attempt)
	}
}

func TestAnUnknownOutcomeIsLookedInto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var outs []*engine.Outgoing
	w.answer = func(o *engine.Outgoing) engine.Answer {
		outs = append(outs, o)
		if len(outs) == 1 {
			return engine.Answer{Outcome: engine.OutcomeUnknown, Provider: "first"}
		}
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "first", ProviderID: "p", Doubt: true}
	}
	inv := w.inviteByPhone("awa")
	w.pass(10 * time.Minute)
	if len(outs) != 2 || outs[0].FindOut || !outs[1].FindOut || !outs[1].Since.Equal(outs[0].Since) || outs[1].Message.Provider != "first" {
		t.Fatalf("tried %d times, then asked %+v", len(outs), outs[len(outs)-1])
	}
	if m := w.message(inv, 0); m.State != engine.MessageSent || m.Doubts != 1 {
		t.Errorf("it is %s with %d doubts", m.State, m.Doubts)
	}
	counts, err := w.e.Counts(w.ctx, w.org)
	w.must(counts, err)
	if counts["sent.in_doubt"] != 1 {
		t.Errorf("counted %v", counts)
	}
}

func TestAWorkerThatDiesLeavesAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
	id := w.message(inv, 0).ID
	out, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{id, id}) // and a job that came twice
	w.must(nil, err)
	if len(out) != 1 {
		t.Fatalf("%d callers won one message", len(out))
	}
	w.pass(time.Minute)
	if len(w.sent) != 0 {
		t.Fatal("sent again before the first attempt could have ended")
	}
	w.pass(3 * time.Minute)
	if len(w.sent) != 1 || !w.sent[0].Out.FindOut {
		t.Errorf("after a crash: %v", w.sent)
	}
}

func TestOneOfManyClaimsWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
	id := w.message(inv, 0).ID
	won := make([]int, 16)
	for _, err := range rush(len(won), func(i int) error {
		out, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{id})
		won[i] = len(out)
		return err
	}) {
		w.must(nil, err)
	}
	total := 0
	for _, n := range won {
		total += n
	}
	if total != 1 {
		t.Errorf("%d workers would send it", total)
	}
}

func TestAnEndlessDoubtEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Limits.Attempts = 5
	var tried []time.Time
	w.attempts(&tried, engine.Answer{Outcome: engine.OutcomeUnknown})
	inv := w.inviteByPhone("awa")
	w.pass(2 * day)
	if len(tried) != 5 {
		t.Errorf("a message that may have arrived each time was sent %d times", len(tried))
	}
	w.wantsMessages(inv, "invitation/sms undelivered outcome_unknown")
	dead, err := w.e.DeadLetters(w.ctx, 10)
	w.must(nil, err)
	if len(dead) != 1 {
		t.Fatalf("dead letters: %v", dead)
	}
	var found bool
	w.answer = func(o *engine.Outgoing) engine.Answer {
		found = o.FindOut
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test", ProviderID: "p"}
	}
	w.must(nil, w.e.Retry(w.ctx, dead[0].ID))
	w.work()
	if w.message(inv, 0).State != engine.MessageSent || !found {
		t.Errorf("the retry is %s; the provider was asked first: %v", w.message(inv, 0).State, found)
	}
}

func TestABadAddressIsMarkedAndTheOtherChannelTried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.SMS}}})
	w.must(nil, err)
	w.work()
	w.wantsMessages(res[0].Invitation, "invitation/sms failed unreachable", "invitation/email sent")
	if r := w.recipient("awa"); r.BadPhone != "21614" || r.BadEmail != "" {
		t.Errorf("marked phone %q, email %q", r.BadPhone, r.BadEmail)
	}
	if w.events(engine.EventInvitationUnreachable) != 0 {
		t.Error("the person was reached by email")
	}
}

func TestTwoRefusingChannelsDoNotTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tried := 0
	w.answer = func(*engine.Outgoing) engine.Answer {
		if tried++; tried > 10 {
			return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test"} // enough seen
		}
		return engine.Answer{Outcome: engine.OutcomePermanent, Provider: "test", Code: "30007"}
	}
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.SMS}}})
	w.must(nil, err)
	w.work()
	w.wantsMessages(res[0].Invitation, "invitation/sms failed unreachable", "invitation/email failed unreachable")
	if w.events(engine.EventInvitationUnreachable) != 1 {
		t.Error("staff are not told that nobody was reached")
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	r := func(state engine.MessageState) engine.Receipt { return engine.Receipt{State: state} }
	for _, c := range []struct {
		name     string
		receipts []engine.Receipt
		want     string
		events   map[engine.EventType]int
	}{
		{"doubled", []engine.Receipt{r(engine.MessageDelivered), r(engine.MessageDelivered)}, "invitation/sms delivered", map[engine.EventType]int{engine.EventMessageDelivered: 1, engine.EventInvitationDelivered: 1}},
		{"out of order", []engine.Receipt{r(engine.MessageDelivered), r(engine.MessageSent)}, "invitation/sms delivered", nil},
		{"never back from a final state", []engine.Receipt{r(engine.MessageDelivered), r(engine.MessageUndelivered), r(engine.MessageFailed)}, "invitation/sms delivered", map[engine.EventType]int{engine.EventMessageFailed: 0}},
		{"undelivered", []engine.Receipt{{State: engine.MessageUndelivered, Reason: "switched off", Code: "30003"}, r(engine.MessageDelivered)}, "invitation/sms undelivered switched off", map[engine.EventType]int{engine.EventInvitationUnreachable: 1}},
		{"failed", []engine.Receipt{{State: engine.MessageFailed, Code: "30005", BadAddress: true}}, "invitation/sms failed unreachable", map[engine.EventType]int{engine.EventInvitationUnreachable: 1}},
		{"opted out at the carrier", []engine.Receipt{{State: engine.MessageFailed, Code: "21610", OptedOut: true}}, "invitation/sms failed unreachable", map[engine.EventType]int{engine.EventRecipientOptedOut: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.inviteByPhone("awa")
			w.work()
			for _, receipt := range c.receipts {
				w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, receipt))
			}
			w.work()
			w.wantsMessages(inv, c.want)
			for kind, n := range c.events {
				if got := w.events(kind); got != n {
					t.Errorf("%d events %s, want %d", got, kind, n)
				}
			}
		})
	}
}

func TestAReceiptFasterThanTheAnswer(t *testing.T) {
	t.Parallel()
	for _, state := range []engine.MessageState{engine.MessageSent, engine.MessageDelivered} {
		w := newWorld(t)
		w.answer = func(o *engine.Outgoing) engine.Answer {
			w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), o.Message.ID, engine.Receipt{ProviderID: "p", State: state}))
			return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test", ProviderID: "p"}
		}
		inv := w.inviteByPhone("awa")
		w.work()
		w.wantsMessages(inv, "invitation/sms "+string(state))
		if n := w.events(engine.EventMessageSent); n != 1 || w.invitation(inv).State != engine.InvitationSent {
			t.Errorf("%s first: sent %d times, the invitation is %s", state, n, w.invitation(inv).State)
		}
	}
}

func TestAReceiptOfAnotherSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	m := w.message(inv, 0)
	wantCode(t, w.e.Receive(w.ctx, w.org.Partition(), m.ID, engine.Receipt{ProviderID: "another", State: engine.MessageFailed}), engine.CodeInvalid)
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), "msg_unknown", engine.Receipt{ProviderID: "x", State: engine.MessageFailed}))
	w.wantsMessages(inv, "invitation/sms sent")
}

func TestNoReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.pass(71 * time.Hour)
	w.wantsMessages(inv, "invitation/sms sent", "invitation/email sent")
	w.until(monday.Add(72*time.Hour + time.Second))
	if m := w.message(inv, 0); m.State != engine.MessageUndelivered || m.Reason != "no_receipt" {
		t.Errorf("after 72 h it is %s %s", m.State, m.Reason)
	}
	if m := w.message(inv, 1); m.State != engine.MessageSent {
		t.Errorf("an email, which has no receipt, is %s", m.State)
	}
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{State: engine.MessageDelivered}))
	if m := w.message(inv, 0); m.State != engine.MessageDelivered || m.Reason != "" {
		t.Errorf("a late receipt leaves it %s %s", m.State, m.Reason)
	}
}

func TestTextsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tried := 0
	w.answer = func(o *engine.Outgoing) engine.Answer {
		if o.Message.Kind == engine.KindRelance { // it has a text and will never leave
			tried++
			return engine.Answer{Outcome: engine.OutcomeTemporary, Provider: "test", After: time.Hour}
		}
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test"}
	}
	inv := w.invite("awa")
	w.until(at(21, 9, 30))
	w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient))
	w.reply("awa", "une question")
	w.until(time.Date(2026, 11, 17, 9, 0, 0, 0, paris))
	if w.message(inv, 0).Body == "" {
		t.Error("forgotten before six months")
	}
	w.until(time.Date(2026, 12, 30, 9, 0, 0, 0, paris))
	for _, m := range all[engine.Message](w, "msg_") {
		if m.Body != "" || m.Subject != "" {
			t.Errorf("%s/%s (%s) still has its text", m.Kind, m.Channel, m.State)
		}
	}
	for _, in := range all[engine.InboundRecord](w, "inb_") {
		if in.Text != "" || in.Next != nil || tried == 0 {
			t.Errorf("a text received is still kept, next %s", in.Next)
		}
	}
}

// longTexts are too long, or cannot be written at all.
type longTexts struct {
	plainTexts
	err error
}

func (l longTexts) Render(lang string, ch engine.Channel, k engine.MessageKind, o map[string]string, v map[string]any) (engine.Text, error) {
	text, _ := l.plainTexts.Render(lang, ch, k, o, v)
	text.Parts = 4
	return text, l.err
}

func TestATextThatCannotGoIsADeadLetter(t *testing.T) {
	t.Parallel()
	for want, texts := range map[string]engine.Texts{
		"too_long": longTexts{}, "template": longTexts{err: errors.New("fr/sms/invitation: no variable city")},
	} {
		w := newWorld(t)
		w.e.Texts = texts
		inv := w.inviteByPhone("awa")
		w.work()
		w.wantsMessages(inv, "invitation/sms failed "+want)
		dead, err := w.e.DeadLetters(w.ctx, 10)
		w.must(nil, err)
		if len(w.sent) != 0 || len(dead) != 1 {
			t.Fatalf("%s: %d sent, dead letters %v", want, len(w.sent), dead)
		}
		w.e.Texts = plainTexts{}
		w.must(nil, w.e.Retry(w.ctx, dead[0].ID))
		w.work()
		w.wantsMessages(inv, "invitation/sms sent")
	}
}
