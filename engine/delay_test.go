package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

func TestAfterALongFailureOneRungGoesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomeConfiguration, Code: "20003", After: 6 * time.Hour})
	w.until(at(26, 9, 0)) // both relances were due meanwhile
	w.answer = nil
	w.pass(day)
	w.wantsMessages(inv,
		"invitation/sms undelivered no_receipt", "invitation/email sent",
		"relance/sms skipped merged", "relance/email sent",
		"relance/sms sent", "relance/email sent",
	)
}

func TestARungOnAnotherChannelReplacesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Ladder: []engine.Rung{{AfterDays: 1, Channels: []engine.Channel{engine.Email}}}})
	w.answer = fails(engine.SMS, engine.Answer{Outcome: engine.OutcomeConfiguration, Code: "20003", After: 6 * time.Hour})
	inv := w.invite("awa")
	w.pass(2 * day)
	w.answer = nil
	w.pass(day)
	w.wantsMessages(inv, "invitation/sms sent", "invitation/email sent", "relance/email sent")
}

func TestAMessageSaysWhyItLeftAtAnotherMoment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		live func(*world) engine.InvitationID
		n    int // which message
		want string
	}{
		"on time": {func(w *world) engine.InvitationID { return w.invite("awa") }, 0, ""},
		"invited at night": {func(w *world) engine.InvitationID {
			w.clock.set(at(18, 22, 0))
			return w.invite("awa")
		}, 0, engine.ReasonQuiet},
		"a reminder sooner than planned": {func(w *world) engine.InvitationID {
			inv := w.inviteByPhone("awa")
			w.work()
			w.must(w.bookAt(inv, at(26, 9, 0), engine.ByRecipient)) // 48 h before is a Sunday, then comes a holiday
			w.until(at(24, 0, 0))
			return inv
		}, 2, engine.ReasonQuiet},
		"staff act at night": {func(w *world) engine.InvitationID {
			inv := w.inviteByPhone("awa")
			w.until(at(18, 22, 0))
			w.must(w.bookAt(inv, at(26, 9, 0), engine.ByStaff))
			return inv
		}, 1, engine.ReasonQuiet},
		"the person acts at night": {func(w *world) engine.InvitationID {
			inv := w.inviteByPhone("awa")
			w.until(at(18, 22, 0))
			w.must(w.bookAt(inv, at(26, 9, 0), engine.ByRecipient))
			return inv
		}, 1, ""},
		"the system was stopped": {func(w *world) engine.InvitationID {
			inv := w.inviteByPhone("awa")
			w.work()
			w.clock.set(at(21, 15, 0))
			return inv
		}, 1, engine.ReasonBehind},
		"stopped, and two rungs would come at once": {func(w *world) engine.InvitationID {
			inv := w.inviteByPhone("awa")
			w.work()
			w.clock.set(at(23, 15, 0)) // the first relance, two days late; the second is due the next day but one
			w.work()
			w.until(at(27, 0, 0))
			return inv
		}, 2, engine.ReasonQuiet}, // Monday 25 is a holiday
		"a provider that refuses at first": {func(w *world) engine.InvitationID {
			w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary})
			inv := w.inviteByPhone("awa")
			w.pass(10 * time.Minute)
			w.answer = nil
			return inv
		}, 0, engine.ReasonRetried},
		"the other channel failed": {func(w *world) engine.InvitationID {
			res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa"), Channels: []engine.Channel{engine.SMS}}})
			w.must(nil, err)
			w.work()
			w.pass(time.Hour)
			w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(res[0].Invitation, 0).ID, engine.Receipt{State: engine.MessageFailed}))
			return res[0].Invitation
		}, 1, engine.ReasonOtherChannel},
		"late for a slot": {func(w *world) engine.InvitationID {
			w.shut()
			inv := w.inviteByPhone("awa")
			w.pass(time.Hour)
			w.calendar("desk-1")
			return inv
		}, 0, engine.ReasonPacing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := c.live(w)
			w.pass(11 * time.Hour)
			m := w.message(inv, c.n)
			if m.SentAt == nil || m.Delayed != c.want {
				t.Errorf("the %s planned for %s left at %v because of %q, want %q", m.Kind, m.PlannedAt.In(paris), m.SentAt, m.Delayed, c.want)
			}
		})
	}
}

func TestTwoRungsAreADayApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Ladder: []engine.Rung{{AfterDays: 1}, {AfterDays: 3}}})
	inv := w.inviteByPhone("awa")
	w.work()
	w.clock.set(at(20, 18, 0)) // stopped for more than a day
	w.pass(2 * day)
	if m := w.message(inv, 2); m.Delayed != engine.ReasonSpacing || !m.SentAt.Truncate(time.Minute).Equal(at(21, 18, 0)) || !m.PlannedAt.Equal(monday.Add(3*day)) {
		t.Errorf("the second relance left at %v because of %q", m.SentAt, m.Delayed)
	}
}

func TestWhatHappenedToAMessageAtNightIsLookedIntoInTheMorning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(at(18, 19, 59))
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeUnknown})
	w.inviteByPhone("awa")
	w.work()
	w.answer = nil
	w.until(at(19, 7, 59))
	w.wants("awa")
	w.until(at(19, 9, 0))
	w.wants("awa", "Tue 19 08:00 invitation/sms")
}

func TestANoShowOfferThatNightHeldUpStillGoesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, AfterNoShow: engine.NoShowOffer, AfterNoShowDays: hours(0), Reminders: []engine.Hours{}})
	inv := w.inviteByPhone("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 19, 59))
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary})
	w.records(a.ID, engine.NoShow)
	w.pass(2 * time.Minute)
	w.answer = nil
	w.until(at(21, 9, 0))
	if got := w.got("awa"); got[len(got)-1] != "Thu 21 08:00 no_show/sms" {
		t.Errorf("got %q", got)
	}
}
