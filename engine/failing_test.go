package engine_test

import (
	"errors"
	"testing"
	"time"

	"relance/engine"
)

func TestAStepThatKeepsFailing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	due := engine.Due{Partition: w.org.Partition(), Kind: engine.DueInvitation, ID: string(inv)}
	last := time.Duration(0)
	for n := 1; n <= 10; n++ {
		w.must(nil, w.e.Fail(w.ctx, due, errors.New("no route")))
		dead, err := w.e.DeadLetters(w.ctx, 10)
		w.must(nil, err)
		if n < 10 && len(dead) != 0 {
			t.Fatalf("dead after %d failures", n)
		}
		if n == 10 && (len(dead) != 1 || dead[0].Record != string(inv) || dead[0].Attempts != 10 || dead[0].Reason != "no route") {
			t.Fatalf("after ten failures: %+v", dead)
		}
		at := w.dueAt(engine.DueInvitation, string(inv))
		switch gap := at.Sub(w.clock.Now()); {
		case n == 10 && !at.IsZero():
			t.Fatalf("a dead step is due at %v", at)
		case n < 10 && (gap < last/2 || gap <= 0 || gap > time.Hour):
			t.Fatalf("after failure %d it waits %v, before that %v", n, gap, last)
		case n < 10:
			last = gap
			w.clock.set(at)
		}
	}
	if w.work(); len(w.sent) != 0 {
		t.Fatal("a dead step is still done")
	}
	dead, _ := w.e.DeadLetters(w.ctx, 10)
	one, err := w.e.DeadLetter(w.ctx, dead[0].ID)
	w.must(one, err)
	w.must(nil, w.e.Retry(w.ctx, dead[0].ID))
	w.work()
	if len(w.sent) != 2 {
		t.Errorf("after the retry %d messages went out", len(w.sent))
	}
	if dead, _ = w.e.DeadLetters(w.ctx, 10); len(dead) != 0 {
		t.Errorf("still listed: %v", dead)
	}
}

// dueAt is when the due set has the entry; zero when it has not.
func (w *world) dueAt(kind, id string) time.Time {
	w.t.Helper()
	score, err := w.redis.ZScore(w.ctx, w.key("d:"+kind), id).Result()
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(score))
}

func TestFailuresFarApartDoNotAddUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	for range 25 {
		w.must(nil, w.e.Fail(w.ctx, engine.Due{Partition: w.org.Partition(), Kind: engine.DueInvitation, ID: string(inv)}, errors.New("a hiccup")))
		w.clock.set(w.clock.Now().Add(5 * time.Hour))
	}
	if dead, err := w.e.DeadLetters(w.ctx, 10); err != nil || len(dead) != 0 {
		t.Errorf("dead letters %v, %v", dead, err)
	}
}

func TestDeadLettersOfEveryPartition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range []engine.Partition{0, 7, 63} {
		for range 10 {
			w.must(nil, w.e.Fail(w.ctx, engine.Due{Partition: p, Kind: engine.DueSMS, ID: "msg_gone"}, errors.New("x")))
		}
	}
	dead, err := w.e.DeadLetters(w.ctx, 10)
	w.must(nil, err)
	if len(dead) != 3 {
		t.Fatalf("%d of three", len(dead))
	}
	if two, _ := w.e.DeadLetters(w.ctx, 2); len(two) != 2 {
		t.Errorf("asked for two, got %d", len(two))
	}
	for _, f := range dead {
		w.must(nil, w.e.Retry(w.ctx, f.ID)) // the message was erased: only the letter goes
	}
	if dead, _ = w.e.DeadLetters(w.ctx, 10); len(dead) != 0 {
		t.Errorf("left: %v", dead)
	}
	for _, id := range []string{"", "x", "64-fail_inv_1", "3-fail_inv_1", "-1-x"} {
		wantCode(t, w.e.Retry(w.ctx, id), engine.CodeNotFound)
	}
}

func TestADueEntryOfNothingGoesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, kind := range stepKinds {
		_, err := w.store.Commit(w.ctx, w.org.Partition(), []engine.Change{{Due: []engine.Due{{Kind: kind, ID: "gone_" + kind, At: monday}}}})
		w.must(nil, err)
	}
	w.work()
	for _, kind := range stepKinds {
		if at := w.dueAt(kind, "gone_"+kind); !at.IsZero() {
			t.Errorf("a step of a %s that does not exist stays due", kind)
		}
	}
	wantCode(t, w.e.Advance(w.ctx, 0, "coffee", []string{"x"}), engine.CodeInternal)
}
