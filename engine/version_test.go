package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// ladders is a service whose relances come after so many days.
func ladders(follow bool, days ...int) engine.Service {
	s := engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Follow: follow, Ladder: []engine.Rung{}}
	for _, d := range days {
		s.Ladder = append(s.Ladder, engine.Rung{AfterDays: d, Channels: []engine.Channel{engine.Email}})
	}
	return s
}

func TestAnInvitationKeepsThePolicyItStartedUnder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(ladders(false, 2, 4))
	w.invite("awa")
	w.work()
	w.service(ladders(false))
	w.pass(24 * time.Hour)
	w.invite("bo")
	w.pass(6 * 24 * time.Hour)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Wed 20 09:00 relance/email", "Fri 22 09:00 relance/email")
	w.wants("bo", "Tue 19 09:00 invitation/sms", "Tue 19 09:00 invitation/email")
}

func TestFollowingInvitationsChangeWithTheService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(ladders(false, 2, 4))
	w.invite("awa")
	w.work()
	w.service(ladders(true, 2))
	w.pass(6 * 24 * time.Hour)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Wed 20 09:00 relance/email")
}

func TestCalendarsAreTheNewestUnderAnOldPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none := 0
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, MaxMoves: &none})
	w.invite("awa")
	w.work()
	w.calendar("desk-2")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-2"}})
	a := w.book("awa", 0)
	if a.Calendar != "desk-2" {
		t.Errorf("booked on %s, want the calendar the service has now", a.Calendar)
	}
	_, err := w.e.Reschedule(w.ctx, engine.MoveRequest{Organisation: w.org, Appointment: a.ID, Start: a.Start.Add(24 * time.Hour), By: engine.ByRecipient})
	if err == nil {
		t.Error("moved, though the policy it started under allows no move")
	}
}

func TestALadderThatIsCutOrMovedHoldsForTheStepThatWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days []int
		want []string
	}{
		"cut":    {[]int{2}, nil},
		"later":  {[]int{2, 8}, []string{"Tue 26 09:00 relance/email"}},
		"sooner": {[]int{2, 3}, []string{"Thu 21 09:00 relance/email"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(ladders(true, 2, 4))
			w.invite("awa")
			w.pass(50 * time.Hour)
			w.service(ladders(true, c.days...))
			w.pass(6*24*time.Hour + time.Hour)
			w.wants("awa", append([]string{"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Wed 20 09:00 relance/email"}, c.want...)...)
		})
	}
}

// A relance that is added after the last one has left, told by the service or by staff.
func TestALadderThatIsLengthenedIsClimbed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		follow bool
		end    int
	}{"ten days": {true, 10}, "without end": {true, 0}, "by staff": {false, 10}, "by staff, without end": {false, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			saves := func(days ...int) {
				s := ladders(c.follow, days...)
				s.ValidityDays = &c.end
				w.service(s)
			}
			saves(2)
			inv := w.invite("awa")
			w.pass(3 * day)
			saves(2, 7)
			if !c.follow {
				w.must(w.e.Follow(w.ctx, w.org, inv))
			}
			w.pass(6 * day)
			w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Wed 20 09:00 relance/email", "Tue 26 08:00 relance/email")
		})
	}
}

// Every open invitation learns of it, and nobody else: not who booked, not who cannot be reached, not those
// of another service, and not before a pause is over.
func TestWhoFollowsALongerLadder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	saves := func(follow bool, days ...int) {
		s, none := ladders(follow, days...), 0.0
		s.SlotsPerInvitation = &none
		w.service(s)
	}
	w.svc = "second"
	saves(false, 2)
	aside := w.inviteByPhone("zoe")
	w.svc = "rsa"
	saves(false, 2)
	crowd := w.crowd(450) // more than two portions
	gone := w.inviteByPhone("gone")
	w.work()
	w.reply("gone", "STOP")
	w.pass(3 * day)
	w.must(w.bookAt(crowd[0], w.slots()[0].Start, engine.ByRecipient))
	w.closes(crowd[1])
	saves(true, 2, 5)
	w.pass(time.Minute)
	for n, id := range append(crowd, aside, gone) {
		next := w.invitation(id).Next
		if follows := n > 1 && id != aside && id != gone; follows != (next != nil && next.Kind == engine.StepRelance) {
			t.Fatalf("the %d-th waits for %s", n, next)
		}
	}
	w.pauses()
	w.pass(3 * day)
	saves(true, 2, 5, 6)
	w.pass(time.Minute)
	if next := w.invitation(crowd[2]).Next; next == nil || next.PausedBy == "" {
		t.Errorf("in a pause it waits for %s", next)
	}
}

func TestOldVersionsCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(ladders(false, 2, 4))
	w.service(ladders(false, 5))
	newest, err := w.e.Service(w.ctx, w.org, w.svc)
	w.must(newest, err)
	for back, want := range []int{1, 2} {
		v, err := w.e.ServiceVersion(w.ctx, w.org, w.svc, newest.Version-int64(back))
		w.must(v, err)
		if len(v.Ladder) != want || v.Version != newest.Version-int64(back) {
			t.Errorf("version %d has %d relances, want %d", v.Version, len(v.Ladder), want)
		}
	}
	_, err = w.e.ServiceVersion(w.ctx, w.org, w.svc, newest.Version+1)
	wantCode(t, err, engine.CodeNotFound)
	_, err = w.e.ServiceVersion(w.ctx, "org_none", w.svc, newest.Version)
	wantCode(t, err, engine.CodeNotFound)
}

func TestWhoIsOverFollowsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.closes(inv)
	_, err := w.e.Follow(w.ctx, w.org, inv)
	wantCode(t, err, engine.CodeWrongState)
	_, err = w.e.Follow(w.ctx, "org_none", inv)
	wantCode(t, err, engine.CodeNotFound)
}

func TestASavedServiceKnowsItsVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := ladders(false, 2)
	s.ID, s.Name, s.DurationMin = w.svc, "Rendez-vous", 30
	for range 2 {
		saved, err := w.e.SaveService(w.ctx, w.org, s)
		w.must(nil, err)
		if read, err := w.e.Service(w.ctx, w.org, w.svc); err != nil || read.Version != saved.Version {
			t.Errorf("saved as version %d, read as %d (%v)", saved.Version, read.Version, err)
		}
	}
}
