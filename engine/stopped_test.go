package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.reply("awa", "STOP")
	w.reply("awa", "stop !")
	w.pass(12 * day)
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Mon 18 09:00 stop_ack/sms",
		"Thu 21 09:00 relance/email", "Tue 26 08:00 relance/email")
	if w.recipient("awa").OptedOut == nil || w.events(engine.EventRecipientOptedOut) != 1 {
		t.Error("staff are not told once")
	}
	if got := w.invitation(inv); got.State != engine.InvitationExpired {
		t.Errorf("the invitation is %s", got.State)
	}
}

func TestStopEndsTheLadderWhereNothingElseIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	w.reply("awa", "STOP")
	if got := w.invitation(inv); !got.Unreachable || got.Next.Kind != engine.StepExpire {
		t.Errorf("after STOP the invitation is %s, unreachable %v, next %+v", got.State, got.Unreachable, got.Next)
	}
	w.pass(12 * day)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 stop_ack/sms")
}

// A family shares a phone: STOP is the number's, not the person's (RULES §4).
func TestStopIsTheNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shared := phoneOf("awa")
	w.inviteByPhone("awa")
	w.must(nil, asError(w.tryInvite(engine.Person{ExternalID: "zoe", Phone: shared, Email: "zoe@example.org"}).Err))
	w.work()
	w.reply("awa", "STOP")
	w.work()
	before := len(w.smsTo(shared))
	ada := w.tryInvite(engine.Person{ExternalID: "ada", Phone: shared}) // the number is stopped before she is known
	w.must(nil, asError(ada.Err))
	w.pass(12 * day)
	if after := len(w.smsTo(shared)); after != before {
		t.Errorf("%d SMS went to a stopped number", after-before)
	}
	if got := len(w.relances(engine.Email)); got != 2 {
		t.Errorf("%d relances by email, want 2: other channels go on", got)
	}
	for _, name := range []string{"awa", "zoe", "ada"} {
		if w.recipient(name).OptedOut == nil {
			t.Errorf("staff do not see that SMS no longer reach %s", name)
		}
	}
	if !w.invitation(ada.Invitation).Unreachable || w.events(engine.EventRecipientOptedOut) != 3 {
		t.Errorf("ada is unreachable: %v; %d events, want 3", w.invitation(ada.Invitation).Unreachable, w.events(engine.EventRecipientOptedOut))
	}
}

// A reply binds to the newest open question, whoever of the family was asked.
func TestReplyOfASharedPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	awa := w.inviteByPhone("awa")
	w.work()
	w.must(w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: awa, Start: at(28, 9, 0), By: engine.ByRecipient}))
	w.pass(time.Hour)
	zoe := w.tryInvite(engine.Person{ExternalID: "zoe", Phone: phoneOf("awa")})
	w.must(nil, asError(zoe.Err))
	w.work()
	w.pass(8 * day) // awa's reminder was sent after zoe's relance
	w.reply("awa", "1")
	if a := w.appointment(w.invitation(awa).Appointment); a.ConfirmedAt == nil {
		t.Error("the answer to the newest question was taken for another")
	}
}

func (w *world) smsTo(phone string) (out []sent) {
	for _, m := range w.sent {
		if m.To == phone {
			out = append(out, m)
		}
	}
	return out
}

func asError(e *engine.Error) error {
	if e == nil {
		return nil
	}
	return e
}

func TestStopWhileAMessageWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomeTemporary})
	w.until(at(21, 9, 1)) // the relance by SMS waits for another attempt
	w.must(nil, w.e.Stop(w.ctx, w.org, engine.RecipientOf(w.org, "awa")))
	w.answer = nil
	w.pass(5 * time.Hour)
	w.wantsMessages(inv, "invitation/sms undelivered no_receipt", "invitation/email sent", "relance/sms skipped opted_out", "relance/email sent")
}
