package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"relance/engine"
)

func TestStatusOf(t *testing.T) {
	t.Parallel()
	now := monday
	apt := func(s engine.AppointmentState, end time.Duration) *engine.Appointment {
		return &engine.Appointment{State: s, End: now.Add(end), Imposed: true}
	}
	inv := func(s engine.InvitationState) engine.Invitation { return engine.Invitation{State: s} }
	with := func(i engine.Invitation, f func(*engine.Invitation)) engine.Invitation { f(&i); return i }
	unreachable := func(i *engine.Invitation) { i.Unreachable = true }
	for _, c := range []struct {
		inv    engine.Invitation
		apt    *engine.Appointment
		status engine.Status
		action engine.ActionReason
	}{
		{inv(engine.InvitationQueued), nil, engine.StatusWaiting, ""},
		{inv(engine.InvitationSent), nil, engine.StatusInvited, ""},
		{with(inv(engine.InvitationSent), func(i *engine.Invitation) { i.Rung = 1 }), nil, engine.StatusFollowedUp, ""},
		{with(inv(engine.InvitationQueued), unreachable), nil, engine.StatusUnreachable, engine.ActionUnreachable},
		{with(inv(engine.InvitationSent), unreachable), nil, engine.StatusUnreachable, engine.ActionUnreachable},
		{with(inv(engine.InvitationExpired), unreachable), nil, engine.StatusUnreachable, engine.ActionUnreachable},
		{inv(engine.InvitationExpired), nil, engine.StatusExpired, engine.ActionExpired},
		{inv(engine.InvitationBooked), apt(engine.Booked, 1), engine.StatusBooked, ""},
		{with(inv(engine.InvitationBooked), unreachable), apt(engine.Booked, 1), engine.StatusBooked, engine.ActionUnreachable},
		{inv(engine.InvitationBooked), apt(engine.Booked, 0), engine.StatusOutcomeMissing, engine.ActionOutcomeMissing},
		{with(inv(engine.InvitationClosed), func(i *engine.Invitation) { i.Reason = "past" }), apt(engine.Booked, 0), engine.StatusOutcomeMissing, engine.ActionOutcomeMissing},
		{with(inv(engine.InvitationClosed), func(i *engine.Invitation) { i.Reason = "past" }), apt(engine.NoShow, 0), engine.StatusNoShow, engine.ActionNoShow},
		{with(inv(engine.InvitationClosed), func(i *engine.Invitation) { i.Reason = "attended" }), apt(engine.Attended, 0), engine.StatusAttended, ""},
		{inv(engine.InvitationExpired), apt(engine.Attended, 0), engine.StatusAttended, ""},
		{inv(engine.InvitationSent), apt(engine.NoShow, 0), engine.StatusNoShow, engine.ActionNoShow},
		{inv(engine.InvitationExpired), apt(engine.NoShow, 0), engine.StatusNoShow, engine.ActionNoShow},
		{inv(engine.InvitationSent), apt(engine.CancelledByRecipient, 1), engine.StatusCancelled, engine.ActionCancelled},
		{inv(engine.InvitationExpired), apt(engine.CancelledByOrganisation, 1), engine.StatusCancelled, engine.ActionCancelled},
		{inv(engine.InvitationClosed), nil, engine.StatusClosed, ""},
		{inv(engine.InvitationClosed), apt(engine.NoShow, 0), engine.StatusClosed, ""},
		{inv(engine.InvitationClosed), apt(engine.CancelledByRecipient, 1), engine.StatusClosed, ""},
	} {
		if got := engine.StatusOf(&c.inv, c.apt, now); got != c.status {
			t.Errorf("%+v with %+v is %s, not %s", c.inv, c.apt, got, c.status)
		}
		if got := engine.ActionOf(&c.inv, c.apt, now); got != c.action {
			t.Errorf("%+v with %+v needs %q, not %q", c.inv, c.apt, got, c.action)
		}
	}
}

// waiting are those who wait for staff, as "name reason", the longest first.
func (w *world) waiting() []string {
	w.t.Helper()
	invs, _, err := w.e.ActionsRequired(w.ctx, w.org, engine.ActionQuery{}, "", 100)
	w.must(invs, err)
	out := make([]string, len(invs))
	for i, inv := range invs {
		r, err := w.e.Recipient(w.ctx, w.org, inv.Recipient)
		w.must(r, err)
		out[i] = fmt.Sprint(r.ExternalID, " ", inv.Action.Reason)
	}
	return out
}

func (w *world) waits(want ...string) {
	w.t.Helper()
	if got := w.waiting(); !slices.Equal(got, want) {
		w.t.Errorf("%s: staff see %q, not %q", w.clock.Now().In(paris).Format("Mon 2 15:04"), got, want)
	}
}

// TestWhatWaitsForStaffByReason: each reason's pages, of every size, hold those that wait for it and no other.
func TestWhatWaitsForStaffByReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.calendar("desk-3")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1", "desk-2", "desk-3"}, Reminders: []engine.Hours{}})
	for n := range 4 {
		w.invite(fmt.Sprint("lea", n)) // answers nothing
		w.invite(fmt.Sprint("awa", n))
		w.invite(fmt.Sprint("bo", n))
	}
	w.work()
	for n := range 4 {
		a := w.book(fmt.Sprint("awa", n), n)
		if n%2 == 0 {
			w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
		}
		w.book(fmt.Sprint("bo", n), n)
	}
	w.reply("lea0", "APPEL")
	w.pass(15 * day)
	for n, inv := range w.asksStaff(engine.ActionQuery{Reason: engine.ActionOutcomeMissing}, 100) {
		if n%2 == 0 {
			w.record(w.appointment(inv.Appointment), engine.NoShow)
		}
	}
	w.other()
	everybody := w.asksStaff(engine.ActionQuery{}, 100)
	if len(everybody) != 12 {
		t.Fatalf("%d wait for staff, not 12: %q", len(everybody), w.waiting())
	}
	for reason, want := range map[engine.ActionReason]int{
		"": 12, engine.ActionExpired: 4, engine.ActionCancelled: 2, engine.ActionOutcomeMissing: 3, engine.ActionNoShow: 3, engine.ActionCall: 1, engine.ActionUnreachable: 0,
	} {
		var fit []*engine.Invitation
		for _, inv := range everybody {
			if reason == "" || inv.Action.Reason == reason || reason == engine.ActionCall && inv.Call != nil {
				fit = append(fit, inv)
			}
		}
		for limit := 1; limit <= 4; limit++ {
			got := w.asksStaff(engine.ActionQuery{Reason: reason, Service: "rsa"}, limit)
			same := slices.EqualFunc(got, fit, func(a, b *engine.Invitation) bool { return a.ID == b.ID })
			if !same || len(got) != want {
				t.Errorf("%q by %d: %d wait, want %d", reason, limit, len(got), want)
			}
		}
	}
	if got := w.asksStaff(engine.ActionQuery{Service: w.svc}, 2); len(got) != 0 {
		t.Errorf("%d wait for staff about another service", len(got))
	}
	_, _, err := w.e.ActionsRequired(w.ctx, w.org, engine.ActionQuery{Service: "none"}, "", 10)
	wantCode(t, err, engine.CodeNotFound)
}

// asksStaff walks all pages of a query; none holds more than limit.
func (w *world) asksStaff(q engine.ActionQuery, limit int) []*engine.Invitation {
	w.t.Helper()
	var out []*engine.Invitation
	for cursor := ""; ; {
		some, next, err := w.e.ActionsRequired(w.ctx, w.org, q, cursor, limit)
		if w.must(nil, err); len(some) > limit {
			w.t.Fatalf("a page of %d, at most %d", len(some), limit)
		}
		if out = append(out, some...); next == "" {
			return out
		}
		cursor = next
	}
}

func TestWhatWaitsForStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	awa, bo := w.invite("awa"), w.invite("bo")
	w.pass(time.Hour)
	w.waits()
	a := w.book("awa", 0)
	w.until(a.End.Add(-time.Minute))
	w.waits()
	w.until(a.End.Add(time.Minute))
	w.waits("awa outcome_missing")
	w.pass(3 * 24 * time.Hour) // the link died, the outcome is still missing
	w.waits("awa outcome_missing")
	w.record(a, engine.NoShow)
	w.waits("awa no_show")
	w.record(a, engine.Attended)
	w.waits()
	w.pass(10 * 24 * time.Hour)
	w.waits("bo expired")

	w.must(w.e.Close(w.ctx, w.org, bo, engine.ByStaff, "case closed"))
	w.waits()
	inv, err := w.e.MarkDone(w.ctx, w.org, awa)
	if w.must(inv, err); inv.Action != nil {
		t.Errorf("what waits for nothing has %+v", inv.Action)
	}
	w.record(a, engine.NoShow) // corrected again: staff are told again
	w.waits("awa no_show")
	inv, err = w.e.MarkDone(w.ctx, w.org, awa)
	if w.must(inv, err); inv.Action == nil || inv.Action.DoneAt == nil {
		t.Errorf("done is %+v", inv.Action)
	}
	w.waits()
	w.must(w.e.MarkDone(w.ctx, w.org, awa))
	done := 0
	events, _, err := w.e.Events(w.ctx, w.org, "", 200)
	w.must(events, err)
	for _, ev := range events {
		if ev.Type == engine.EventActionDone {
			done++
		}
	}
	if done != 2 { // Bo's case, which had ended, and Awa
		t.Errorf("%d times something was done, not 2", done)
	}
}

func TestInvitingAgainAnswersWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.invite("awa")
	w.pass(11 * 24 * time.Hour)
	w.waits("awa expired")
	w.invite("awa")
	w.waits()
	w.pass(time.Hour)
	a := w.book("awa", 0)
	w.waits()
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
	w.waits("awa cancelled")
	again := w.book("awa", 3)
	w.waits()
	w.until(again.End.Add(40 * 24 * time.Hour))
	w.waits("awa outcome_missing")
	w.invite("awa") // does not say whether she came
	w.waits("awa outcome_missing")
	if inv := w.invitation(first); inv.Action == nil || inv.Action.DoneAt == nil {
		t.Errorf("the first round has %+v", inv.Action)
	}
	r, err := w.e.Recipient(w.ctx, w.org, engine.RecipientOf(w.org, "awa"))
	if w.must(r, err); len(r.Acting) != 1 {
		t.Errorf("%d invitations are said to wait, not 1", len(r.Acting))
	}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Alive() {
			w.must(w.e.Close(w.ctx, w.org, inv.ID, engine.ByStaff, "moved away"))
		}
	}
	w.must(nil, w.e.Erase(w.ctx, w.org, r.ID))
	w.waits()
}

func TestConveningAnswersWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.pass(11 * 24 * time.Hour)
	w.waits("awa expired")
	slots, err := w.e.Slots(w.ctx, w.org, w.svc, w.clock.Now(), w.clock.Now().AddDate(0, 0, 9), 3)
	w.must(slots, err)
	w.must(w.e.Convene(w.ctx, engine.ConveneRequest{Organisation: w.org, Service: w.svc, Person: engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}, Start: slots[0].Start}))
	w.waits()
}

func TestUnreachablePeopleWaitForStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = func(*engine.Outgoing) engine.Answer {
		return engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true}
	}
	w.invite("awa")
	w.pass(time.Hour)
	w.waits("awa unreachable")
	w.pass(20 * 24 * time.Hour) // it expired meanwhile: nothing new for staff
	w.waits("awa unreachable")
}
