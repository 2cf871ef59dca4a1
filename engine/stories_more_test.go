package engine_test

import (
	"fmt"
	"testing"
	"time"

	"relance/engine"
)

func nobodyAnswersAtAll(t *testing.T, w *world) {
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Batch: "bat_x", Line: 1, Person: person("awa")}})
	w.must(res, err)
	w.pass(12 * day)
	inv := w.invitation(res[0].Invitation)
	if inv.State != engine.InvitationExpired || inv.Action == nil || inv.Action.Reason != engine.ActionExpired {
		t.Fatalf("the invitation is %s, staff should look: %v", inv.State, inv.Action)
	}
	_, err = w.e.MarkDone(w.ctx, w.org, inv.ID)
	w.must(nil, err)
	// The person comes to the desk after all, and staff book for them.
	w.must(w.bookAt(inv.ID, w.slots()[0].Start, engine.ByStaff))
	w.work()
	if n := len(w.got("awa")); n != 8 { // invitation, two relances and the confirmation, each by SMS and email
		t.Errorf("%d messages: %q", n, w.got("awa"))
	}
}

func bookedInByStaff(t *testing.T, w *world) {
	apt, err := w.convene(person("awa"), at(20, 9, 0))
	w.must(apt, err)
	waiting := w.invite("bo") // is booked in while the invitation waits
	w.must(w.convene(person("bo"), at(20, 9, 30)))
	asked := w.invite("chloe")
	w.work()
	w.must(w.convene(person("chloe"), at(20, 10, 0)))
	early := w.invite("dan") // staff book before anything left
	w.must(w.bookAt(early, at(20, 10, 30), engine.ByStaff))
	w.work()
	w.until(at(22, 9, 0))
	for name, id := range map[string]engine.InvitationID{"awa": apt.Invitation, "bo": waiting, "chloe": asked, "dan": early} {
		if i := w.invitation(id); i.State != engine.InvitationClosed || i.Rung != 0 {
			t.Errorf("%s's invitation is %s after %d relances", name, i.State, i.Rung)
		}
	}
	w.wants("awa", "Mon 18 09:00 convocation/sms", "Mon 18 09:00 convocation/email")
	if w.events(engine.EventOutcomeMissing) != 4 {
		t.Errorf("%d outcomes are missing", w.events(engine.EventOutcomeMissing))
	}
}

func choosesBySMS(t *testing.T, w *world) {
	inv := w.invite("awa")
	w.work()
	w.offered(inv)
	w.pass(time.Minute)
	w.reply("awa", "non merci")
	w.pass(31 * time.Minute)
	w.offered(inv)
	w.pass(time.Minute)
	w.reply("awa", "2")
	w.pass(time.Hour)
	apt := w.invitation(inv).Appointment
	if a := w.appointment(apt); !a.Start.Equal(at(20, 9, 0)) {
		t.Fatalf("the second of three is at %s", a.Start.In(paris))
	}
	w.reply("awa", "oui")
	w.pass(time.Hour)
	w.reply("awa", "changer")
	w.pass(31 * time.Minute) // nothing is chosen: the slots are free again
	w.pass(time.Hour)
	w.reply("awa", "qui êtes-vous ?")
	w.pass(time.Hour)
	w.reply("awa", "annuler")
	w.pass(time.Hour)
	if a := w.appointment(apt); a.State != engine.CancelledByRecipient || a.ConfirmedAt == nil {
		t.Errorf("the appointment is %s, confirmed %v", a.State, a.ConfirmedAt)
	}
	w.reply("awa", "changer")
	w.pass(time.Hour)
	w.closes(inv)
	w.reply("awa", "oui")
	w.work()
	w.reply("chloe", "annuler") // nobody here has her number: staff look
	other := w.invite("bo")     // a text about an invitation of which nothing was done yet
	w.work()
	w.reply("bo", "comment ?")
	w.pass(2 * time.Hour)
	w.reply("bo", "oui")
	w.work()
	if i := w.invitation(other); i.OpenedAt == nil || i.State != engine.InvitationSent {
		t.Errorf("after texts the invitation is %s, opened %v", i.State, i.OpenedAt)
	}
	w.must(w.bookAt(other, at(20, 10, 0), engine.ByRecipient))
	w.until(at(20, 9, 0))
	w.reply("bo", "annuler") // an hour before it is too late for that: call
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyHelp {
		t.Errorf("a late cancellation is answered with %s", last.Kind)
	}
	third := w.invite("chloe")
	w.work()
	w.reply("chloe", "changer")
	w.work()
	if w.invitation(third).OpenedAt == nil {
		t.Error("a text does not open the invitation")
	}
	for _, text := range []string{"aide", "appel", "merci"} {
		w.pass(time.Hour)
		w.reply("chloe", text)
		w.work()
	}
	calls, _, err := w.e.Calls(w.ctx, w.org, "", 10)
	w.must(calls, err)
	w.must(w.e.MarkCalled(w.ctx, w.org, calls[0].ID))
}

func outcomesCorrected(t *testing.T, w *world) {
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(2)})
	id := map[string]engine.InvitationID{}
	apt := map[string]*engine.Appointment{}
	for i, name := range []string{"awa", "bo", "chloe", "eve"} {
		id[name] = w.invite(name)
		w.work()
		a, err := w.bookAt(id[name], []time.Time{at(19, 9, 0), at(19, 9, 30), at(27, 9, 0), at(27, 9, 30)}[i], engine.ByRecipient)
		w.must(a, err)
		apt[name] = a
	}
	w.until(at(19, 11, 0))
	w.records(apt["awa"].ID, engine.NoShow)
	w.records(apt["awa"].ID, engine.Attended)
	w.records(apt["awa"].ID, engine.NoShow)
	w.records(apt["bo"].ID, engine.Attended)
	if i := w.invitation(id["awa"]); i.State != engine.InvitationSent || len(w.appointment(apt["awa"].ID).History) != 3 {
		t.Errorf("awa's invitation is %s", i.State)
	}
	w.until(at(22, 9, 0))
	_, err := w.e.Cancel(w.ctx, w.org, apt["chloe"].ID, engine.ByRecipient) // the validity is over meanwhile
	w.must(nil, err)
	_, err = w.e.Cancel(w.ctx, w.org, apt["eve"].ID, engine.ByStaff)
	w.must(nil, err)
	w.work()
	if c, e := w.invitation(id["chloe"]), w.invitation(id["eve"]); c.State != engine.InvitationExpired || e.State != engine.InvitationSent {
		t.Errorf("chloe, who cancelled, has an invitation that is %s; eve, whom staff cancelled, one that is %s", c.State, e.State)
	}
	late := w.invite("dan")
	w.work()
	a, err := w.bookAt(late, at(27, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(27, 10, 0))
	w.records(a.ID, engine.NoShow)
	if i := w.invitation(late); i.State != engine.InvitationExpired {
		t.Errorf("dan's invitation is %s", i.State)
	}
}

func closedByStaff(t *testing.T, w *world) {
	before := w.invite("awa") // nothing has left yet
	w.closes(before)
	w.work()
	after := w.invite("bo")
	w.work()
	w.closes(after)
	w.pass(20 * day)
	w.wants("awa")
	w.wants("bo", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
	if w.invitation(before).SentAt != nil {
		t.Error("nothing left, and it is said to be sent")
	}
}

func noProviderForTenDays(t *testing.T, w *world) {
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeConfiguration, Code: "20003", After: 6 * time.Hour})
	inv := w.invite("awa")
	w.pass(12 * day)
	w.answer = nil
	w.pass(day)
	w.wants("awa")
	if i := w.invitation(inv); i.State != engine.InvitationExpired || i.SentAt != nil || i.Rung != 0 {
		t.Errorf("the invitation is %s after %d relances", i.State, i.Rung)
	}
	w.wantsMessages(inv, "invitation/sms skipped expired", "invitation/email skipped expired")
}

func badDayOfTheProvider(t *testing.T, w *world) {
	w.anyDay()
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary, Code: "busy"})
	awa := w.invite("awa")
	w.pass(time.Second)
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	w.pass(2 * time.Minute)
	if i := w.invitation(awa); !i.Unreachable {
		t.Error("no channel is left, and nobody is told")
	}
	bo := w.inviteByPhone("bo")
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomeUnknown})
	w.pass(12 * day)
	if m := w.message(bo, 0); m.State != engine.MessageUndelivered {
		t.Errorf("what nobody knows of is %s", m.State)
	}
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomePermanent, Code: "21610", OptedOut: true})
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("chloe"), Channels: []engine.Channel{engine.SMS}}})
	w.must(res, err)
	w.pass(time.Minute)
	wantLast := "invitation/email"
	if got := w.got("chloe"); len(got) != 1 || got[0][len(got[0])-len(wantLast):] != wantLast {
		t.Errorf("somebody whose only channel refused got %q", got)
	}
	w.answer = nil
	// A ladder that finds nobody: both addresses turn out to be bad after the invitation left.
	dan := w.invite("dan")
	w.work()
	for n := range 2 {
		w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(dan, n).ID, engine.Receipt{State: engine.MessageUndelivered, BadAddress: true}))
	}
	w.pass(8 * day)
	if i := w.invitation(dan); !i.Unreachable {
		t.Error("both addresses are bad, and nobody is told")
	}
	eve := w.inviteByPhone("eve")
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(eve, 0).ID, engine.Receipt{State: engine.MessageFailed, BadAddress: true}))
	w.pass(4 * day)
}

// fromTo brings the first message of an invitation to a state, and then there comes a receipt, twice.
func fromTo(w *world, inv engine.InvitationID, from, to engine.MessageState) {
	w.t.Helper()
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
	m := w.message(inv, 0).ID
	switch from {
	case engine.MessageQueued: // a provider that says "later" and took it all the same
		w.busy()
	case engine.MessageSending: // a worker claims it, dies, and only the carrier knows
		_, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{m})
		w.must(nil, err)
	case engine.MessageSent:
		w.work()
	case engine.MessageUndelivered:
		w.work()
		w.clock.set(w.clock.Now().Add(72*time.Hour + time.Minute))
		_, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{m})
		w.must(nil, err)
	}
	for range 2 {
		w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), m, engine.Receipt{State: to}))
	}
}

// busy is what providers answer to what is due now.
func (w *world) busy() {
	w.answer = func(*engine.Outgoing) engine.Answer {
		return engine.Answer{Outcome: engine.OutcomeTemporary, Provider: "a", Reason: "busy"}
	}
	w.work()
	w.answer = nil
}

func receiptsOutOfOrder(t *testing.T, w *world) {
	w.anyDay()
	first := []engine.MessageState{engine.MessageSent, engine.MessageDelivered, engine.MessageUndelivered, engine.MessageFailed}
	for _, from := range []engine.MessageState{engine.MessageQueued, engine.MessageSending, engine.MessageSent, engine.MessageUndelivered} {
		for _, to := range first {
			inv := w.inviteByPhone(fmt.Sprintf("%s-%s", from, to))
			if to == engine.MessageUndelivered || to == engine.MessageFailed { // and of somebody whom an email reaches
				other := person(fmt.Sprintf("mail-%s-%s", from, to))
				res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: other, Channels: []engine.Channel{engine.SMS}}})
				w.must(res, err)
				fromTo(w, res[0].Invitation, from, to)
			}
			fromTo(w, inv, from, to)
			if got := w.message(inv, 0).State; got != to && (from != engine.MessageUndelivered || to != engine.MessageSent) {
				t.Errorf("from %s a receipt %s leads to %s", from, to, got)
			}
		}
	}
	// It was busy, took it all the same, and could not reach the phone yet.
	off := w.inviteByPhone("off")
	w.busy()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(off, 0).ID, engine.Receipt{State: engine.MessageUndelivered, Later: true}))
	// What is told of one channel and refused goes out on the other.
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.SMS}}})
	w.must(res, err)
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(res[0].Invitation, 0).ID, engine.Receipt{State: engine.MessageUndelivered}))
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(res[0].Invitation, 1).ID, engine.Receipt{State: engine.MessageDelivered}))
	w.closes(res[0].Invitation)
}
