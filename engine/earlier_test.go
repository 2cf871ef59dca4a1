package engine_test

import (
	"slices"
	"testing"
	"time"

	"relance/engine"
)

// toldEarlier are those of the names that were told of a freed slot, in their order, once each time.
func (w *world) toldEarlier(names ...string) (out []string) {
	for _, n := range names {
		for range w.earlierTo(n) {
			out = append(out, n)
		}
	}
	return out
}

// upTo saves the service with so many people told of a freed slot.
func (w *world) upTo(n int) {
	w.t.Helper()
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, EarlierPeople: hours(n)})
}

// freedSlots are those that wait for their step.
func (w *world) freedSlots() []*engine.Freed { w.t.Helper(); return all[engine.Freed](w, "frd_") }

func TestTwentyPeopleAnswerAtOnce(t *testing.T) {
	t.Parallel()
	for range 3 { // nothing between the engine and Redis here: the commits race
		waitingListRace(t, newWorld(t))
	}
}

func TestWhoWaitsLongestIsToldFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upTo(2)
	for i, name := range []string{"awa", "bo", "chloe"} {
		w.hopes(name, at(35, 9+i, 0))
		w.pass(time.Minute)
	}
	w.frees("x", at(28, 9, 0))
	if got := w.toldEarlier("awa", "bo", "chloe"); !slices.Equal(got, []string{"awa", "bo"}) {
		t.Errorf("first told: %v", got)
	}
	w.until(at(19, 9, 0))
	w.frees("y", at(28, 10, 0)) // who was told goes to the back
	if got := w.toldEarlier("awa", "bo", "chloe"); !slices.Equal(got, []string{"awa", "awa", "bo", "chloe"}) {
		t.Errorf("then told: %v", got)
	}
	if n := w.freedSlots(); len(n) != 0 {
		t.Errorf("%d freed slots are kept", len(n))
	}
}

func TestWhoIsNotToldOfAFreedSlot(t *testing.T) {
	t.Parallel()
	free := at(28, 9, 0)
	for name, c := range map[string]struct {
		start  time.Time // of the appointment of who asks
		change func(*world, *engine.Appointment)
		bar    engine.EarlierBar
		told   bool
	}{
		"who may be":           {start: at(35, 9, 0), told: true},
		"booked before it":     {start: at(27, 9, 0)},
		"seven days and a bit": {start: at(25, 9, 0).Add(25 * time.Hour)},
		"withdrawn": {start: at(35, 9, 0), change: func(w *world, a *engine.Appointment) {
			w.must(w.e.WantEarlier(w.ctx, w.org, a.ID, false, engine.ByStaff))
		}},
		"cancelled":  {start: at(35, 9, 0), change: func(w *world, a *engine.Appointment) { w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff)) }},
		"moved near": {start: at(35, 9, 0), change: func(w *world, a *engine.Appointment) { w.must(w.moveTo(a, at(22, 9, 0), engine.ByStaff)) }},
		"STOP on every channel": {start: at(35, 9, 0), bar: engine.BarUnreachable, change: func(w *world, a *engine.Appointment) {
			w.reply("awa", "stop")
			for n := range 2 {
				_ = w.e.Receive(w.ctx, w.org.Partition(), w.message(a.Invitation, n).ID, engine.Receipt{State: engine.MessageUndelivered, BadAddress: true})
			}
		}},
		"switched off by now": {start: at(35, 9, 0), change: func(w *world, _ *engine.Appointment) { w.upTo(0) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.hopes("awa", c.start)
			if c.change != nil {
				c.change(w, a)
				w.work()
			}
			wishes, _, err := w.e.EarlierWishes(w.ctx, w.org, w.svc, "", 10)
			w.must(wishes, err)
			if c.bar != "" && (len(wishes) != 1 || wishes[0].Bar != c.bar) {
				t.Errorf("waiting: %+v", wishes)
			}
			w.frees("x", free)
			if told := w.earlierTo("awa") == 1; told != c.told {
				t.Errorf("told: %v", told)
			}
		})
	}
}

func TestAFreedSlotSomewhereElseIsNotOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.located("msa", "tel")
	w.hopes("awa", at(35, 14, 0))
	w.frees("x", at(28, 9, 0))
	if n := w.earlierTo("awa"); n != 0 {
		t.Errorf("told %d times of a slot at another place", n)
	}
	w.frees("y", at(28, 14, 0))
	if n := w.earlierTo("awa"); n != 1 {
		t.Errorf("told %d times of one at the same place", n)
	}
}

func TestAFreedSlotIsToldOfOnceAndByOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.hopes("awa", at(35, 9, 0))
	w.frees("x", at(28, 9, 0))
	w.frees("y", at(28, 10, 0)) // one a day
	if got := w.got("awa"); got[len(got)-1] != "Mon 18 09:00 earlier/sms" || w.earlierTo("awa") != 1 {
		t.Errorf("awa got %v", got)
	}
	m := w.message(a.Invitation, len(w.invitation(a.Invitation).Messages)-1)
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), m.ID, engine.Receipt{State: engine.MessageFailed, BadAddress: true}))
	w.work()
	if got := w.got("awa"); got[len(got)-1] != "Mon 18 09:00 earlier/email" {
		t.Errorf("when the SMS fails, awa got %v", got)
	}
	if n := w.appointment(a.ID).EarlierOffers; n != 1 {
		t.Errorf("that is %d offers", n)
	}
}

func TestAFreedSlotWaitsForTheMorning(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*world){"still free": nil, "booked in the night": func(w *world) {
		w.must(w.bookAt(w.invite("night"), at(28, 9, 0), engine.ByStaff))
	}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.hopes("awa", at(35, 9, 0))
			x, err := w.bookAt(w.invite("x"), at(28, 9, 0), engine.ByStaff)
			w.must(x, err)
			w.until(at(18, 21, 0))
			w.must(w.e.Cancel(w.ctx, w.org, x.ID, engine.ByRecipient))
			w.pass(time.Hour)
			if f := w.freedSlots(); len(f) != 1 || !f[0].Next.At.Equal(at(19, 8, 0)) || w.earlierTo("awa") != 0 {
				t.Fatalf("in the night: %+v, told %d", f, w.earlierTo("awa"))
			}
			if meanwhile != nil {
				meanwhile(w)
			}
			w.until(at(19, 9, 0))
			told, offers := w.earlierTo("awa"), w.appointment(a.ID).EarlierOffers
			if (told == 1) != (meanwhile == nil) || offers != told || len(w.freedSlots()) != 0 {
				t.Errorf("in the morning told %d, counted %d, %d freed slots left", told, offers, len(w.freedSlots()))
			}
		})
	}
}

// freedUntil cancels and does everything up to the message, which stays queued.
func (w *world) freedUntil(name string, start time.Time) {
	w.t.Helper()
	x, err := w.bookAt(w.invite(name), start, engine.ByStaff)
	w.must(x, err)
	w.work()
	w.must(w.e.Cancel(w.ctx, w.org, x.ID, engine.ByStaff))
	for _, f := range w.freedSlots() {
		w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DuePacing, []string{f.ID, f.ID, "frd_none"})) // a job may come twice
	}
}

func TestASlotIsLookedAtAgainWhenItsMessageLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.hopes("awa", at(35, 9, 0))
	other := w.invite("bo")
	w.freedUntil("x", at(28, 9, 0))
	w.must(w.bookAt(other, at(28, 9, 0), engine.ByRecipient))
	w.work()
	last := w.message(a.Invitation, len(w.invitation(a.Invitation).Messages)-1)
	if w.earlierTo("awa") != 0 || last.State != engine.MessageSkipped || last.Reason != engine.ReasonTaken {
		t.Errorf("told %d times; the message is %s %s", w.earlierTo("awa"), last.State, last.Reason)
	}
}

func TestAWithdrawnWishSkipsTheMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.hopes("awa", at(35, 9, 0))
	w.freedUntil("x", at(28, 9, 0))
	w.must(w.e.WantEarlier(w.ctx, w.org, a.ID, false, engine.ByRecipient))
	w.work()
	last := w.message(a.Invitation, len(w.invitation(a.Invitation).Messages)-1)
	if w.earlierTo("awa") != 0 || last.Reason != engine.ReasonWithdrawn {
		t.Errorf("told %d times; the message is %s %s", w.earlierTo("awa"), last.State, last.Reason)
	}
}

// Whoever takes a freed slot frees another: it goes on to those further away, and ends.
func TestAWinnersOwnSlotIsOfferedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upTo(1)
	names := []string{"awa", "bo", "chloe"}
	apts := map[string]*engine.Appointment{}
	for i, name := range names {
		apts[name] = w.hopes(name, at(33+i, 9, 0))
		w.pass(time.Minute)
	}
	w.frees("x", at(28, 9, 0))
	for _, name := range names {
		w.reply(name, "1")
		w.work()
	}
	want := []time.Time{at(28, 9, 0), at(33, 9, 0), at(34, 9, 0)}
	for i, name := range names {
		if got := w.appointment(apts[name].ID); !got.Start.Equal(want[i]) || got.Moves != 0 || got.Sequence != 1 {
			t.Errorf("%s is at %s after %d moves, sequence %d", name, got.Start.In(paris), got.Moves, got.Sequence)
		}
	}
	if n := w.work(); n != 0 || len(w.freedSlots()) != 0 {
		t.Errorf("%d things go on", n)
	}
}

func TestTheLinkShowsAFreedSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.hopes("awa", at(35, 9, 0))
	see := func() engine.EarlierVisit {
		v, err := w.e.Open(w.ctx, w.token("awa"))
		w.must(v, err)
		return v.Earlier
	}
	if v := see(); !v.Asks || !v.CanAsk || v.Offered != nil || v.Gone != nil {
		t.Errorf("before: %+v", v)
	}
	_, err := w.e.TakeEarlier(w.ctx, engine.EarlierRequest{Organisation: w.org, Appointment: a.ID, Start: at(28, 9, 0)})
	wantCode(t, err, engine.CodeWrongState)
	w.frees("x", at(28, 9, 0))
	if v := see(); v.Offered == nil || !v.Offered.Start.Equal(at(28, 9, 0)) || v.Gone != nil {
		t.Errorf("offered: %+v", v)
	}
	b, err := w.bookAt(w.invite("bo"), at(28, 9, 0), engine.ByStaff)
	w.must(b, err)
	if v := see(); v.Offered != nil || v.Gone == nil {
		t.Errorf("gone: %+v", v)
	}
	_, err = w.e.TakeEarlier(w.ctx, engine.EarlierRequest{Organisation: w.org, Appointment: a.ID, Start: at(28, 9, 0)})
	wantCode(t, err, engine.CodeTaken)
	w.must(w.e.Cancel(w.ctx, w.org, b.ID, engine.ByStaff)) // free once more: the offer stands as long as nothing was said
	for range 2 {
		moved, err := w.e.TakeEarlier(w.ctx, engine.EarlierRequest{Organisation: w.org, Appointment: a.ID, Start: at(28, 9, 0)})
		w.must(moved, err)
		if moved.Sequence != 1 || !moved.Start.Equal(at(28, 9, 0)) {
			t.Errorf("taken: sequence %d at %s", moved.Sequence, moved.Start)
		}
	}
	if v := see(); v.Asks || v.Offered != nil || v.Gone != nil {
		t.Errorf("after: %+v", v)
	}
}

func TestWhoMayAskForAnEarlierSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(22, 9, 0), engine.ByRecipient)
	w.must(a, err)
	_, err = w.e.WantEarlier(w.ctx, w.org, a.ID, true, engine.ByRecipient)
	wantCode(t, err, engine.CodeWrongState) // four days away
	w.must(w.moveTo(a, at(35, 9, 0), engine.ByRecipient))
	for range 2 {
		got, err := w.e.WantEarlier(w.ctx, w.org, a.ID, true, engine.ByStaff)
		w.must(got, err)
		if !got.WantsEarlier.Equal(monday) || w.events(engine.EventEarlierWanted) != 1 {
			t.Errorf("asks since %s, told of %d times", got.WantsEarlier, w.events(engine.EventEarlierWanted))
		}
		w.pass(time.Minute)
	}
	w.upTo(0)
	inv = w.invite("bo") // starts under the new policy
	w.work()
	b, err := w.bookAt(inv, at(35, 10, 0), engine.ByRecipient)
	w.must(b, err)
	_, err = w.e.WantEarlier(w.ctx, w.org, b.ID, true, engine.ByRecipient)
	wantCode(t, err, engine.CodeWrongState)
	s := *w.saved()
	s.EarlierPeople = hours(21)
	_, err = w.e.SaveService(w.ctx, w.org, s)
	wantCode(t, err, engine.CodeInvalid)
}

func TestWhatSomebodyGaveAwayIsNotOfferedToThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.hopes("awa", at(28, 9, 0))
	w.must(w.moveTo(a, at(35, 9, 0), engine.ByRecipient))
	w.work()
	if n := w.earlierTo("awa"); n != 0 || len(w.freedSlots()) != 0 {
		t.Errorf("told %d times of their own slot, %d freed slots left", n, len(w.freedSlots()))
	}
}

func TestErasingForgetsTheWish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.hopes("awa", at(35, 9, 0))
	key := w.key("l:earlier:" + string(w.org) + ":" + string(w.svc))
	if n := w.redis.ZCard(w.ctx, key).Val(); n != 1 {
		t.Fatalf("%d wait", n)
	}
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
	w.work()
	w.must(nil, w.e.Erase(w.ctx, w.org, a.Recipient))
	if n := w.redis.ZCard(w.ctx, key).Val(); n != 0 {
		t.Errorf("%d wait", n)
	}
}
