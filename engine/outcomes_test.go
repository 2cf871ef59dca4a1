package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

func (w *world) records(id engine.AppointmentID, s engine.AppointmentState) *engine.Appointment {
	w.t.Helper()
	a, err := w.e.Record(w.ctx, w.org, id, s)
	w.must(a, err)
	return a
}

// TestANightWithoutOutcome: a reminder that quiet hours push beyond the appointment does not hold up its end.
func TestANightWithoutOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{2, 1}})
	inv := w.invite("awa")
	w.work()
	a, err := w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: inv, Start: at(20, 2, 0), By: engine.ByStaff, Force: engine.ForceWindows})
	w.must(a, err)
	w.until(at(20, 4, 0))
	got, err := w.e.Appointment(w.ctx, w.org, a.ID)
	w.must(got, err)
	if got.Reminders[0].State != engine.ReminderQueued || got.Reminders[1].Reason != engine.ReasonTooLate {
		t.Errorf("reminders of a night: %+v", got.Reminders)
	}
	if w.events(engine.EventOutcomeMissing) != 1 {
		t.Error("the night is over, and nobody is told that its outcome is missing")
	}
}

func TestOutcomesAndCorrections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(30)})
	inv := w.invite("awa")
	w.work()
	token := w.token("awa")
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	_, err = w.e.Record(w.ctx, w.org, a.ID, engine.Attended)
	wantCode(t, err, engine.CodeWrongState) // it has not begun
	_, err = w.e.Record(w.ctx, w.org, a.ID, engine.Booked)
	wantCode(t, err, engine.CodeInvalid)
	w.until(at(20, 10, 0))
	if w.events(engine.EventOutcomeMissing) != 1 {
		t.Error("a past one without outcome is not told of")
	}
	w.records(a.ID, engine.NoShow)
	w.records(a.ID, engine.NoShow) // again: nothing
	v, err := w.e.Open(w.ctx, token)
	w.must(v, err)
	if !v.CanBook || v.Appointment != nil || w.invitation(inv).State != engine.InvitationSent {
		t.Errorf("after a no-show the link offers slots: %v; the invitation is %s", v.CanBook, w.invitation(inv).State)
	}
	w.pass(time.Minute)
	got := w.records(a.ID, engine.Attended)
	if len(got.History) != 2 || got.History[0].State != engine.NoShow || got.History[1].State != engine.Attended || !got.History[1].At.After(got.History[0].At) {
		t.Errorf("the history is %+v", got.History)
	}
	if w.events(engine.EventAppointmentOutcome) != 2 {
		t.Errorf("%d outcomes are told of", w.events(engine.EventAppointmentOutcome))
	}
	if i := w.invitation(inv); i.State != engine.InvitationClosed || i.Next != nil {
		t.Errorf("the person came after all; the invitation is %s", i.State)
	}
	_, err = w.e.Open(w.ctx, token)
	wantCode(t, err, engine.CodeLinkDead)
}

func TestANoShowMayBookAgainWhileItIsValid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, ValidityDays: hours(12)})
	inv := w.invite("awa")
	w.work()
	first := w.book("awa", 0)
	w.until(first.End)
	w.records(first.ID, engine.NoShow)
	second := w.book("awa", 0)
	if second.ID == first.ID || w.invitation(inv).Appointment != second.ID {
		t.Errorf("the second appointment is %s, the first %s", second.ID, first.ID)
	}
	w.until(second.End)
	w.clock.set(w.clock.Now().AddDate(0, 0, 12)) // validity is over
	w.records(second.ID, engine.NoShow)
	if got := w.invitation(inv); got.State != engine.InvitationClosed && got.State != engine.InvitationExpired {
		t.Errorf("the invitation is %s after its end", got.State)
	}
}

func TestAnOutcomeThatNobodyGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a := w.book("awa", 0)
	w.until(a.End.Add(23 * time.Hour))
	if got := w.invitation(inv); got.State != engine.InvitationBooked || w.appointment(a.ID).Next.Kind != engine.StepLapse {
		t.Errorf("within a day it is %s", got.State)
	}
	w.until(a.End.Add(25 * time.Hour))
	if got := w.invitation(inv); got.State != engine.InvitationClosed || got.Reason != "past" {
		t.Errorf("after a day it is %s %s", got.State, got.Reason)
	}
	if got := w.records(a.ID, engine.Attended); got.State != engine.Attended { // still welcome
		t.Errorf("the appointment is %s", got.State)
	}
}

func TestCancellingReopensOrEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a := w.book("awa", 0)
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient)) // the same answer
	if w.events(engine.EventAppointmentCancelled) != 1 {
		t.Error("one cancellation is told of twice")
	}
	_, err := w.moveTo(a, at(28, 9, 0), engine.ByStaff)
	wantCode(t, err, engine.CodeWrongState)
	_, err = w.e.Record(w.ctx, w.org, a.ID, engine.Attended)
	wantCode(t, err, engine.CodeWrongState)
	late, err := w.bookAt(inv, at(18+14, 9, 0), engine.ByRecipient) // after the last day
	w.must(late, err)
	w.until(at(30, 9, 0))
	w.must(w.e.Cancel(w.ctx, w.org, late.ID, engine.ByRecipient))
	if got := w.invitation(inv); got.State != engine.InvitationExpired || w.events(engine.EventInvitationExpired) != 1 {
		t.Errorf("cancelled after the last day, it is %s", got.State)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a := w.book("awa", 0)
	_, err := w.e.Close(w.ctx, w.org, inv, engine.ByStaff, "moved away")
	wantCode(t, err, engine.CodePending)
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
	for range 2 {
		w.must(w.e.Close(w.ctx, w.org, inv, engine.ByStaff, "moved away"))
	}
	if got := w.invitation(inv); got.State != engine.InvitationClosed || got.Reason != "moved away" || w.events(engine.EventInvitationClosed) != 1 {
		t.Errorf("it is %s %q, told of %d times", got.State, got.Reason, w.events(engine.EventInvitationClosed))
	}
	_, err = w.bookAt(inv, w.slots()[0].Start, engine.ByRecipient)
	wantCode(t, err, engine.CodeLinkDead)
	_, err = w.bookAt(inv, w.slots()[0].Start, engine.ByStaff)
	wantCode(t, err, engine.CodeWrongState)
	_, err = w.e.Close(w.ctx, "org_none", inv, engine.ByStaff, "x")
	wantCode(t, err, engine.CodeNotFound)
}

func (w *world) convene(p engine.Person, start time.Time) (*engine.Appointment, error) {
	return w.e.Convene(w.ctx, engine.ConveneRequest{Organisation: w.org, Service: w.svc, Person: p, Start: start})
}

func TestConvene(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(at(17, 21, 0)) // a Sunday evening: told as soon as people may be written to
	a, err := w.convene(person("awa"), at(20, 9, 0))
	w.must(a, err)
	w.until(at(18, 8, 30))
	w.wants("awa", "Mon 18 08:00 convocation/sms", "Mon 18 08:00 convocation/email")
	inv := w.invitation(a.Invitation)
	if !a.Imposed || !inv.Imposed || inv.State != engine.InvitationBooked {
		t.Errorf("imposed %v %v, the invitation is %s", a.Imposed, inv.Imposed, inv.State)
	}
	again, err := w.convene(person("awa"), at(20, 9, 0))
	w.must(again, err)
	if again.ID != a.ID {
		t.Error("a double submit made two")
	}
	_, err = w.convene(person("awa"), at(21, 9, 0))
	wantCode(t, err, engine.CodePending)
	_, err = w.convene(person("bo"), at(20, 9, 0))
	wantCode(t, err, engine.CodeTaken)
	var e *engine.Error
	if !errors.As(err, &e) || len(e.Nearest) != 3 {
		t.Errorf("no slots are offered: %v", err)
	}
	_, err = w.convene(person("bo"), at(24, 9, 0))
	wantCode(t, err, engine.CodeNotBookable)
	_, err = w.convene(engine.Person{FirstName: "Dan"}, at(21, 9, 0))
	wantCode(t, err, engine.CodeInvalid)
	v, err := w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	if !v.CanMove || !v.CanCancel {
		t.Error("the link does not let the person move or cancel")
	}
	if w.events(engine.EventInvitationCreated) != 1 || w.events(engine.EventAppointmentBooked) != 1 {
		t.Error("a convocation is an invitation and a booking, told once each")
	}
}

func TestConveneSomebodyInvited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a, err := w.convene(person("awa"), at(28, 9, 0))
	w.must(a, err)
	w.pass(9 * day)
	if a.Invitation != inv || len(w.relances(engine.SMS)) != 0 {
		t.Errorf("the open invitation is not used, or its ladder goes on: %v", w.got("awa"))
	}
	if r := w.recipient("awa"); len(r.Invitations) != 1 {
		t.Errorf("%d invitations", len(r.Invitations))
	}
}

func TestConvokingSomebodyUnreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.work()
	w.reply("awa", "stop")
	w.closes(inv)
	a, err := w.convene(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}, at(28, 9, 0))
	w.must(a, err)
	w.work()
	if !w.invitation(a.Invitation).Unreachable || w.events(engine.EventInvitationUnreachable) != 2 { // by the STOP, then by this
		t.Error("nobody knows that the person was not told")
	}
}

// Whether the person came decides what the link offers: until staff say so nothing new is booked.
func TestAPastAppointmentWithoutOutcomeBooksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(20, 11, 0))
	if _, err := w.bookAt(inv, at(22, 9, 0), engine.ByRecipient); engine.CodeOf(err) != engine.CodeWrongState {
		t.Errorf("booking after an appointment without outcome: %v", err)
	}
	w.records(a.ID, engine.NoShow)
	if _, err := w.bookAt(inv, at(22, 9, 0), engine.ByRecipient); err != nil {
		t.Errorf("booking after a no-show: %v", err)
	}
}

// What a verb answers is what is stored, its version too: integrators order by it.
func TestVerbsAnswerWithTheStoredVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	for n, verb := range []func() (*engine.Appointment, error){
		func() (*engine.Appointment, error) { return w.bookAt(inv, at(20, 9, 0), engine.ByRecipient) },
		func() (*engine.Appointment, error) {
			return w.moveTo(w.appointment(w.invitation(inv).Appointment), at(21, 9, 0), engine.ByStaff)
		},
		func() (*engine.Appointment, error) {
			return w.e.Cancel(w.ctx, w.org, w.invitation(inv).Appointment, engine.ByStaff)
		},
	} {
		a, err := verb()
		w.must(a, err)
		if a.Version != int64(n)+1 || w.appointment(a.ID).Version != a.Version {
			t.Errorf("verb %d answers version %d, stored is %d", n, a.Version, w.appointment(a.ID).Version)
		}
	}
}

// Cancelled after the last day: who asked for it has no way to another one, and gets no link that opens
// nothing; whom we cancel may choose again, as long as anybody invited when they read it.
func TestCancelledAfterTheLastDay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by   engine.Actor
		when time.Time
		said string
		last time.Time
	}{
		"by the person":           {engine.ByRecipient, at(18+12, 10, 0), "cancelled_by_recipient fr <nil> <nil>", at(29, 0, 0)},
		"by us":                   {engine.ByStaff, at(18+11, 10, 0), "cancelled_by_organisation fr LINK 2026-06-08", at(31+9, 0, 0)},
		"by us on Saturday night": {engine.ByStaff, at(18+12, 21, 0), "cancelled_by_organisation fr LINK 2026-06-11", at(31+12, 0, 0)},
		"by us in time":           {engine.ByStaff, at(18+1, 10, 0), "cancelled_by_organisation fr LINK 2026-05-29", at(30, 0, 0)},
		"by the person in time":   {engine.ByRecipient, at(18+1, 10, 0), "cancelled_by_recipient fr LINK 2026-05-28", at(29, 0, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.inviteByPhone("awa")
			w.work()
			token := w.token("awa")
			a, err := w.bookAt(inv, at(18+22, 9, 0), engine.ByRecipient)
			w.must(a, err)
			w.until(c.when)
			w.must(w.e.Cancel(w.ctx, w.org, a.ID, c.by))
			w.pass(36 * time.Hour)
			last := w.sent[len(w.sent)-1].Out.Text.Body
			if got := strings.Replace(last, w.e.LinkURL(token), "LINK", 1); got != c.said {
				t.Errorf("they are told %q, want %q", got, c.said)
			}
			if got := w.invitation(inv).ExpiresAt; !got.Equal(c.last) {
				t.Errorf("it is valid until %s, want %s", got.In(paris), c.last)
			}
			v, err := w.e.Open(w.ctx, token)
			if opens := err == nil && v.CanBook; opens != strings.Contains(c.said, "LINK") {
				t.Errorf("the link opens: %v (%v)", opens, err)
			}
		})
	}
}

func TestAnAnswerAfterTheLastDayCarriesNoLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inviteByPhone("awa")
	w.pass(12 * day)
	w.reply("awa", "le lapin est bleu")
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyNothing || strings.Contains(last.Out.Text.Body, "/r/") {
		t.Errorf("%q", last.Out.Text.Body)
	}
}

// Staff may book for an expired invitation: it is the person's open one again.
func TestAnExpiredInvitationThatIsBookedIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.inviteByPhone("awa")
	w.pass(12 * day)
	a, err := w.bookAt(inv, at(18+22, 9, 0), engine.ByStaff)
	w.must(a, err)
	if r := w.recipient("awa"); r.Open[w.svc] != inv || r.Next != nil {
		t.Errorf("the open invitation is %q; the person waits for %s", r.Open[w.svc], r.Next)
	}
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
	wantCode(t, asError(w.tryInvite(engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}).Err), engine.CodeAlreadyInvited)
}
