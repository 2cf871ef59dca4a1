package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// leavesAndComesBack: every channel is left in its own manner, and taken up again by the person.
func leavesAndComesBack(t *testing.T, w *world) {
	inv := w.invite("awa")
	w.work()
	awa := engine.RecipientOf(w.org, "awa")
	w.must(nil, w.e.Unsubscribe(w.ctx, w.button("awa"), engine.LeftByOneClick))
	w.reply("awa", "STOP")
	w.work()
	w.waits("awa unreachable")
	known := w.invite("dan")
	w.work()
	w.closes(known)       // whose number is known from then on
	w.until(at(22, 9, 0)) // no relance on Thursday
	w.reply("awa", "start")
	w.work()
	w.waits()
	w.until(at(26, 10, 0))
	w.must(nil, w.e.Stop(w.ctx, w.org, awa, engine.SMS))
	w.must(nil, w.e.OptIn(w.ctx, w.org, awa, engine.Email, engine.ByRecipient))
	w.must(w.bookAt(inv, w.slots()[0].Start, engine.ByRecipient))
	w.work()
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Mon 18 09:00 stop_ack/sms",
		"Fri 22 09:00 start_ack/sms", "Fri 22 09:00 relance/sms", // Thursday's, late
		"Tue 26 08:00 relance/sms",
		"Tue 26 10:00 confirmation/email",
	)
	// Somebody who left before the first message: the invitation ends like others, and begins with the return.
	w.must(nil, w.e.Stop(w.ctx, w.org, awa, engine.Email))
	w.clock.set(at(26, 21, 0)) // quiet hours: what is invited now waits
	bo := w.invite("bo")
	w.invite("chloe") // changes her mind twice before anything left
	w.reply("chloe", "STOP")
	w.reply("chloe", "START")
	id := engine.RecipientOf(w.org, "bo")
	w.must(nil, w.e.Stop(w.ctx, w.org, id, engine.SMS, engine.Email))
	if i := w.invitation(bo); !i.Unreachable || i.Next == nil || i.Next.Kind != engine.StepExpire {
		t.Errorf("nothing can leave: unreachable %v, next %s", i.Unreachable, i.Next)
	}
	w.must(nil, w.e.OptIn(w.ctx, w.org, id, engine.Email, engine.ByRecipient))
	w.until(at(27, 9, 0))
	w.wants("bo", "Wed 27 08:00 invitation/email")
	again := w.invite("dan") // leaves every channel while the invitation is on its way
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(again)}))
	w.must(nil, w.e.Stop(w.ctx, w.org, engine.RecipientOf(w.org, "dan"), engine.SMS, engine.Email))
	w.work()
	w.reply("dan", "START")
	w.work()
	w.wants("dan", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Wed 27 09:00 invitation/sms", "Wed 27 09:00 start_ack/sms")
}

func callsItSpam(t *testing.T, w *world) {
	w.anyDay()
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.Email}}})
	w.must(res, err)
	w.work()
	w.must(nil, w.e.Complain(w.ctx, w.org.Partition(), w.message(res[0].Invitation, 0).ID))
	w.pass(day)
	w.wants("awa", "Mon 18 09:00 invitation/email") // and nothing by SMS instead
	zoe := w.only("zoe", engine.Email)              // complains of what had been delivered
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(zoe, 0).ID, engine.Receipt{State: engine.MessageDelivered}))
	w.must(nil, w.e.Complain(w.ctx, w.org.Partition(), w.message(zoe, 0).ID))
}

// phoneOffForAWhile: what could not arrive is sent again, and says so once it does.
func phoneOffForAWhile(t *testing.T, w *world) {
	w.anyDay()
	var avoided []string
	w.numbered(&avoided)
	back := w.inviteByPhone("awa")
	w.work()
	w.off(w.message(back, 0).ID, w.message(back, 0).ProviderID)
	w.pass(time.Hour)
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(back, 0).ID, engine.Receipt{ProviderID: w.message(back, 0).ProviderID, State: engine.MessageDelivered}))
	booked := w.inviteByPhone("bo")
	w.work()
	w.off(w.message(booked, 0).ID, w.message(booked, 0).ProviderID)
	w.must(w.bookAt(booked, w.slots()[30].Start, engine.ByRecipient)) // no need to say it again
	w.pass(time.Hour)
	// A receipt that comes before the answer, and one before anything was known to have left.
	for _, name := range []string{"chloe", "dan"} {
		inv := w.inviteByPhone(name)
		w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
		m := w.message(inv, 0).ID
		if name == "chloe" {
			_, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{m})
			w.must(nil, err)
		}
		w.off(m, "early")
		w.pass(day)
	}
	// And one about a message that nothing was heard of for three days, and that no relance followed.
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Ladder: []engine.Rung{}})
	late := w.inviteByPhone("eve")
	w.pass(72*time.Hour + time.Minute)
	w.off(w.message(late, 0).ID, w.message(late, 0).ProviderID)
	w.pass(day)
	if m := w.message(late, 0); m.Left != 2 {
		t.Errorf("it left %d times, and is %s %s", m.Left, m.State, m.Reason)
	}
}

// nobodyGotIt: messages that reach nobody, and the addresses that mend it.
func nobodyGotIt(t *testing.T, w *world) {
	w.anyDay()
	refusal := engine.Receipt{State: engine.MessageUndelivered, Code: "30005", BadAddress: true}
	apt, err := w.convene(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}, at(27, 9, 0))
	w.must(apt, err)
	asked := w.inviteByPhone("bo")
	w.work()
	for _, inv := range []engine.InvitationID{apt.Invitation, asked} {
		w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, refusal))
	}
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	never := w.inviteByPhone("chloe") // nothing ever left
	dan := w.inviteByPhone("dan")
	w.work()
	if got := w.waiting(); len(got) != 4 {
		t.Errorf("staff see %q", got)
	}
	w.answer = nil
	for _, name := range []string{"awa", "bo", "chloe"} {
		w.must(w.e.Readdress(w.ctx, w.org, engine.RecipientOf(w.org, name), engine.Person{Email: name + "@example.org"}))
	}
	w.must(nil, asError(w.tryInvite(person("dan")).Err)) // anew: the one before is closed
	w.work()
	w.waits()
	w.wants("awa", "Mon 18 09:00 convocation/sms", "Mon 18 09:00 convocation/email")
	w.wants("bo", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
	w.wants("chloe", "Mon 18 09:00 invitation/email")
	w.wants("dan", "Mon 18 09:00 invitation/email")
	if i := w.invitation(never); i.State != engine.InvitationSent {
		t.Errorf("what left at last is %s", i.State)
	}
	// A message that was taken and then refused goes by the other channel, too.
	eve := w.only("eve", engine.SMS)
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(eve, 0).ID, engine.Receipt{State: engine.MessageFailed, Code: "30007"}))
	w.work()
	w.wantsMessages(eve, "invitation/sms failed unreachable", "invitation/email sent")
	if i := w.invitation(dan); i.State != engine.InvitationClosed {
		t.Errorf("the one before is %s", i.State)
	}
}
