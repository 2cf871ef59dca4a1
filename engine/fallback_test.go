package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// only invites by one channel.
func (w *world) only(name string, ch engine.Channel) engine.InvitationID {
	w.t.Helper()
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person(name), Channels: []engine.Channel{ch}}})
	w.must(res, err)
	w.must(nil, asError(res[0].Err))
	return res[0].Invitation
}

func TestFallbackIsAPolicy(t *testing.T) {
	t.Parallel()
	for policy, goes := range map[engine.FallbackPolicy]map[engine.Channel]bool{
		"":                     {engine.SMS: true, engine.Email: true},
		engine.FallbackBoth:    {engine.SMS: true, engine.Email: true},
		engine.FallbackToEmail: {engine.SMS: true},
		engine.FallbackToSMS:   {engine.Email: true},
		engine.FallbackNone:    {},
	} {
		for _, from := range []engine.Channel{engine.SMS, engine.Email} {
			w := newWorld(t)
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Fallback: policy})
			w.answer = fails(from, engine.Answer{Outcome: engine.OutcomePermanent, Code: "30007"})
			inv := w.only("awa", from)
			w.work()
			if got := len(w.sent) == 1; got != goes[from] {
				t.Errorf("%q: from %s it goes to the other channel: %v", policy, from, got)
			}
			if got := w.invitation(inv).Unreachable; got == goes[from] {
				t.Errorf("%q: from %s, unreachable %v", policy, from, got)
			}
		}
	}
}

func TestThePolicyOfFallbackHasVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Fallback: engine.FallbackNone})
	inv := w.only("awa", engine.SMS)
	w.work()
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{State: engine.MessageUndelivered, Code: "30007"}))
	w.work()
	if len(w.sent) != 1 {
		t.Error("it began under a policy without fallback")
	}
	_, err := w.e.SaveService(w.ctx, w.org, engine.Service{ID: "x", Name: "x", DurationMin: 30, Calendars: []engine.CalendarID{"desk-1"}, Fallback: "pigeon"})
	wantCode(t, err, engine.CodeInvalid)
}

// A convocation that reaches nobody is an appointment nobody knows of: staff must act.
func TestAConvocationThatReachesNobody(t *testing.T) {
	t.Parallel()
	refusal := engine.Receipt{State: engine.MessageUndelivered, Code: "30007"}
	w := newWorld(t)
	apt, err := w.convene(person("awa"), at(27, 9, 0))
	w.must(apt, err)
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(apt.Invitation, 0).ID, refusal))
	w.waits() // the email may arrive
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(apt.Invitation, 1).ID, refusal))
	w.waits("awa unreachable")
	if !w.invitation(apt.Invitation).Unreachable || w.events(engine.EventInvitationUnreachable) != 1 {
		t.Error("nobody is told")
	}
	// Told of after all: a move that arrives is news of the appointment.
	moved, err := w.moveTo(apt, at(28, 9, 0), engine.ByStaff)
	w.must(moved, err)
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(apt.Invitation, 2).ID, engine.Receipt{State: engine.MessageDelivered}))
	w.waits()
	// And a move that does not arrive is none.
	again, err := w.moveTo(moved, at(28, 10, 0), engine.ByStaff)
	w.must(again, err)
	w.work()
	for _, n := range []int{4, 5} {
		w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(apt.Invitation, n).ID, refusal))
	}
	w.waits("awa unreachable")
}

func TestAConvocationThatNoProviderTook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Limits = engine.Limits{Attempts: 2, BackOff: time.Minute}
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary, Code: "busy"})
	apt, err := w.convene(person("awa"), at(27, 9, 0))
	w.must(apt, err)
	w.pass(time.Hour)
	w.waits("awa unreachable")
	dead, err := w.e.DeadLetters(w.ctx, 10)
	w.must(dead, err)
	w.answer = nil
	w.must(nil, w.e.Retry(w.ctx, dead[0].ID))
	w.work()
	w.waits()
}

// The address is marked with the reason and when, and a new one is given its chance.
func TestANewAddressRecovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	w.pass(time.Hour)
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{State: engine.MessageUndelivered, Code: "30005", BadAddress: true}))
	r := w.recipient("awa")
	if r.BadPhone != "30005" || r.BadPhoneAt == nil || !r.BadPhoneAt.Equal(monday.Add(time.Hour)) || w.events(engine.EventRecipientBadAddress) != 1 {
		t.Fatalf("marked %q since %v", r.BadPhone, r.BadPhoneAt)
	}
	w.waits("awa unreachable")
	w.must(w.e.Readdress(w.ctx, w.org, r.ID, engine.Person{Email: "awa@example.org"}))
	w.waits()
	w.pass(8 * day)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 10:00 invitation/email", "Thu 21 09:00 relance/email", "Tue 26 08:00 relance/email")
	w.must(w.e.Readdress(w.ctx, w.org, r.ID, engine.Person{Phone: phoneOf("another")}))
	if r = w.recipient("awa"); r.BadPhone != "" || r.BadPhoneAt != nil || len(r.Reach()) != 2 {
		t.Errorf("a new phone is marked %q since %v", r.BadPhone, r.BadPhoneAt)
	}
}

func TestAConvocationIsSaidAgainAtANewAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	apt, err := w.convene(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}, at(27, 9, 0))
	w.must(apt, err)
	w.work()
	w.waits("awa unreachable")
	w.must(w.e.Readdress(w.ctx, w.org, engine.RecipientOf(w.org, "awa"), engine.Person{Email: "awa@example.org"}))
	w.work()
	w.waits()
	w.wants("awa", "Mon 18 09:00 convocation/email")
}

// Inviting somebody whom nobody reached anew, with another address, is a new round.
func TestInvitingAnewWithAnotherAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	old := w.inviteByPhone("awa")
	w.work()
	if res := w.tryInvite(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}); engine.CodeOf(asError(res.Err)) != engine.CodeAlreadyInvited {
		t.Errorf("the same address again: %v", res.Err)
	}
	fresh := w.tryInvite(person("awa"))
	w.must(nil, asError(fresh.Err))
	w.work()
	w.wants("awa", "Mon 18 09:00 invitation/email")
	w.waits()
	if i := w.invitation(old); i.State != engine.InvitationClosed || i.Reason != engine.ReasonReplaced || i.Action != nil {
		t.Errorf("the old one is %s (%s), staff should look: %v", i.State, i.Reason, i.Action)
	}
	if w.recipient("awa").Open[w.svc] != fresh.Invitation || len(w.recipient("awa").Acting) != 0 {
		t.Error("the person's open invitation is not the new one")
	}
}
