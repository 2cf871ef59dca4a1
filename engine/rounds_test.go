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
