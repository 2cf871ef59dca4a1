package engine_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/calendars"
	"relance/engine"
)

// otherService saves one of the organisation beside the world's, with slots of an hour over two days, and what
// the test changes.
func (w *world) otherService(id engine.ServiceID, change func(*engine.Service), pool ...engine.CalendarID) {
	w.t.Helper()
	zero := 0
	s := engine.Service{ID: id, Name: "Autre", Calendars: pool, DurationMin: 60, HorizonDays: 2, NoticeHours: &zero}
	if change != nil {
		change(&s)
	}
	w.must(w.e.SaveService(w.ctx, w.org, s))
}

// lineOf is line, for another service.
func (w *world) lineOf(svc engine.ServiceID, batch engine.BatchID, n int) {
	w.t.Helper()
	was := w.svc
	w.svc = svc
	w.line(batch, 0, n)
	w.svc = was
	w.work()
}

func TestTwoServicesDoNotInviteForTheSameSlots(t *testing.T) {
	t.Parallel()
	off := 0.0
	for name, c := range map[string]struct {
		other func(*engine.Service)
		pool  []engine.CalendarID
		first int // people of the other service, invited before
		mine  []engine.CalendarID
		want  [2]int // invited: of the other, and of thirty of ours
	}{
		"one desk":                       {pool: []engine.CalendarID{"desk-1"}, first: 30, want: [2]int{13, 0}},
		"one desk, partly":               {pool: []engine.CalendarID{"desk-1"}, first: 5, want: [2]int{5, 8}},
		"no common desk":                 {pool: []engine.CalendarID{"desk-2"}, first: 30, want: [2]int{13, 13}},
		"ours has a desk of its own":     {pool: []engine.CalendarID{"desk-1"}, first: 30, mine: []engine.CalendarID{"desk-1", "desk-2"}, want: [2]int{13, 13}},
		"the other can go elsewhere":     {pool: []engine.CalendarID{"desk-1", "desk-2"}, first: 15, want: [2]int{15, 11}},
		"the other needs all it has":     {pool: []engine.CalendarID{"desk-1", "desk-2"}, first: 30, want: [2]int{26, 0}},
		"the other takes twice the time": {pool: []engine.CalendarID{"desk-1"}, first: 4, other: func(s *engine.Service) { s.DurationMin = 120 }, want: [2]int{4, 5}},
		"the other takes half the time":  {pool: []engine.CalendarID{"desk-1"}, first: 4, other: func(s *engine.Service) { s.DurationMin = 30 }, want: [2]int{4, 9}},
		"the other is not paced":         {pool: []engine.CalendarID{"desk-1"}, first: 10, other: func(s *engine.Service) { s.SlotsPerInvitation = &off }, want: [2]int{10, 3}},
		"the other sees two weeks":       {pool: []engine.CalendarID{"desk-1"}, first: 30, other: func(s *engine.Service) { s.HorizonDays = 14 }, want: [2]int{30, 13}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := paced(t, nil)
			w.calendar("desk-2")
			if c.mine != nil {
				zero := 0
				w.service(engine.Service{Calendars: c.mine, DurationMin: 60, HorizonDays: 2, NoticeHours: &zero})
			}
			w.otherService("other", c.other, c.pool...)
			w.lineOf("other", "bat_other", c.first)
			w.lineOf(w.svc, "bat_ours", 30)
			if got := [2]int{len(w.invited("bat_other")), len(w.invited("bat_ours"))}; got != c.want {
				t.Errorf("invited: %v, want %v", got, c.want)
			}
			w.pacingIs()
		})
	}
}

// TestTwoServicesLetOutAtOnce: one lets people out between what the other read and what it writes.
func TestTwoServicesLetOutAtOnce(t *testing.T) {
	t.Parallel()
	off := 0.0
	for name, change := range map[string]func(*engine.Service){
		"both are paced":         nil,
		"the other is not paced": func(s *engine.Service) { s.SlotsPerInvitation = &off },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := paced(t, nil)
			w.otherService("other", change, "desk-1")
			w.line("bat_ours", 0, 10)
			ours := texts(all[engine.Invitation](w, "inv_"))
			w.svc = "other"
			w.line("bat_other", 0, 10)
			w.svc = "rsa"
			theirs := slices.DeleteFunc(texts(all[engine.Invitation](w, "inv_")), func(id string) bool { return slices.Contains(ours, id) })
			others, in := w.elsewhere(), &between{Store: w.store}
			w.e.Store = in
			in.first = func() { w.must(nil, others.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, theirs)) }
			w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, ours))
			w.work()
			if a, b := w.invited("bat_other"), w.invited("bat_ours"); len(a) != 10 || !slices.Equal(b, upTo(3)) {
				t.Errorf("invited for 13 slots: %v of the other, %v of ours", a, b)
			}
			w.pacingIs()
		})
	}
}

// TestBatchesOfTwoServicesTakeTurns: nobody waits for a service until the last of another is through.
func TestBatchesOfTwoServicesTakeTurns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		batches []engine.BatchID // of the other service
		share   float64          // of the places that open, the other's
	}{
		"one each":     {[]engine.BatchID{"bat_1"}, 0.5},
		"three of one": {[]engine.BatchID{"bat_1", "bat_2", "bat_3"}, 0.75},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := paced(t, nil)
			w.otherService("other", nil, "desk-1")
			for _, b := range c.batches {
				w.lineOf("other", b, 60)
			}
			w.lineOf(w.svc, "bat_ours", 60)
			theirs := func() (n int) {
				for _, b := range c.batches {
					n += len(w.invited(b))
				}
				return n
			}
			before := theirs()
			for d := 19; d < 24; d++ { // each day all who were invited say no, and their places open again
				w.until(at(d, 7, 0))
				for _, inv := range all[engine.Invitation](w, "inv_") {
					if inv.State == engine.InvitationSent {
						w.closes(inv.ID)
					}
				}
				w.pass(2 * time.Hour)
				ours, opened := len(w.invited("bat_ours")), len(w.invited("bat_ours"))+theirs()-before
				if want := (1 - c.share) * float64(opened); math.Abs(float64(ours)-want) > 0.1*float64(opened) {
					t.Errorf("until %d May %d of ours are invited to %d places, want about %v", d, ours, opened, want)
				}
			}
			w.pacingIs()
		})
	}
}

// TestNobodyOvertakesTheQueueOfAnotherService: somebody invited while places are open has no more than their turn.
func TestNobodyOvertakesTheQueueOfAnotherService(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.otherService("other", nil, "desk-1")
	w.lineOf("other", "bat_other", 20)
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.SentAt != nil {
			w.e.Store = withoutLooks{w.store} // until the batch of ours is there
			w.closes(inv.ID)
			w.e.Store = w.store
		}
	}
	w.lineOf(w.svc, "bat_ours", 20)
	if ours, theirs := len(w.invited("bat_ours")), len(w.invited("bat_other"))-13; ours+theirs != 13 || theirs < 4 {
		t.Errorf("of 13 places %d are for who came just now, and %d for who waited", ours, theirs)
	}
	w.pacingIs()
}

// TestALookCallsTheOthers: the places that one service finds are not all gone when the other looks by itself.
func TestALookCallsTheOthers(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.otherService("other", nil, "desk-1")
	w.lineOf("other", "bat_other", 33)
	w.lineOf(w.svc, "bat_ours", 20)
	w.e.Store = withoutLooks{w.store}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.SentAt != nil {
			w.closes(inv.ID)
		}
	}
	w.e.Store = w.store
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DuePacing, []string{"pace:" + string(w.org) + ":other"}))
	w.work()
	if ours, theirs := len(w.invited("bat_ours")), len(w.invited("bat_other"))-13; ours+theirs != 13 || ours < 4 {
		t.Errorf("of 13 places %d are for who looked first, and %d for the others", theirs, ours)
	}
	w.pacingIs()
}

// withoutLooks is a store that has no service look.
type withoutLooks struct{ engine.Store }

func (s withoutLooks) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	for i := range changes {
		changes[i].Due = slices.DeleteFunc(changes[i].Due, func(d engine.Due) bool { return d.Kind == engine.DuePacing })
	}
	return s.Store.Commit(ctx, p, changes)
}

// TestTheOutlookCountsOtherQueues: half of the places that come are for the batch of another service.
func TestTheOutlookCountsOtherQueues(t *testing.T) {
	t.Parallel()
	expected := func(others int) time.Time {
		w := paced(t, nil)
		w.otherService("other", nil, "desk-1")
		w.lineOf("other", "bat_other", others)
		w.must(w.e.OpenBatch(w.ctx, w.org, w.svc, "bat_ours"))
		w.lineOf(w.svc, "bat_ours", 21)
		got, err := w.e.BatchWaiting(w.ctx, w.org, "bat_ours")
		w.must(got, err)
		if got.Ahead != 20 || got.Expected == nil {
			t.Fatalf("the last of 21 waits: %+v", got)
		}
		return *got.Expected
	}
	alone, both := expected(13), expected(13+21)
	if later := both.Sub(alone).Hours() / 24; later < 3 || later > 5 { // for six places a day
		t.Errorf("alone until %v, with as many others until %v", alone, both)
	}
}

// TestManyServicesLetOutAtOnce: one portion of due steps has people of more services than a step is tried.
func TestManyServicesLetOutAtOnce(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	for n := range 30 {
		w.svc = engine.ServiceID(fmt.Sprintf("other-%d", n))
		w.otherService(w.svc, func(s *engine.Service) { s.HorizonDays = 14 }, "desk-1")
		w.line("", n, 1)
	}
	ids := texts(all[engine.Invitation](w, "inv_"))
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, ids))
	w.work()
	if n := len(w.invited("")); n != 30 {
		t.Errorf("%d of thirty were invited, and there are slots enough", n)
	}
	w.pacingIs()
}

func texts(all []*engine.Invitation) []string {
	var out []string
	for _, inv := range all {
		out = append(out, string(inv.ID))
	}
	return out
}

func TestWindowsOfOneServiceAreNotKeptForAnother(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	half := func(start, end calendars.Clock, svc string) calendars.Window {
		return calendars.Window{FirstDay: "2026-05-18", Start: start, End: end, RRule: "FREQ=DAILY", Services: []string{svc}}
	}
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "desk-1", Calendar: calendars.Calendar{
		ID: "desk-1", Zone: "Europe/Paris", Windows: []calendars.Window{half("09:00", "12:00", "rsa"), half("14:00", "17:00", "other")},
	}}))
	w.otherService("other", nil, "desk-1")
	w.lineOf("other", "bat_other", 30)
	w.lineOf(w.svc, "bat_ours", 30)
	if a, b := len(w.invited("bat_other")), len(w.invited("bat_ours")); a != 6 || b != 7 {
		t.Errorf("%d and %d are invited, want six in the afternoons and seven in the mornings", a, b)
	}
}

func TestWhatAnotherServiceGivesBackIsUsed(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.otherService("other", nil, "desk-1")
	w.lineOf("other", "bat_other", 13)
	w.lineOf(w.svc, "bat_ours", 5)
	var ours engine.InvitationID
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Service == w.svc {
			ours = inv.ID
		}
	}
	if got := w.waitingFor(ours); got == nil || got.Reason != engine.WaitForRoom || got.Expected == nil || !got.Expected.After(w.clock.Now()) {
		t.Errorf("our first waits: %+v", got)
	}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Service == "other" && inv.Line <= 4 {
			w.closes(inv.ID)
		}
	}
	w.pass(20 * time.Minute)
	if got := len(w.invited("bat_ours")); got != 3 { // nine o'clock has passed meanwhile
		t.Errorf("four of the others left, and %d of ours are invited", got)
	}
	if n := w.events(engine.EventServiceDry); n != 0 {
		t.Errorf("%d service.dry, though everybody invited has a slot to choose", n)
	}
}

// TestSeatingIsTheBestThereIs compares with the cut that bounds it, for few enough services to try all.
func TestSeatingIsTheBestThereIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		need := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 4).Draw(t, "need")
		seats := map[uint64]int{}
		for range rapid.IntRange(0, 6).Draw(t, "kinds") {
			seats[uint64(rapid.IntRange(1, 1<<len(need)-1).Draw(t, "who"))] = rapid.IntRange(0, 9).Draw(t, "seats")
		}
		most := func(services int) int { // of the first so many, seated at once
			best := 1 << 30
			for some := range uint64(1) << services {
				sum := 0
				for i, n := range need[:services] {
					if some>>i&1 == 0 {
						sum += n
					}
				}
				for who, n := range seats {
					if who&some != 0 {
						sum += n
					}
				}
				best = min(best, sum)
			}
			return best
		}
		for i, got := range engine.Seated(seats, need...) {
			if want := most(i+1) - most(i); got != want {
				t.Fatalf("%d of service %d are seated, want %d", got, i, want)
			}
		}
	})
}
