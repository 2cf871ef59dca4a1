package engine_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"relance/engine"
)

// story is a life told from end to end, with a scripted clock, people and messages. Together they go
// every way through the states (docs/states.md).
type story struct {
	name string
	tell func(*testing.T, *world)
}

func stories() []story {
	return []story{
		{"books on the second relance", booksOnTheSecondRelance},
		{"phone off, email works", phoneOffEmailWorks},
		{"STOP, then email", stopThenEmail},
		{"moves three times, is refused the fourth", refusedTheFourthMove},
		{"no-show, then re-invited", noShowThenReinvited},
		{"calendar closes under 40 booked people", calendarClosesUnderForty},
		{"two days of downtime over a weekend", downOverAWeekend},
		{"clocks change in the night before the reminder", clocksChange},
		{"race for one freed slot", raceForAFreedSlot},
		{"waiting list race", waitingListRace},
		{"asks for an earlier slot by SMS", earlierByReply},
		{"a freed slot by email", earlierByEmail},
		{"nobody answers", nobodyAnswersAtAll},
		{"booked in by staff", bookedInByStaff},
		{"chooses and cancels by SMS", choosesBySMS},
		{"outcomes are corrected", outcomesCorrected},
		{"closed by staff", closedByStaff},
		{"no provider for ten days", noProviderForTenDays},
		{"a bad day of the provider", badDayOfTheProvider},
		{"receipts come late and out of order", receiptsOutOfOrder},
		{"no-show, then offered again", offeredAgainAfterANoShow},
		{"follows a new policy", followsANewPolicy},
		{"waits for a slot", waitsForASlot},
		{"5,000 people for 300 slots", fiveThousandFor300},
		{"paused over the first relance, resumed later", pausedOverARelance},
		{"missed, and offered another after a pause", offeredAnotherAfterAPause},
		{"leaves every channel and comes back", leavesAndComesBack},
		{"calls it spam", callsItSpam},
		{"phone off for a while", phoneOffForAWhile},
		{"nobody got it", nobodyGotIt},
	}
}

// june8 is a Monday with no holiday near.
var june8 = time.Date(2026, 6, 8, 9, 0, 0, 0, paris)

func booksOnTheSecondRelance(t *testing.T, w *world) {
	inv := w.invite("awa")
	w.until(at(26, 10, 0)) // Monday 25 is a holiday: the second relance went on Tuesday at eight
	apt := w.book("awa", 30)
	w.until(apt.Start.Add(time.Minute))
	w.records(apt.ID, engine.Attended)
	w.pass(30 * day)
	reminder := apt.Start.Add(-48 * time.Hour).In(paris).Format("Mon 2 15:04")
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Thu 21 09:00 relance/sms", "Thu 21 09:00 relance/email",
		"Tue 26 08:00 relance/sms", "Tue 26 08:00 relance/email",
		"Tue 26 10:00 confirmation/sms", "Tue 26 10:00 confirmation/email",
		reminder+" reminder/sms", reminder+" reminder/email",
	)
	if i := w.invitation(inv); i.State != engine.InvitationClosed || i.Rung != 2 || i.Action != nil {
		t.Errorf("the invitation is %s after %d relances, and staff should look: %v", i.State, i.Rung, i.Action)
	}
	if origin := w.appointment(apt.ID).Origin; origin.Rung != 2 {
		t.Errorf("the appointment came of rung %d", origin.Rung)
	}
}

func phoneOffEmailWorks(t *testing.T, w *world) {
	inv := w.invite("chloe")
	w.work()
	w.pass(72*time.Hour + time.Minute) // nothing is heard of the SMS
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 1).ID, engine.Receipt{State: engine.MessageDelivered}))
	if m := w.message(inv, 0); m.State != engine.MessageUndelivered || m.Reason != engine.ReasonNoReceipt {
		t.Errorf("the SMS is %s %s", m.State, m.Reason)
	}
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(inv, 2).ID, engine.Receipt{State: engine.MessageFailed, Code: "30005", BadAddress: true}))
	if i := w.invitation(inv); i.Unreachable || i.State != engine.InvitationSent {
		t.Errorf("somebody whose email works is unreachable; the invitation is %s", i.State)
	}
	w.until(at(26, 9, 0))
	w.book("chloe", 0)
	w.work()
	w.wants("chloe",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Thu 21 09:00 relance/sms", "Thu 21 09:00 relance/email", // the carrier took this one too, and then said no
		"Tue 26 08:00 relance/email",
		"Tue 26 09:00 confirmation/email",
	)
}

func stopThenEmail(t *testing.T, w *world) {
	inv := w.invite("dan")
	w.until(monday.Add(time.Hour))
	w.reply("dan", "STOP")
	w.until(monday.Add(2 * time.Hour))
	w.reply("dan", "stop !") // again: nothing
	w.until(at(21, 10, 0))
	w.book("dan", 5)
	w.work()
	w.wants("dan",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Mon 18 10:00 stop_ack/sms",
		"Thu 21 09:00 relance/email",
		"Thu 21 10:00 confirmation/email",
	)
	if w.events(engine.EventRecipientOptedOut) != 1 || w.invitation(inv).Unreachable {
		t.Error("a STOP by SMS leaves email, and is told of once")
	}
	alone := w.inviteByPhone("phil")
	w.work()
	w.reply("phil", "STOP")
	if i := w.invitation(alone); !i.Unreachable || i.Next == nil || i.Next.Kind != engine.StepExpire {
		t.Errorf("the last channel is gone: unreachable %v, next %s", i.Unreachable, i.Next)
	}
}

func refusedTheFourthMove(t *testing.T, w *world) {
	w.invite("bo")
	w.work()
	apt := w.book("bo", 30)
	id, first := apt.ID, apt.Start
	for n := range 3 {
		moved, err := w.moveTo(apt, w.slots()[40+n].Start, engine.ByRecipient)
		w.must(moved, err)
		if moved.ID != id || moved.Sequence != n+1 || moved.Moves != n+1 {
			t.Errorf("after move %d: id %s sequence %d moves %d", n+1, moved.ID, moved.Sequence, moved.Moves)
		}
		apt = moved
		w.pass(time.Minute)
	}
	_, err := w.moveTo(apt, first, engine.ByRecipient)
	wantCode(t, err, engine.CodeTooManyMoves)
	if still := w.appointment(id); !still.Start.Equal(apt.Start) || still.State != engine.Booked {
		t.Errorf("a refused move left the appointment %s at %s", still.State, still.Start)
	}
	moved, err := w.moveTo(apt, first, engine.ByStaff) // who calls is helped
	w.must(moved, err)
	w.until(first.Add(-3 * time.Hour))
	_, err = w.e.Cancel(w.ctx, w.org, id, engine.ByRecipient)
	wantCode(t, err, engine.CodeTooLate)
	_, err = w.e.Cancel(w.ctx, w.org, id, engine.ByStaff)
	w.must(nil, err)
	w.pass(day)
	if got := w.got("bo"); !slices.ContainsFunc(got, func(s string) bool { return s[len(s)-len("_by_organisation/sms"):] == "_by_organisation/sms" }) {
		t.Errorf("nobody told of the cancellation: %q", got)
	}
}

func noShowThenReinvited(t *testing.T, w *world) {
	first := w.invite("awa")
	w.work()
	apt := w.book("awa", 0)
	w.until(apt.Start.Add(time.Hour))
	w.records(apt.ID, engine.NoShow)
	if v, err := w.e.Open(w.ctx, w.token("awa")); err != nil || !v.CanBook {
		t.Errorf("after a no-show the link offers nothing (%v)", err)
	}
	again := w.tryInvite(person("awa"))
	if again.Err == nil || again.Err.Code != engine.CodeAlreadyInvited {
		t.Errorf("a second invitation beside an open one: %v", again.Err)
	}
	w.until(at(29, 9, 0)) // the first one's last day was Thursday 28
	if i := w.invitation(first); i.State != engine.InvitationExpired || i.Action == nil || i.Action.Reason != engine.ActionNoShow {
		t.Fatalf("the first round is %s, staff should look: %v", i.State, i.Action)
	}
	before := len(w.sent)
	second := w.invite("awa")
	w.work()
	if first == second || w.invitation(first).Action.DoneAt == nil {
		t.Error("inviting again is no new round, or does not answer the first")
	}
	for _, s := range w.sent[before:] {
		if s.Kind != engine.KindInvitation {
			t.Errorf("the new round began with a %s", s.Kind)
		}
	}
	apt = w.book("awa", 0)
	w.until(apt.Start.Add(time.Hour))
	w.records(apt.ID, engine.Attended)
	if i := w.invitation(second); i.State != engine.InvitationClosed || i.Action != nil {
		t.Errorf("the second round is %s", i.State)
	}
}

func calendarClosesUnderForty(t *testing.T, w *world) {
	var starts []time.Time
	for _, s := range w.slots()[:40] {
		starts = append(starts, s.Start)
	}
	booked := w.booked(starts...)
	before := len(w.sent)
	w.pass(time.Minute)
	w.change("desk-1", closed("2026-05-19", "2026-05-20", "2026-05-21", "2026-05-22"))
	_, ids := w.clashes(7)
	if len(ids) != 40 {
		t.Fatalf("%d of 40 are in conflict", len(ids))
	}
	w.resolved(engine.CancelThem, ids[:5]...)
	w.resolved(engine.MoveThem)
	w.resolved(engine.MoveThem) // again: nothing
	w.work()
	told, at := map[string]int{}, map[time.Time]bool{}
	for _, s := range w.sent[before:] {
		if s.Kind == engine.KindMoved || s.Kind == engine.KindCancelledByOrganisation {
			told[s.To]++
		}
	}
	for _, a := range booked {
		now := w.appointment(a.ID)
		if now.State == engine.Booked && (now.Start.Before(time.Date(2026, 5, 23, 0, 0, 0, 0, paris)) || at[now.Start]) {
			t.Errorf("moved to %s, which is closed or somebody else's", now.Start.In(paris))
		}
		at[now.Start] = now.State == engine.Booked
	}
	for to, n := range told {
		if n != 1 {
			t.Errorf("%s was told %d times", to, n)
		}
	}
	if left, _ := w.clashes(7); len(left) > 0 || len(told) != 40 {
		t.Errorf("%d were told, and %q are in conflict still", len(told), left)
	}
}

func downOverAWeekend(t *testing.T, w *world) {
	w.clock.set(june8.Add(day)) // Tuesday 9
	inv := w.invite("awa")
	w.invite("bo")
	w.work()
	apt, err := w.bookAt(w.invitationOf("bo"), june8.Add(8*day), engine.ByRecipient) // Tuesday 16 at nine
	w.must(apt, err)
	w.until(june8.Add(4 * day).Add(-time.Hour))             // Friday at eight: nothing is due yet
	w.clock.set(time.Date(2026, 6, 14, 10, 0, 0, 0, paris)) // Sunday: it starts again
	w.work()
	w.until(june8.Add(9 * day))
	w.wants("awa",
		"Tue 9 09:00 invitation/sms", "Tue 9 09:00 invitation/email",
		"Mon 15 08:00 relance/sms", "Mon 15 08:00 relance/email", // was due on Friday at nine; nobody is written to on a Sunday
		"Tue 16 09:00 relance/sms", "Tue 16 09:00 relance/email",
	)
	w.wants("bo",
		"Tue 9 09:00 invitation/sms", "Tue 9 09:00 invitation/email",
		"Tue 9 09:00 confirmation/sms", "Tue 9 09:00 confirmation/email",
		"Mon 15 08:00 reminder/sms", "Mon 15 08:00 reminder/email",
	)
	if m := w.message(inv, 2); !m.PlannedAt.Equal(june8.Add(4*day)) || m.SentAt.Equal(m.PlannedAt) {
		t.Errorf("the relance was planned at %s", m.PlannedAt.In(paris))
	}
}

// invitationOf is the person's open invitation.
func (w *world) invitationOf(name string) engine.InvitationID {
	w.t.Helper()
	return w.recipient(name).Open[w.svc]
}

// anyDay lets the organisation write on Sundays and holidays too.
func (w *world) anyDay() {
	w.t.Helper()
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.Quiet.Sundays = true
	w.must(w.e.SaveOrganisation(w.ctx, *o))
}

func clocksChange(t *testing.T, w *world) {
	w.anyDay()
	for i, change := range []struct{ invited, spans, after time.Time }{
		{ // Sunday 29 March 2026, 2:00 becomes 3:00
			time.Date(2026, 3, 23, 9, 0, 0, 0, paris), time.Date(2026, 3, 30, 14, 0, 0, 0, paris), time.Date(2026, 3, 31, 9, 0, 0, 0, paris),
		},
		{ // Sunday 25 October 2026, 3:00 becomes 2:00
			time.Date(2026, 10, 19, 9, 0, 0, 0, paris), time.Date(2026, 10, 26, 14, 0, 0, 0, paris), time.Date(2026, 10, 27, 9, 0, 0, 0, paris),
		},
	} {
		w.clock.set(change.invited)
		w.sent = nil
		for name, start := range map[string]time.Time{"awa": change.spans, "bo": change.after} {
			inv := w.invite(name)
			w.work()
			w.must(w.bookAt(inv, start, engine.ByRecipient))
			w.work()
		}
		w.until(change.after.Add(time.Hour))
		// 48 hours are elapsed time: over the change of clocks the hour on the wall is another one.
		spans := []string{"Sat 28 13:00", "Sat 24 15:00"}[i]
		after := []string{"Sun 29 09:00", "Sun 25 09:00"}[i]
		for name, want := range map[string]string{"awa": spans, "bo": after} {
			if got := w.got(name); len(got) != 6 || got[4] != want+" reminder/sms" || got[5] != want+" reminder/email" {
				t.Errorf("%s got %q, want a reminder on %s", name, got, want)
			}
		}
		w.pass(3 * day) // nobody records outcomes: the invitations lapse
	}
}

func raceForAFreedSlot(t *testing.T, w *world) {
	w.invite("awa")
	w.work()
	apt := w.book("awa", 8)
	start := apt.Start
	rivals := w.crowd(20)
	_, err := w.bookAt(rivals[0], start, engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	_, err = w.e.Cancel(w.ctx, w.org, apt.ID, engine.ByRecipient)
	w.must(nil, err)
	var wg sync.WaitGroup
	errs := make([]error, len(rivals))
	for i, inv := range rivals {
		wg.Go(func() { _, errs[i] = w.bookAt(inv, start, engine.ByRecipient) })
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantCode(t, err, engine.CodeTaken)
		var refused *engine.Error
		if !errors.As(err, &refused) || len(refused.Nearest) != 3 || slices.ContainsFunc(refused.Nearest, func(s engine.Slot) bool { return s.Start.Equal(start) }) {
			t.Errorf("rival %d is not told what is free instead: %v", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 20 got the slot", won)
	}
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Kind == engine.KindRelance {
		t.Error("somebody was relanced on the way")
	}
}
