package channels_test

import (
	"context"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/channels"
)

// wrist is a clock that is moved by hand.
type wrist struct{ now time.Time }

func (w *wrist) Now() time.Time          { return w.now }
func (w *wrist) forward(d time.Duration) { w.now = w.now.Add(d) }
func watch() *wrist                      { return &wrist{time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)} }

func stateOf(t testing.TB, r *channels.Router, name string) channels.LaneState {
	t.Helper()
	for _, s := range r.States() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no provider %s", name)
	return channels.LaneState{}
}

// noting gives a provider answers for so many seconds, perSecond of them, one in every bad.
func noting(r *channels.Router, w *wrist, name string, seconds, perSecond, bad int) {
	for range seconds {
		for i := range perSecond {
			a := outcome(channels.Sent)
			if bad > 0 && i%bad == 0 {
				a = outcome(channels.Temporary)
			}
			r.Note(name, a)
		}
		w.forward(time.Second)
	}
}

// TestWeightMovesInSteps: down a step at a time with a pause between, never to nothing, and up
// again more slowly.
func TestWeightMovesInSteps(t *testing.T) {
	t.Parallel()
	w := watch()
	r := router(t, channels.RouterConfig{Now: w.Now},
		channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 1}, channels.Lane{Provider: always("b", outcome(channels.Sent)), Weight: 1})
	var steps []float64
	follow := func(seconds, bad int) {
		for range seconds {
			before := stateOf(t, r, "a").Share
			noting(r, w, "a", 1, 10, bad)
			if now := stateOf(t, r, "a").Share; now != before {
				steps = append(steps, now)
				if now != before/2 && now != before*2 {
					t.Fatalf("from %v to %v at once", before, now)
				}
			}
		}
	}
	follow(120, 3)
	if s := stateOf(t, r, "a"); len(steps) != 5 || s.Share != 1./32 || s.Cause != channels.CauseErrors || s.Lately.Answers.Failed() < .3 {
		t.Errorf("two minutes of failures: steps %v, state %+v", steps, s)
	}
	if got := share(t, r); got["a"] < 150 || got["a"] > 450 {
		t.Errorf("the sick one has %d of 10,000 draws, want a thirty-third", got["a"])
	}
	follow(60, 0)
	if s := stateOf(t, r, "a"); s.Share == 1 || s.Share == 1./32 {
		t.Errorf("a minute of good answers: %+v", s)
	}
	follow(240, 0)
	if s := stateOf(t, r, "a"); s.Share != 1 || s.Cause != "" {
		t.Errorf("well for five minutes: %+v", s)
	}
}

// TestTheReserveCarriesWhatIsLost, and no more.
func TestTheReserveCarriesWhatIsLost(t *testing.T) {
	t.Parallel()
	w := watch()
	r := router(t, channels.RouterConfig{Now: w.Now},
		channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 7}, channels.Lane{Provider: always("reserve", outcome(channels.Sent))})
	if got := share(t, r); got["reserve"] != 0 {
		t.Errorf("well: %v", got)
	}
	for stateOf(t, r, "a").Step < 2 {
		noting(r, w, "a", 1, 30, 2)
	}
	if got := share(t, r); got["a"] < 2_200 || got["a"] > 2_800 {
		t.Errorf("two steps down: %v", got)
	}
}

// TestAnIdleProviderIsTrustedAgain: a reserve that failed last week has no answers to show.
func TestAnIdleProviderIsTrustedAgain(t *testing.T) {
	t.Parallel()
	w := watch()
	r := router(t, channels.RouterConfig{Now: w.Now}, channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 1})
	for stateOf(t, r, "a").Step < 3 {
		noting(r, w, "a", 1, 30, 2)
	}
	for range 35 {
		w.forward(time.Minute)
		r.States()
	}
	if s := stateOf(t, r, "a"); s.Share != 1 {
		t.Errorf("after half an hour of nothing: %+v", s)
	}
}

// receipts sends perSecond messages through a for so many seconds; heard says what becomes of
// one, a minute after.
func receipts(r *channels.Router, w *wrist, seconds, perSecond int, heard func(i int) channels.Receipt) {
	for s := range seconds {
		for range perSecond {
			r.Note("a", outcome(channels.Sent))
		}
		w.forward(time.Second)
		if s >= 60 && heard != nil {
			for i := range perSecond {
				if got := heard(i); got.State.Final() {
					r.Heard("a", w.now.Add(-time.Minute), !got.Fault())
				}
			}
		}
	}
}

// TestReceiptsCount: who takes everything and delivers nothing loses weight, and gets it back
// when receipts come again. What people did with their phones is not its fault.
func TestReceiptsCount(t *testing.T) {
	t.Parallel()
	delivered := channels.Receipt{State: channels.StateDelivered}
	gone := channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, BadAddress: true}
	filtered := channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Alert: true}
	broken := channels.Receipt{State: channels.StateFailed, Outcome: channels.Temporary}
	all := func(got channels.Receipt) func(int) channels.Receipt {
		return func(int) channels.Receipt { return got }
	}
	for name, c := range map[string]struct {
		heard func(i int) channels.Receipt
		sick  bool
	}{
		"all delivered":           {all(delivered), false},
		"nothing is ever heard":   {nil, true},
		"only on its way":         {all(channels.Receipt{State: channels.StateSent}), true},
		"numbers that are gone":   {all(gone), false},
		"filtered":                {all(filtered), true},
		"failed on the way":       {all(broken), true},
		"a third switched off":    {func(i int) channels.Receipt { return []channels.Receipt{delivered, delivered, broken}[i%3] }, false},
		"two thirds are not told": {func(i int) channels.Receipt { return []channels.Receipt{delivered, broken, broken}[i%3] }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch()
			r := router(t, channels.RouterConfig{Now: w.Now},
				channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 1, Receipts: 5 * time.Minute})
			receipts(r, w, 15*60, 3, c.heard)
			if s := stateOf(t, r, "a"); (s.Step == 5 && s.Cause == channels.CauseReceipts) != c.sick || !c.sick && s.Step != 0 {
				t.Fatalf("after a quarter of an hour: %+v", s)
			}
			receipts(r, w, 20*60, 3, all(delivered))
			if s := stateOf(t, r, "a"); s.Share != 1 {
				t.Errorf("well again for twenty minutes: %+v", s)
			}
		})
	}
}

// TestLateReceiptsAreMissing: receipts that come, but after an hour.
func TestLateReceiptsAreMissing(t *testing.T) {
	t.Parallel()
	w := watch()
	r := router(t, channels.RouterConfig{Now: w.Now},
		channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 1, Receipts: 5 * time.Minute})
	for range 20 * 60 {
		r.Note("a", outcome(channels.Sent))
		w.forward(time.Second)
		r.Heard("a", w.now.Add(-time.Hour), true)
	}
	if s := stateOf(t, r, "a"); s.Cause != channels.CauseReceipts {
		t.Errorf("%+v", s)
	}
}

// TestBreaker: ten failures in a row spare a provider, each time for longer; one message at a
// time tries it, and a success closes it.
func TestBreaker(t *testing.T) {
	t.Parallel()
	w := watch()
	p := always("a", outcome(channels.Temporary))
	r := router(t, channels.RouterConfig{Now: w.Now}, channels.Lane{Provider: p, Weight: 1})
	rest := func() time.Duration { return max(0, stateOf(t, r, "a").RestUntil.Sub(w.now)) }
	for range 10 {
		if got := r.Send(t.Context(), message); got.Provider == "" {
			t.Fatal("opened too early")
		}
	}
	for i, want := range []time.Duration{5, 10, 20, 40, 80, 120, 120} {
		if got := rest(); got != want*time.Second {
			t.Fatalf("rest %d is %v, want %v s", i, got, want)
		}
		got := r.Send(t.Context(), message)
		if got.Provider != "" || got.Code != channels.CodeNobody || got.After <= 0 || got.After > 90*time.Second {
			t.Fatalf("open: %+v", got)
		}
		w.forward(rest())
		r.Send(t.Context(), message)
	}
	if p.sent != 10+7 {
		t.Errorf("asked %d times", p.sent)
	}
	w.forward(2 * time.Minute)
	var inside channels.Delivery
	got := r.SendBy(t.Context(), message, func(ctx context.Context, _ channels.Provider, m channels.Message) (channels.Answer, channels.Asking) {
		if !stateOf(t, r, "a").Trying {
			t.Error("it is not being tried")
		}
		inside = r.Send(ctx, m)
		return outcome(channels.Permanent), channels.Asked
	})
	if inside.Provider != "" || inside.After < time.Second || inside.After > 2*time.Second || got.Outcome != channels.Permanent {
		t.Errorf("while one tries, another: %+v; it %+v", inside, got)
	}
	if s := stateOf(t, r, "a"); s.Trying || !s.RestUntil.IsZero() {
		t.Errorf("a message refused for good is a provider that works: %+v", s)
	}
}

// TestTooFast: a 429 rests the provider, as long as it says or a little longer each time, and
// takes none of its weight.
func TestTooFast(t *testing.T) {
	t.Parallel()
	w := watch()
	slower := channels.Answer{Outcome: channels.Temporary, Code: "429", Slower: true}
	p := &scripted{name: "a", answer: func() channels.Answer { return slower }}
	r := router(t, channels.RouterConfig{Now: w.Now}, channels.Lane{Provider: p, Weight: 1})
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 120, 120} {
		r.Send(t.Context(), message)
		if rest := stateOf(t, r, "a").RestUntil.Sub(w.now); rest != want*time.Second {
			t.Fatalf("rest %d is %v, want %v s", i, rest, want)
		}
		w.forward(want * time.Second)
	}
	slower.After = 7 * time.Second
	r.Send(t.Context(), message)
	if s := stateOf(t, r, "a"); s.RestUntil.Sub(w.now) != 7*time.Second || s.Share != 1 || s.Lately.Answers.Bad != 0 {
		t.Errorf("told seven seconds: %+v", s)
	}
	w.forward(7 * time.Second)
	p.answer = func() channels.Answer { return outcome(channels.Sent) }
	if got := r.Send(t.Context(), message); got.Outcome != channels.Sent || stateOf(t, r, "a").Trying {
		t.Errorf("rested: %+v", got)
	}
}

// TestFullLanes: a provider at its rate is passed over for another with a weight, never for a
// reserve; when all are full the message waits for the first.
func TestFullLanes(t *testing.T) {
	t.Parallel()
	a, b, reserve := always("a", outcome(channels.Sent)), always("b", outcome(channels.Sent)), always("reserve", outcome(channels.Sent))
	r := router(t, channels.RouterConfig{}, channels.Lane{Provider: a, Weight: 1}, channels.Lane{Provider: b, Weight: 1}, channels.Lane{Provider: reserve})
	full := map[string]time.Duration{"a": 3 * time.Second}
	ask := func(ctx context.Context, p channels.Provider, m channels.Message) (channels.Answer, channels.Asking) {
		if after := full[p.Name()]; after > 0 {
			return channels.Answer{Code: "rate", After: after}, channels.Full
		}
		return p.Send(ctx, m), channels.Asked
	}
	for range 20 {
		if got := r.SendBy(t.Context(), message, ask); got.Provider != "b" {
			t.Fatalf("a is full: %+v", got)
		}
	}
	full["b"] = 2 * time.Second
	got := r.SendBy(t.Context(), message, ask)
	if got.Provider != "" || got.Outcome != channels.Temporary || got.Code != "rate" || got.After != 2*time.Second || reserve.sent != 0 {
		t.Errorf("both are full: %+v, the reserve was used %d times", got, reserve.sent)
	}
	if s := stateOf(t, r, "a"); s.Lately.Answers != (channels.Count{}) || s.Busy != 0 {
		t.Errorf("being full is no answer: %+v", s)
	}
}

// TestASlowProviderHoldsItsOwnLane: however many messages are with it, the others go past.
func TestASlowProviderHoldsItsOwnLane(t *testing.T) {
	t.Parallel()
	slow, quick := always("slow", outcome(channels.Sent)), always("quick", outcome(channels.Sent))
	r := router(t, channels.RouterConfig{},
		channels.Lane{Provider: slow, Weight: 1, AtOnce: 2}, channels.Lane{Provider: quick, Weight: 1, AtOnce: 2})
	held, freed := make(chan struct{}), make(chan struct{})
	ask := func(ctx context.Context, p channels.Provider, m channels.Message) (channels.Answer, channels.Asking) {
		if p.Name() == "slow" {
			held <- struct{}{}
			<-freed
		}
		return p.Send(ctx, m), channels.Asked
	}
	done := make(chan string)
	holding := 0
	for holding < 2 {
		go func() { done <- r.SendBy(context.Background(), message, ask).Provider }()
		select {
		case <-held:
			holding++
		case <-done:
		}
	}
	for range 50 {
		if got := r.SendBy(t.Context(), message, ask); got.Provider != "quick" {
			t.Fatalf("with two in its lane the slow one got a third: %+v", got)
		}
	}
	r.Pause("quick", "test") // nobody is held up any more: it may have them all
	go func() { done <- r.SendBy(context.Background(), message, ask).Provider }()
	<-held
	close(freed)
	for range 3 {
		<-done
	}
	if s := stateOf(t, r, "slow"); s.Busy != 0 {
		t.Errorf("%+v", s)
	}
}

// told brings two routers to one knowledge, as a board they share does.
func told(routers ...*channels.Router) func() {
	board := map[string]channels.Report{}
	return func() {
		for _, r := range routers {
			said := r.Reports()
			var known []channels.Report
			for _, s := range said {
				k, ok := board[s.Provider]
				if !ok {
					k = channels.Report{Provider: s.Provider, Seen: channels.Ledger{}}
				}
				for at, t := range s.Seen {
					k.Seen.Add(time.Unix(at, 0), t)
				}
				if s.Standing.Newer(k.Standing) {
					k.Standing = s.Standing
				}
				if s.Pause.Newer(k.Pause) {
					k.Pause = s.Pause
				}
				board[s.Provider] = k
				copied := channels.Ledger{}
				for at, t := range k.Seen {
					copied[at] = t
				}
				known = append(known, channels.Report{Provider: s.Provider, Seen: copied, Standing: k.Standing, Pause: k.Pause})
			}
			r.Hear(said, known)
		}
	}
}

// TestProcessesKnowTogether: what one process sees, another that only takes receipts or only
// sends knows too, and nothing is counted twice.
func TestProcessesKnowTogether(t *testing.T) {
	t.Parallel()
	w := watch()
	lane := func() channels.Lane {
		return channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 1, Receipts: 5 * time.Minute}
	}
	sender, listener := router(t, channels.RouterConfig{Now: w.Now}, lane()), router(t, channels.RouterConfig{Now: w.Now}, lane())
	tell := told(sender, listener)
	for range 10 * 60 {
		sender.Note("a", outcome(channels.Sent))
		listener.Heard("a", w.now, true)
		tell()
		w.forward(time.Second)
	}
	tell()
	a, b := stateOf(t, sender, "a"), stateOf(t, listener, "a")
	if a.Step != 0 || a.Lately != b.Lately || a.Lately.Receipts.Bad != 0 || a.Lately.Receipts.Good < 40 {
		t.Errorf("the sender knows %+v\nthe listener %+v", a, b)
	}
	for range 10 * 60 { // no receipt any more: the sender's own ledger would never tell
		sender.Note("a", outcome(channels.Sent))
		tell()
		w.forward(time.Second)
	}
	if a, b := stateOf(t, sender, "a"), stateOf(t, listener, "a"); a.Standing != b.Standing || a.Cause != channels.CauseReceipts {
		t.Errorf("the sender's standing is %+v, the listener's %+v", a.Standing, b.Standing)
	}
}

// TestAPauseHoldsEverywhere, and the newest word counts, though a clock is behind.
func TestAPauseHoldsEverywhere(t *testing.T) {
	t.Parallel()
	ahead, behind := watch(), watch()
	ahead.forward(time.Minute)
	p := always("a", outcome(channels.Sent))
	one := router(t, channels.RouterConfig{Now: ahead.Now}, channels.Lane{Provider: p, Weight: 1})
	two := router(t, channels.RouterConfig{Now: behind.Now}, channels.Lane{Provider: p, Weight: 1})
	tell := told(one, two)
	one.Pause("a", "maintenance")
	tell()
	if s := stateOf(t, two, "a"); !s.Paused || s.Why != "maintenance" {
		t.Errorf("told to pause: %+v", s)
	}
	two.Resume("a")
	tell()
	tell()
	if s, q := stateOf(t, one, "a"), stateOf(t, two, "a"); s.Paused || q.Paused {
		t.Errorf("told to resume: %+v, %+v", s, q)
	}
}

// TestStandingProperties: whatever is seen, the weight stays within its bounds, moves one step at
// a time and not before its pause; who refuses only for good never loses any; and who works
// well for long enough has all of it again.
func TestStandingProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := watch()
		within := time.Duration(rapid.SampledFrom([]int{0, 60, 300}).Draw(t, "receipts")) * time.Second
		r, err := channels.NewRouter(channels.RouterConfig{Now: w.Now, Random: func() float64 { return .5 }},
			channels.Lane{Provider: always("a", outcome(channels.Sent)), Weight: 1, Receipts: within})
		if err != nil {
			t.Fatal(err)
		}
		bad := false
		live := func(seconds, perSecond int, good, heard float64) {
			for range seconds {
				before := r.States()[0]
				for i := range perSecond {
					a := outcome(channels.Permanent)
					if whole := float64(i+1) * good; math.Floor(whole) == math.Floor(float64(i)*good) {
						a, bad = outcome(channels.Unknown), true
					} else if within > 0 {
						a = outcome(channels.Sent)
						if math.Floor(float64(i+1)*heard) > math.Floor(float64(i)*heard) {
							r.Heard("a", w.now, true)
						} else {
							bad = true
						}
					}
					r.Note("a", a)
				}
				w.forward(time.Second)
				after := r.States()[0]
				step := after.Step - before.Step
				rested := after.Moved.Sub(before.Moved)
				switch {
				case after.Share < 1./32 || after.Share > 1 || step < -1 || step > 1:
					t.Fatalf("from %+v to %+v", before.Standing, after.Standing)
				case step != 0 && !before.Moved.IsZero() && rested < 10*time.Second, step < 0 && rested < 30*time.Second:
					t.Fatalf("a step %d after %v", step, rested)
				case step > 0 && !bad:
					t.Fatal("weight was lost though nothing failed")
				}
			}
		}
		for range rapid.IntRange(1, 6).Draw(t, "phases") {
			live(rapid.IntRange(1, 120).Draw(t, "seconds"), rapid.IntRange(0, 12).Draw(t, "per second"),
				rapid.Float64Range(0, 1).Draw(t, "good"), rapid.Float64Range(0, 1).Draw(t, "heard"))
		}
		live(20*60, 1, 1, 1)
		if s := r.States()[0]; s.Share != 1 {
			t.Fatalf("well for twenty minutes: %+v", s)
		}
	})
}

// TestSomebodyIsAlwaysProbed: whatever the standings, every provider that may be asked is drawn
// now and then, unless it is a reserve that nothing is lost to.
func TestSomebodyIsAlwaysProbed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := watch()
		x := 0.0
		var lanes []channels.Lane
		names := []string{"a", "b", "c"}[:rapid.IntRange(1, 3).Draw(t, "providers")]
		for _, name := range names {
			lanes = append(lanes, channels.Lane{Provider: always(name, outcome(channels.Sent)), Weight: rapid.IntRange(0, 5).Draw(t, "weight")})
		}
		r, err := channels.NewRouter(channels.RouterConfig{Now: w.Now, Random: func() float64 { return x }}, lanes...)
		if err != nil {
			t.Fatal(err)
		}
		var reports []channels.Report
		best, weighted := 5, false
		for i, name := range names {
			step := rapid.IntRange(0, 5).Draw(t, "step")
			reports = append(reports, channels.Report{Provider: name, Seen: channels.Ledger{}, Standing: channels.Standing{Step: step, Moved: w.now}})
			if lanes[i].Weight > 0 {
				best, weighted = min(best, step), true
			}
		}
		r.Hear(nil, reports)
		drawn := map[string]bool{}
		for x = 0; x < 1; x += 1. / 4096 {
			r.SendBy(context.Background(), message, func(_ context.Context, p channels.Provider, _ channels.Message) (channels.Answer, channels.Asking) {
				drawn[p.Name()] = true
				return channels.Answer{}, channels.Stopped
			})
		}
		for i, name := range names {
			idle := lanes[i].Weight == 0 && weighted && best == 0
			if drawn[name] == idle {
				t.Fatalf("%s, of %+v at %+v: drawn %v", name, lanes[i], reports, drawn[name])
			}
		}
	})
}
