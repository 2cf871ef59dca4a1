package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"relance/engine"
)

// pausedOverARelance: a batch is paused over the first relance and resumed; beside it a person alone.
func pausedOverARelance(t *testing.T, w *world) {
	w.inBatch("bat_may", "awa", "chloe")
	w.invite("bo") // of no batch
	w.work()
	w.pausesBatch("bat_may")
	apt := w.book("chloe", 30) // a pause keeps nobody from choosing
	w.until(at(22, 10, 0))
	w.resumesBatch("bat_may")
	w.until(at(22, 11, 0))
	alone := w.recipient("bo").ID
	w.must(w.e.PauseRecipient(w.ctx, w.org, alone))
	w.until(at(27, 10, 0))
	w.must(w.e.ResumeRecipient(w.ctx, w.org, alone))
	w.until(at(30, 9, 0))
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Fri 22 10:00 relance/sms", "Fri 22 10:00 relance/email", // Thursday's
		"Tue 26 08:00 relance/sms", "Tue 26 08:00 relance/email",
	)
	w.wants("bo",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Thu 21 09:00 relance/sms", "Thu 21 09:00 relance/email",
		"Wed 27 10:00 relance/sms", "Wed 27 10:00 relance/email", // Tuesday's
	)
	reminder := apt.Start.Add(-48 * time.Hour).In(paris).Format("Mon 2 15:04")
	w.wants("chloe",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Mon 18 09:00 confirmation/sms", "Mon 18 09:00 confirmation/email",
		reminder+" reminder/sms", reminder+" reminder/email",
	)
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Appointment == "" && (inv.State != engine.InvitationExpired || inv.Rung != 2) {
			t.Errorf("%s's invitation is %s after %d relances", inv.Recipient, inv.State, inv.Rung)
		}
	}
	for _, m := range all[engine.Message](w, "msg_") {
		if late := m.Kind == engine.KindRelance && m.SentAt.Sub(m.PlannedAt) > 24*time.Hour; late != (m.Delayed == engine.ReasonPaused) {
			t.Errorf("a %s planned for %s left on %s, delayed by %q", m.Kind, m.PlannedAt.In(paris), m.SentAt.In(paris), m.Delayed)
		}
	}
	w.keptIs()
}

// offeredAnotherAfterAPause: who did not come is told later than planned that they can choose again.
func offeredAnotherAfterAPause(t *testing.T, w *world) {
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, AfterNoShow: engine.NoShowOffer})
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 10, 0))
	w.records(a.ID, engine.NoShow)
	w.pauses()
	w.until(at(22, 15, 0))
	w.resumes()
	w.until(at(22, 16, 0))
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Mon 18 09:00 confirmation/sms", "Mon 18 09:00 confirmation/email",
		"Fri 22 15:00 no_show/sms", "Fri 22 15:00 no_show/email",
	)
	w.must(w.bookAt(inv, at(27, 9, 0), engine.ByRecipient))
	w.until(at(29, 9, 0))
	if i := w.invitation(inv); i.State != engine.InvitationClosed || i.Rung != 0 {
		t.Errorf("the invitation is %s after %d relances", i.State, i.Rung)
	}
}

// inBatch opens a batch and invites people by name in it.
func (w *world) inBatch(id engine.BatchID, names ...string) (out []engine.InvitationID) {
	w.t.Helper()
	w.must(w.e.OpenBatch(w.ctx, w.org, w.svc, id))
	for i, name := range names {
		res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Batch: id, Line: i + 1, Person: person(name)}})
		w.must(nil, err)
		if res[0].Err != nil {
			w.t.Fatal(res[0].Err)
		}
		out = append(out, res[0].Invitation)
	}
	return out
}

func (w *world) pausesBatch(id engine.BatchID)  { w.must(nil, w.e.PauseBatch(w.ctx, w.org, id)) }
func (w *world) resumesBatch(id engine.BatchID) { w.must(nil, w.e.ResumeBatch(w.ctx, w.org, id)) }
func (w *world) pauses()                        { w.must(nil, w.e.PauseService(w.ctx, w.org, w.svc)) }
func (w *world) resumes()                       { w.must(nil, w.e.ResumeService(w.ctx, w.org, w.svc)) }

// keptIs: the lists and counters of pauses hold exactly what the records say that pauses keep.
func (w *world) keptIs() {
	w.t.Helper()
	want, people := map[string]bool{}, map[string]int64{}
	note := func(id string, by engine.PauseScope, next *engine.Step, svc engine.ServiceID, b engine.BatchID) {
		if next == nil && by != "" || next != nil && next.PausedBy != by {
			w.t.Fatalf("%s is on the list of %q, and waits for %+v", id, by, next)
		}
		switch by {
		case engine.PausedService:
			want[w.key("l:kept:pau_srv:"+string(w.org)+":"+string(svc))+" "+id] = true
		case engine.PausedBatch:
			want[w.key("l:kept:pau_"+string(w.org)+":"+string(b))+" "+id] = true
		}
	}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		note(string(inv.ID), inv.PausedBy, inv.Next, inv.Service, inv.Batch)
		if inv.PausedBy != "" {
			people["pace:"+string(w.org)+":"+string(inv.Service)]++
			if inv.Batch != "" {
				people["batch:"+string(inv.Batch)]++
			}
		}
	}
	for _, m := range all[engine.Message](w, "msg_") {
		note(string(m.ID), m.PausedBy, m.Next, m.Service, m.Batch)
	}
	keys, err := w.redis.Keys(w.ctx, w.key("l:kept:*")).Result()
	w.must(nil, err)
	listed := 0
	for _, k := range keys {
		for _, id := range w.redis.ZRange(w.ctx, k, 0, -1).Val() {
			if listed++; !want[k+" "+id] {
				w.t.Fatalf("%s is on %s, and no pause keeps it", id, k)
			}
		}
	}
	if listed != len(want) {
		w.t.Fatalf("pauses keep %d, their lists have %d", len(want), listed)
	}
	counters, err := w.redis.Keys(w.ctx, w.key("n:*")).Result()
	w.must(nil, err)
	for _, k := range counters {
		n, err := w.store.Counts(w.ctx, w.org.Partition(), k[len(w.key("n:")):])
		w.must(nil, err)
		if name := k[len(w.key("n:")):]; n["paused"] != people[name] {
			w.t.Fatalf("%s counts %d who wait for a pause; there are %d", name, n["paused"], people[name])
		}
	}
}

func TestTwoRelancesMissedAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.pauses()
	w.until(at(27, 11, 0))
	if next := w.invitation(inv).Next; next.Kind != engine.StepRelance || next.PausedBy != engine.PausedService || next.Reason != engine.ReasonPaused || !next.Planned.Equal(at(21, 9, 0)) {
		t.Errorf("the relance of Thursday is %+v", next)
	}
	w.resumes()
	w.until(at(31, 9, 0))
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Wed 27 11:00 relance/sms", "Wed 27 11:00 relance/email",
	)
	if m := w.message(inv, 2); m.Rung != 2 || m.Delayed != engine.ReasonPaused || !m.PlannedAt.Equal(at(21, 9, 0)) {
		t.Errorf("the relance is rung %d, planned at %s, delayed by %q", m.Rung, m.PlannedAt.In(paris), m.Delayed)
	}
	w.keptIs()
}

func TestTheLastDayToldStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.pauses()
	w.until(at(28, 23, 59))
	if i := w.invitation(inv); i.State != engine.InvitationSent {
		t.Errorf("before its last day is over the invitation is %s", i.State)
	}
	w.until(at(29, 0, 1))
	if i := w.invitation(inv); i.State != engine.InvitationExpired || i.PausedBy != "" {
		t.Errorf("after its last day the invitation is %s, kept by %q", i.State, i.PausedBy)
	}
	w.resumes()
	w.pass(20 * day)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
	w.keptIs()
}

// TestFirstMessagesOnTheirWay: nothing had left, so nobody was told a last day: it all begins anew.
func TestFirstMessagesOnTheirWay(t *testing.T) {
	t.Parallel()
	for name, turn := range map[string]struct{ pause, resume func(w *world) }{
		"service": {(*world).pauses, (*world).resumes},
		"batch":   {func(w *world) { w.pausesBatch("bat_may") }, func(w *world) { w.resumesBatch("bat_may") }},
		"person": {
			func(w *world) { w.must(w.e.PauseRecipient(w.ctx, w.org, w.recipient("awa").ID)) },
			func(w *world) { w.must(w.e.ResumeRecipient(w.ctx, w.org, w.recipient("awa").ID)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.inBatch("bat_may", "awa")[0]
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
			turn.pause(w)
			turn.pause(w)
			w.until(at(29, 10, 0))
			i := w.invitation(inv)
			if i.State != engine.InvitationQueued || i.ExpiresAt != nil || i.Pace != "" || i.Next.Kind != engine.StepInvite || string(i.PausedBy) != map[string]string{"person": "recipient"}[name]+map[bool]string{true: name}[name != "person"] {
				t.Errorf("eleven days later: %s until %v, pace %q, waits for %+v", i.State, i.ExpiresAt, i.Pace, i.Next)
			}
			w.keptIs()
			w.wantsMessages(inv, "invitation/sms skipped paused", "invitation/email skipped paused")
			turn.resume(w)
			turn.resume(w)
			w.until(at(29, 11, 0))
			w.wants("awa", "Fri 29 10:00 invitation/sms", "Fri 29 10:00 invitation/email")
			last := time.Date(2026, 6, 9, 0, 0, 0, 0, paris)
			if i := w.invitation(inv); !i.ExpiresAt.Equal(last) || w.message(inv, 2).Delayed != engine.ReasonPaused || !w.message(inv, 2).PlannedAt.Equal(monday) {
				t.Errorf("the last day ends at %v, want %s; delayed by %q", i.ExpiresAt, last, w.message(inv, 2).Delayed)
			}
			w.keptIs()
			w.pacingIs()
		})
	}
}

// TestHalfOfTheFirstMessages: the SMS left and the email did not; the person was told, so only the email waits.
func TestHalfOfTheFirstMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		resumed time.Time
		want    []string
		email   string
	}{
		{"resumed before the relance", at(19, 9, 0), []string{
			"Mon 18 09:00 invitation/sms", "Tue 19 09:00 invitation/email",
			"Thu 21 09:00 relance/sms", "Thu 21 09:00 relance/email",
		}, "invitation/email sent"},
		{"a day before it", at(20, 15, 0), []string{
			"Mon 18 09:00 invitation/sms", "Wed 20 15:00 invitation/email",
			"Thu 21 15:00 relance/sms", "Thu 21 15:00 relance/email",
		}, "invitation/email sent"},
		{"after it", at(22, 9, 0), []string{
			"Mon 18 09:00 invitation/sms",
			"Fri 22 09:00 relance/sms", "Fri 22 09:00 relance/email",
		}, "invitation/email skipped merged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
			out, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{w.message(inv, 0).ID})
			w.must(nil, err)
			w.pauses() // while the SMS is with the provider
			w.work()
			w.must(nil, w.e.Settle(w.ctx, w.org.Partition(), w.send(out)))
			if m := w.message(inv, 1); m.State != engine.MessageQueued || m.Delayed != engine.ReasonPaused || m.PausedBy != engine.PausedService {
				t.Errorf("the email is %s, delayed by %q", m.State, m.Delayed)
			}
			w.until(c.resumed)
			w.keptIs()
			w.resumes()
			w.until(at(23, 9, 0))
			w.wants("awa", c.want...)
			if got := w.messages(inv)[1]; got != c.email {
				t.Errorf("the email is %q, want %q", got, c.email)
			}
			w.keptIs()
		})
	}
}

func TestARelanceOnItsWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		resumed time.Time
		first   string
		want    []string
	}{
		{"resumed the next day", at(22, 9, 0), "relance/email sent", []string{
			"Fri 22 09:00 relance/sms", "Fri 22 09:00 relance/email", "Tue 26 08:00 relance/sms", "Tue 26 08:00 relance/email",
		}},
		{"resumed when the second one was due", at(27, 9, 0), "relance/email skipped merged", []string{
			"Wed 27 09:00 relance/sms", "Wed 27 09:00 relance/email",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			w.clock.set(at(21, 9, 1))
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
			w.pauses()
			w.until(c.resumed)
			if m := w.message(inv, 2); m.State != engine.MessageQueued || m.Next.Reason != engine.ReasonPaused {
				t.Errorf("the relance is %s %s", m.State, m.Reason)
			}
			w.keptIs()
			w.resumes()
			w.until(at(28, 9, 0))
			w.wants("awa", append([]string{"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email"}, c.want...)...)
			if got := w.messages(inv)[3]; got != c.first {
				t.Errorf("the first relance is %q, want %q", got, c.first)
			}
			w.keptIs()
		})
	}
}

func TestResumedInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	w.pauses()
	w.until(at(23, 21, 0)) // a Saturday; the Monday after is a holiday
	w.resumes()
	w.until(at(26, 9, 0))
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Tue 26 08:00 relance/sms", "Tue 26 08:00 relance/email",
	)
	w.keptIs()
}

func TestWhatProtectsAnAppointmentGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	w.pauses()
	w.must(w.e.PauseRecipient(w.ctx, w.org, w.recipient("awa").ID))
	apt := w.book("awa", 30)
	w.pass(time.Minute)
	w.must(w.moveTo(apt, at(27, 9, 0), engine.ByRecipient))
	w.must(w.convene(person("bo"), at(27, 10, 0)))
	w.until(at(25, 10, 0))
	w.reply("awa", "oui")
	w.pass(time.Minute)
	w.reply("awa", "annuler")
	w.pass(time.Minute)
	for name, want := range map[string][]engine.MessageKind{
		"awa": {engine.KindInvitation, engine.KindConfirmation, engine.KindMoved, engine.KindReplyConfirmed, engine.KindCancelledByRecipient},
		"bo":  {engine.KindConvocation},
	} {
		var got []engine.MessageKind
		for _, s := range w.sent {
			if s.To == phoneOf(name) {
				got = append(got, s.Kind)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s got %v, want %v", name, got, want)
		}
	}
	dan := w.inviteByPhone("dan")
	_, err := w.e.Offer(w.ctx, w.org, dan)
	wantCode(t, err, engine.CodeWrongState)
}

func TestRemindersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	w.must(w.bookAt(w.invitationOf("awa"), at(28, 9, 0), engine.ByRecipient))
	w.pauses()
	w.until(at(28, 8, 0))
	if got := w.got("awa"); got[len(got)-1] != "Tue 26 09:00 reminder/email" {
		t.Errorf("got %q", got)
	}
}

func TestAnOfferOfSlotsIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	o, err := w.e.Offer(w.ctx, w.org, inv)
	w.must(o, err)
	w.must(w.e.PauseRecipient(w.ctx, w.org, w.recipient("awa").ID))
	w.work()
	if got := w.recipient("awa").Offer; got.Over != engine.ReasonPaused || w.claimed() != 0 {
		t.Errorf("the offer ended by %q, %d slots are held", got.Over, w.claimed())
	}
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
}

func TestNoShowFollowUpWaits(t *testing.T) {
	t.Parallel()
	for name, resumed := range map[string]time.Time{"in time": at(26, 10, 0), "too late": time.Date(2026, 6, 20, 10, 0, 0, 0, paris)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, AfterNoShow: engine.NoShowOffer})
			inv := w.invite("awa")
			w.work()
			a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
			w.must(a, err)
			w.until(at(20, 10, 0))
			w.records(a.ID, engine.NoShow)
			w.pauses()
			w.until(resumed)
			w.resumes()
			w.pass(day)
			want := 0
			if name == "in time" {
				want = 1
			}
			if n := w.count(engine.KindNoShow, engine.SMS); n != want {
				t.Errorf("%d offers after the no-show, want %d", n, want)
			}
			if i := w.invitation(inv); (i.State == engine.InvitationExpired) != (want == 0) {
				t.Errorf("the invitation is %s", i.State)
			}
			w.keptIs()
		})
	}
}

// TestAPausedBatchHoldsUpNobody: its people keep their places in the queue, the others go on.
func TestAPausedBatchHoldsUpNobody(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	for _, b := range []engine.BatchID{"bat_a", "bat_b"} {
		w.must(w.e.OpenBatch(w.ctx, w.org, w.svc, b))
	}
	w.line("bat_a", 0, 20)
	w.work() // thirteen go
	w.pausesBatch("bat_a")
	w.line("bat_b", 0, 8)
	w.work()
	closeSome := func(n int) {
		for _, inv := range all[engine.Invitation](w, "inv_") {
			if n > 0 && inv.Batch == "bat_a" && inv.State == engine.InvitationSent {
				w.closes(inv.ID)
				n--
			}
		}
		w.work()
	}
	closeSome(4)
	if a, b := w.invited("bat_a"), w.invited("bat_b"); !slices.Equal(a, upTo(13)) || !slices.Equal(b, upTo(4)) {
		t.Fatalf("with bat_a paused, invited: %v and %v", a, b)
	}
	wait, err := w.e.BatchWaiting(w.ctx, w.org, "bat_a")
	w.must(nil, err)
	if wait == nil || wait.Reason != engine.WaitPaused || wait.By != engine.PausedBatch || wait.People != 7 || !wait.Since.Equal(monday) {
		t.Errorf("the batch waits: %+v", wait)
	}
	w.pausesService(func() {
		closeSome(2)
		if b := w.invited("bat_b"); len(b) != 4 {
			t.Errorf("the service is paused, and of bat_b %d were invited", len(b))
		}
	})
	if a, b := w.invited("bat_a"), w.invited("bat_b"); !slices.Equal(a, upTo(13)) || !slices.Equal(b, upTo(6)) {
		t.Fatalf("the service resumed, bat_a not: %v and %v", a, b)
	}
	w.resumesBatch("bat_a")
	closeSome(4)
	if a, b := w.invited("bat_a"), w.invited("bat_b"); !slices.Equal(a, upTo(15)) || !slices.Equal(b, upTo(8)) {
		t.Errorf("resumed, the batches take turns again: %v and %v", a, b)
	}
	w.pacingIs()
	w.keptIs()
}

// pausesService pauses the service while something happens.
func (w *world) pausesService(meanwhile func()) {
	w.t.Helper()
	w.pauses()
	meanwhile()
	w.resumes()
	w.work()
}

// TestAPausedPersonHoldsUpNobody and has their place back afterwards.
func TestAPausedPersonHoldsUpNobody(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 20)
	w.work()
	first := engine.RecipientOf(w.org, "bat_a-013") // line 14
	w.must(w.e.PauseRecipient(w.ctx, w.org, first))
	ended := 0
	end := func(n int) {
		for _, inv := range all[engine.Invitation](w, "inv_") {
			if n > 0 && inv.State == engine.InvitationSent && inv.Line > ended {
				w.closes(inv.ID)
				n, ended = n-1, inv.Line
			}
		}
		w.work()
	}
	end(2)
	if got := w.invited("bat_a"); !slices.Equal(got, append(upTo(13), 15, 16)) {
		t.Fatalf("invited: %v", got)
	}
	w.must(w.e.ResumeRecipient(w.ctx, w.org, first))
	w.work()
	end(2)
	if got := w.invited("bat_a"); !slices.Equal(got, upTo(17)) {
		t.Errorf("resumed, the one who waited is not the next: %v", got)
	}
	w.pacingIs()
	w.keptIs()
}

func TestPausingTwiceIsPausingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inBatch("bat_may", "awa")
	id := w.recipient("awa").ID
	for range 2 {
		w.pauses()
		w.pausesBatch("bat_may")
		w.must(w.e.PauseRecipient(w.ctx, w.org, id))
	}
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Consequence: "applied again"})
	w.pass(day)
	w.wants("awa") // saving the service again ended no pause
	since, err := w.e.ServicePauses(w.ctx, w.org, w.svc, "none")
	w.must(nil, err)
	if since[0] == nil || !since[0].Equal(monday) || since[1] != nil {
		t.Errorf("paused since %v", since)
	}
	for range 2 { // one after the other: what one lets go of, the next keeps
		w.resumes()
		w.work()
		w.wants("awa")
	}
	w.keptIs()
	w.resumesBatch("bat_may")
	w.work()
	w.keptIs()
	if i := w.invitation(w.invitationOf("awa")); i.PausedBy != engine.PausedRecipient {
		t.Errorf("now the person's own pause keeps it, not %q", i.PausedBy)
	}
	for range 2 {
		w.must(w.e.ResumeRecipient(w.ctx, w.org, id))
		w.work()
	}
	w.wants("awa", "Tue 19 09:00 invitation/sms", "Tue 19 09:00 invitation/email")
	for _, e := range []engine.EventType{
		engine.EventBatchPaused, engine.EventBatchResumed, engine.EventServicePaused, engine.EventServiceResumed,
		engine.EventRecipientPaused, engine.EventRecipientResumed,
	} {
		if n := w.events(e); n != 1 {
			t.Errorf("%s is told %d times", e, n)
		}
	}
	for _, err := range []error{
		w.e.PauseService(w.ctx, w.org, "none"), w.e.ResumeService(w.ctx, "org_none", w.svc), w.e.PauseBatch(w.ctx, w.org, "bat_none"),
		w.e.ResumeBatch(w.ctx, "org_none", "bat_may"), second(w.e.PauseRecipient(w.ctx, "org_none", id)), second(w.e.ResumeRecipient(w.ctx, w.org, "rcp_none")),
	} {
		wantCode(t, err, engine.CodeNotFound)
	}
}

func second[T any](_ T, err error) error { return err }

// portions is a store that fails now and then, and knows how large commits were.
type portions struct {
	engine.Store
	most, largest, commits int // changes at once; records of a change
	fail                   func(n int) bool
}

func (p *portions) Commit(ctx context.Context, part engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	if p.commits++; p.fail != nil && p.fail(p.commits) {
		return nil, errors.New("the store is away")
	}
	for _, c := range changes {
		p.largest = max(p.largest, len(c.Puts))
	}
	p.most = max(p.most, len(changes))
	return p.Store.Commit(ctx, part, changes)
}

// TestManyAreLetGoInPortions also when every second commit fails, and when somebody pauses again meanwhile.
func TestManyAreLetGoInPortions(t *testing.T) {
	t.Parallel()
	zero := 0.0
	w := paced(t, func(s *engine.Service) { s.SlotsPerInvitation = &zero })
	w.must(w.e.OpenBatch(w.ctx, w.org, w.svc, "bat_a"))
	w.pausesBatch("bat_a")
	const people = 650
	w.line("bat_a", 0, people)
	w.advances()
	n, err := w.e.BatchProgress(w.ctx, w.org, "bat_a")
	w.must(nil, err)
	if n["paused"] != people {
		t.Fatalf("%d wait for the batch, want all %d", n["paused"], people)
	}
	p := &portions{Store: w.store}
	w.e.Store = p
	w.resumesBatch("bat_a")
	resume := func() error {
		return w.e.Advance(w.ctx, w.org.Partition(), engine.DuePacing, []string{"pau_" + string(w.org) + ":bat_a"})
	}
	w.must(nil, resume())
	w.keptIs()
	w.pausesBatch("bat_a")
	w.must(nil, resume()) // late: it does nothing any more
	n, err = w.e.BatchProgress(w.ctx, w.org, "bat_a")
	w.must(nil, err)
	if n["paused"] != people-200 {
		t.Fatalf("paused again after a portion, %d are kept", n["paused"])
	}
	w.keptIs()
	w.resumesBatch("bat_a")
	p.fail = func(n int) bool { return n%2 == 0 }
	for range 20 {
		_ = resume()
	}
	w.e.Store = w.store
	w.keptIs()
	w.work()
	if got := w.invited("bat_a"); len(got) != people || p.most != 200 || p.largest != 1 {
		t.Errorf("%d of %d were invited; %d changes at once, the largest wrote %d records", len(got), people, p.most, p.largest)
	}
	if due := w.redis.ZScore(w.ctx, w.key("d:"+engine.DuePacing), "pau_"+string(w.org)+":bat_a"); due.Err() == nil {
		t.Error("nothing is left to let go of, and the pause is still due")
	}
	w.keptIs()
}

// advances does the steps of invitations that are due, in chunks.
func (w *world) advances() {
	w.t.Helper()
	now := w.clock.Now()
	for {
		due, err := w.store.Take(w.ctx, now, now.Add(time.Minute), 64, []string{engine.DueInvitation}, w.org.Partition())
		w.must(nil, err)
		if len(due) == 0 {
			return
		}
		w.do(engine.DueInvitation, due)
	}
}

func TestWhatBecomesOfWhatAPauseKeeps(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(w *world, inv engine.InvitationID){
		"booked":   func(w *world, inv engine.InvitationID) { w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)) },
		"closed":   func(w *world, inv engine.InvitationID) { w.closes(inv) },
		"convened": func(w *world, inv engine.InvitationID) { w.must(w.convene(person("awa"), at(28, 9, 0))) },
		"erased": func(w *world, inv engine.InvitationID) {
			w.must(nil, w.e.Erase(w.ctx, w.org, w.recipient("awa").ID))
		},
		"stopped": func(w *world, inv engine.InvitationID) { w.reply("awa", "STOP") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.inBatch("bat_may", "awa")[0]
			w.work()
			w.clock.set(at(21, 9, 1))
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
			w.pausesBatch("bat_may")
			w.until(at(27, 9, 0)) // a message and a step wait
			then(w, inv)
			w.keptIs()
			w.resumesBatch("bat_may")
			w.until(at(27, 10, 0))
			w.keptIs()
			if n := w.redis.ZCard(w.ctx, w.key("l:kept:pau_"+string(w.org)+":bat_may")).Val(); n != 0 {
				t.Errorf("%d are on the list still", n)
			}
			if sms := w.count(engine.KindRelance, engine.SMS); sms != 0 {
				t.Errorf("%d relances by SMS", sms)
			}
		})
	}
}

func TestWhoWaitsForAPauseIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inBatch("bat_may", "awa")[0]
	w.work()
	waits := func() *engine.Waiting {
		got, err := w.e.Waiting(w.ctx, w.invitation(inv))
		w.must(nil, err)
		return got
	}
	if got := waits(); got != nil {
		t.Errorf("nothing is paused, and it waits: %+v", got)
	}
	w.pass(time.Hour)
	w.pauses()
	if got := waits(); got == nil || got.Reason != engine.WaitPaused || got.By != engine.PausedService || !got.Since.Equal(monday.Add(time.Hour)) {
		t.Errorf("paused before its step is due: %+v", got)
	}
	w.must(w.e.PauseRecipient(w.ctx, w.org, w.recipient("awa").ID))
	if got := waits(); got.By != engine.PausedRecipient {
		t.Errorf("the person's own pause comes first: %+v", got)
	}
	w.until(at(22, 9, 0))
	w.resumes()
	w.work()
	if got, err := w.e.BatchWaiting(w.ctx, w.org, "bat_may"); err != nil || got == nil || got.By != engine.PausedRecipient || got.People != 1 {
		t.Errorf("of the batch: %+v %v", got, err)
	}
	w.must(w.e.ResumeRecipient(w.ctx, w.org, w.recipient("awa").ID))
	if got := waits(); got != nil {
		t.Errorf("resumed, it waits: %+v", got)
	}
	w.pauses()
	w.closes(inv)
	if got := waits(); got != nil {
		t.Errorf("closed, it waits: %+v", got)
	}
}

// between is a store on which something happens just before a commit, once.
type between struct {
	engine.Store
	first func()
}

func (b *between) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	if do := b.first; do != nil {
		b.first = nil
		do()
	}
	return b.Store.Commit(ctx, p, changes)
}

// TestAPauseInTheMiddle begins or ends between what a step, or a worker, read and what it writes.
func TestAPauseInTheMiddle(t *testing.T) {
	t.Parallel()
	for scope, turn := range map[engine.PauseScope]func(w *world, e *engine.Engine, on bool){
		engine.PausedService: func(w *world, e *engine.Engine, on bool) {
			if on {
				w.must(nil, e.PauseService(w.ctx, w.org, w.svc))
				return
			}
			w.must(nil, e.ResumeService(w.ctx, w.org, w.svc))
		},
		engine.PausedBatch: func(w *world, e *engine.Engine, on bool) {
			if on {
				w.must(nil, e.PauseBatch(w.ctx, w.org, "bat_may"))
				return
			}
			w.must(nil, e.ResumeBatch(w.ctx, w.org, "bat_may"))
		},
		engine.PausedRecipient: func(w *world, e *engine.Engine, on bool) {
			if on {
				w.must(e.PauseRecipient(w.ctx, w.org, w.recipient("awa").ID))
				return
			}
			w.must(e.ResumeRecipient(w.ctx, w.org, w.recipient("awa").ID))
		},
	} {
		t.Run(string(scope), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.inBatch("bat_may", "awa")[0]
			others := w.elsewhere()
			in := &between{Store: w.store}
			w.e.Store = in
			// It begins while the first messages are claimed.
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
			in.first = func() { turn(w, others, true) }
			w.work()
			w.wants("awa")
			if by := w.invitation(inv).PausedBy; by != scope {
				t.Fatalf("kept by %q", by)
			}
			// It ends while a step is about to be kept.
			turn(w, others, false)
			w.clock.set(monday.Add(time.Minute))
			w.work()
			w.clock.set(at(21, 9, 2))
			turn(w, others, true)
			in.first = func() { turn(w, others, false) }
			w.work()
			w.wants("awa", "Mon 18 09:01 invitation/sms", "Mon 18 09:01 invitation/email", "Thu 21 09:02 relance/sms", "Thu 21 09:02 relance/email")
			w.keptIs()
		})
	}
}

// TestWhatHadNotLeftMakesRoom: first messages that a pause keeps hold no slot that others could have.
func TestWhatHadNotLeftMakesRoom(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	for _, b := range []engine.BatchID{"bat_a", "bat_b"} {
		w.must(w.e.OpenBatch(w.ctx, w.org, w.svc, b))
	}
	w.line("bat_a", 0, 13)
	w.advances() // all slots are for them, and nothing has left
	w.line("bat_b", 0, 5)
	w.pausesBatch("bat_a")
	w.work()
	if a, b := w.invited("bat_a"), w.invited("bat_b"); len(a) != 0 || !slices.Equal(b, upTo(5)) {
		t.Errorf("invited: %v and %v", a, b)
	}
	w.resumesBatch("bat_a")
	w.work()
	if a := w.invited("bat_a"); len(a) != 8 {
		t.Errorf("resumed, %d of bat_a went, want those there is room for: %v", len(a), a)
	}
	w.pacingIs()
	w.keptIs()
}
