package engine_test

import (
	"slices"
	"testing"
	"time"

	"relance/engine"
)

// inviteBy asks for one person by some channels.
func (w *world) inviteBy(p engine.Person, channels ...engine.Channel) engine.InviteResult {
	w.t.Helper()
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: p, Channels: channels}})
	w.must(nil, err)
	w.work()
	return res[0]
}

// TestNotTwiceADayByTheSameChannel: the guard is of a person, a service and a channel.
func TestNotTwiceADayByTheSameChannel(t *testing.T) {
	t.Parallel()
	var (
		bySMS, byEmail = []engine.Channel{engine.SMS}, []engine.Channel{engine.Email}
		smsEmail       = "Mon 18 09:00 invitation/email"
	)
	for _, c := range []struct {
		name         string
		first, again []engine.Channel
		between      func(w *world)
		code         engine.Code
		want         []string
	}{
		{"the same", bySMS, bySMS, nil, engine.CodeAlreadyInvited, nil},
		{"another", bySMS, byEmail, nil, "", []string{smsEmail}},
		{"one of the two is left", bySMS, nil, nil, "", []string{smsEmail}},
		{"none is left", nil, byEmail, nil, engine.CodeAlreadyInvited, nil},
		{"another service", bySMS, bySMS, (*world).other, "", []string{"Mon 18 09:00 invitation/sms"}},
		{"a day later", nil, nil, func(w *world) { w.clock.set(monday.Add(day)) }, "", []string{"Tue 19 09:00 invitation/sms", "Tue 19 09:00 invitation/email"}},
		{"nothing had been queued", nil, nil, nil, "", []string{"Mon 18 09:00 invitation/sms", smsEmail}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.name == "nothing had been queued" {
				w.closes(w.invite("awa"))
			} else {
				w.closes(w.inviteBy(person("awa"), c.first...).Invitation)
			}
			before := len(w.got("awa"))
			if c.between != nil {
				c.between(w)
			}
			res := w.inviteBy(person("awa"), c.again...)
			if res.Err != nil {
				wantCode(t, res.Err, c.code)
			} else if c.code != "" {
				t.Errorf("invited, want %s", c.code)
			}
			if got := w.got("awa")[before:]; !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestAFailedChannelMayBeTriedAgain: what did not arrive does not count, the channel that did does.
func TestAFailedChannelMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	w.closes(w.inviteBy(person("awa")).Invitation)
	w.answer = nil
	p := person("awa")
	p.Phone = phoneOf("new awa")
	if res := w.inviteBy(p); res.Err != nil {
		t.Fatal(res.Err)
	}
	if last := w.sent[len(w.sent)-1]; len(w.sent) != 2 || last.Channel != engine.SMS || last.To != phoneOf("new awa") {
		t.Errorf("%d messages, the last by %s", len(w.sent), last.Channel)
	}
}

// TestTheDayBetweenTwoInvitationsCountsFromTheMessage: an invitation may wait for the morning, a slot or
// the end of a pause before it leaves, and may leave more than once.
func TestTheDayBetweenTwoInvitationsCountsFromTheMessage(t *testing.T) {
	t.Parallel()
	phone := engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}
	fails := func(w *world, inv engine.InvitationID) {
		w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{State: engine.MessageFailed, Code: "30005", BadAddress: true}))
		w.work()
	}
	for name, c := range map[string]struct {
		lives func(w *world) engine.InvitationID // what happens to the first invitation before it is closed
		again engine.Person
		code  engine.Code
	}{
		"made on Saturday night": {func(w *world) engine.InvitationID {
			w.clock.set(at(16, 21, 0))
			inv := w.inviteByPhone("awa")
			w.until(at(18, 8, 30))
			return inv
		}, phone, engine.CodeAlreadyInvited},
		"waited for a slot": {func(w *world) engine.InvitationID {
			w.shut()
			inv := w.inviteByPhone("awa")
			w.pass(2 * day)
			w.calendar("desk-1")
			w.pass(time.Hour)
			return inv
		}, phone, engine.CodeAlreadyInvited},
		"waited for the end of a pause": {func(w *world) engine.InvitationID {
			w.pauses()
			inv := w.inviteByPhone("awa")
			w.pass(2 * day)
			w.resumes()
			w.pass(time.Hour)
			return inv
		}, phone, engine.CodeAlreadyInvited},
		"still waits, and never leaves": {func(w *world) engine.InvitationID {
			w.pauses()
			inv := w.inviteByPhone("awa")
			w.pass(2 * day)
			return inv
		}, phone, ""},
		"by the other channel, when the first failed": {func(w *world) engine.InvitationID {
			inv := w.inviteBy(person("awa"), engine.SMS).Invitation
			w.pass(time.Hour)
			fails(w, inv)
			return inv
		}, person("awa"), engine.CodeAlreadyInvited},
		"the phone was off, a day ago": {func(w *world) engine.InvitationID {
			w.numbered(new([]string))
			inv := w.inviteByPhone("awa")
			w.work()
			for range 3 { // the third time it leaves in the afternoon or the next morning
				w.off(w.message(inv, 0).ID, w.message(inv, 0).ProviderID)
				w.until(w.message(inv, 0).Next.At.Add(time.Minute))
			}
			w.until(at(19, 9, 30))
			return inv
		}, phone, engine.CodeAlreadyInvited},
		"the phone is off": {func(w *world) engine.InvitationID {
			w.numbered(new([]string))
			inv := w.inviteByPhone("awa")
			w.work()
			w.off(w.message(inv, 0).ID, w.message(inv, 0).ProviderID)
			return inv
		}, phone, ""},
		"the phone was off, and it arrived after all": {func(w *world) engine.InvitationID {
			w.numbered(new([]string))
			inv := w.inviteByPhone("awa")
			w.work()
			w.off(w.message(inv, 0).ID, "A")
			w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 0).ID, engine.Receipt{ProviderID: "A", State: engine.MessageDelivered}))
			return inv
		}, phone, engine.CodeAlreadyInvited},
		"closed while a provider has it": {func(w *world) (inv engine.InvitationID) {
			w.answer = func(*engine.Outgoing) engine.Answer {
				w.closes(inv)
				wantCode(w.t.(testing.TB), asError(w.tryInvite(phone).Err), engine.CodeAlreadyInvited)
				return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test"}
			}
			inv = w.inviteByPhone("awa")
			w.work()
			return inv
		}, phone, engine.CodeAlreadyInvited},
		"no provider took it yet": {func(w *world) engine.InvitationID {
			w.answer = func(*engine.Outgoing) engine.Answer {
				return engine.Answer{Outcome: engine.OutcomeTemporary, Provider: "test", After: time.Hour}
			}
			inv := w.inviteByPhone("awa")
			w.work()
			return inv
		}, phone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.closes(c.lives(w))
			err := asError(w.inviteBy(c.again).Err)
			if engine.CodeOf(err) != c.code {
				t.Errorf("invited again: %v, want %q; they got %q", err, c.code, w.got("awa"))
			}
		})
	}
}

// TestInvitingWritesThePersonOnceAMessage: the claim counts it for the caps and notes the day in one write.
func TestInvitingWritesThePersonOnceAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	before := w.recipient("awa").Version
	w.work()
	if got := w.recipient("awa").Version - before; got != 2 {
		t.Errorf("two messages wrote the person %d times", got)
	}
}

// TestAFailureTakesBackItsOwnOnly: a receipt of the round before says nothing of the one that goes on.
func TestAFailureTakesBackItsOwnOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.inviteByPhone("awa")
	w.pass(time.Hour)
	w.closes(first)
	w.pass(day)
	second := w.inviteByPhone("awa")
	w.work()
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(first, 0).ID, engine.Receipt{State: engine.MessageUndelivered, Code: "30008"}))
	w.closes(second)
	wantCode(t, asError(w.tryInvite(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}).Err), engine.CodeAlreadyInvited)
}

// TestWhatClosingStops: the ladder, what is on its way, the link, slots on offer, the place in a queue;
// the person may be invited for a new round after a day.
func TestWhatClosingStops(t *testing.T) {
	t.Parallel()
	for _, by := range []engine.Actor{engine.ByStaff, engine.ByRecipient} {
		t.Run(string(by), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			token := w.token("awa")
			w.clock.set(at(21, 9, 1))
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
			w.must(w.e.Offer(w.ctx, w.org, inv))

			w.must(w.e.Close(w.ctx, w.org, inv, by, "found work"))
			_, err := w.e.Open(w.ctx, token)
			wantCode(t, err, engine.CodeLinkDead)
			w.pass(15 * day)
			w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
			i := w.invitation(inv)
			if i.State != engine.InvitationClosed || i.Reason != "found work" || i.Next != nil || i.Action != nil || w.claimed() != 0 {
				t.Errorf("the invitation is %s %q, waits for %s, holds %d slots", i.State, i.Reason, i.Next, w.claimed())
			}
			if w.events(engine.EventInvitationExpired) != 0 || w.events(engine.EventInvitationClosed) != 1 {
				t.Error("a closed case is told of otherwise than once, as closed")
			}
			if again := w.invite("awa"); again == inv {
				t.Error("inviting again is no new round")
			}
		})
	}
}

// TestClosingBesideAnAppointment: a coming one is cancelled first, on purpose; one that was missed is no
// obstacle.
func TestClosingBesideAnAppointment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	for _, by := range []engine.Actor{engine.ByStaff, engine.ByRecipient} {
		_, err := w.e.Close(w.ctx, w.org, inv, by, "")
		wantCode(t, err, engine.CodePending)
	}
	wantCode(t, w.tryInvite(person("awa")).Err, engine.CodePending)
	if w.appointment(a.ID).State != engine.Booked || w.invitation(inv).State != engine.InvitationBooked {
		t.Error("a refused closing changed something")
	}
	w.until(at(20, 10, 0))
	w.records(a.ID, engine.NoShow)
	w.must(w.e.Close(w.ctx, w.org, inv, engine.ByStaff, "no more"))
	w.pass(20 * day)
	if i := w.invitation(inv); i.State != engine.InvitationClosed || w.count(engine.KindRelance, engine.SMS)+w.count(engine.KindNoShow, engine.SMS) != 0 {
		t.Errorf("after a missed appointment the closed case is %s", i.State)
	}
}

// TestEveryRoundIsCountedApart: each round has its own ladder, last day and link.
func TestEveryRoundIsCountedApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[engine.InvitationID]bool{}
	for round := range 3 {
		before := len(w.sent)
		inv := w.invite("awa")
		w.work()
		begun := w.clock.Now()
		w.pass(12 * day)
		kinds := map[engine.MessageKind]int{}
		for _, s := range w.sent[before:] {
			kinds[s.Kind]++
		}
		i := w.invitation(inv)
		if seen[inv] || kinds[engine.KindInvitation] != 2 || kinds[engine.KindRelance] != 4 || i.Rung != 2 || i.State != engine.InvitationExpired || i.ExpiresAt.Sub(begun) < 10*day {
			t.Errorf("round %d: %v, %d relances, %s on %s", round+1, kinds, i.Rung, i.State, i.ExpiresAt.In(paris).Format(time.DateOnly))
		}
		seen[inv] = true
		for w.clock.Now().In(paris).Weekday() != time.Monday { // each round begins alike
			w.pass(day)
		}
		w.clock.set(time.Date(w.clock.Now().Year(), w.clock.Now().Month(), w.clock.Now().Day(), 9, 0, 0, 0, paris))
	}
}
