package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"relance/engine"
)

const letters = "23456789abcdefghjkmnpqrstvwxyz"

func TestTokens(t *testing.T) {
	t.Parallel()
	links := engine.Links{Key: []byte("a key of at least thirty-two bytes")}
	seen, count := map[string]bool{}, map[rune]int{}
	const each = 200
	for p := range engine.Partition(engine.Partitions) {
		for n := range each {
			token := links.Token(p, engine.InvitationID(fmt.Sprintf("inv_%d", n/2)), n%2)
			if got, ok := engine.PartitionOf(token); !ok || got != p {
				t.Fatalf("%s is of partition %d, %v, want %d", token, got, ok, p)
			}
			if seen[token[2:]] && p == 0 {
				t.Fatalf("%s twice", token)
			}
			seen[token[2:]] = true
			if p == 0 {
				for _, r := range token[2:] {
					count[r]++
				}
			}
		}
	}
	// more drawings for the letters: 30,000 of them, a thousand each if they are alike
	for n := range 1800 {
		for _, r := range links.Token(0, engine.InvitationID(fmt.Sprint(n)), 7)[2:] {
			count[r]++
		}
	}
	for _, r := range letters {
		if count[r] < 850 || count[r] > 1150 {
			t.Errorf("%c comes %d times of 1000", r, count[r])
		}
		delete(count, r)
	}
	for r := range count {
		t.Errorf("%c is no letter of a link: it looks like another one", r)
	}
	other := engine.Links{Key: []byte("another key of thirty-two bytes!!")}
	if other.Token(3, "inv_1", 0) == links.Token(3, "inv_1", 0) {
		t.Error("two installations make the same link")
	}
}

// counting counts the calls that a verb makes.
type counting struct {
	engine.Store
	calls atomic.Int64
}

func (c *counting) Load(ctx context.Context, p engine.Partition, ids ...string) ([]engine.Record, error) {
	c.calls.Add(1)
	return c.Store.Load(ctx, p, ids...)
}

func (c *counting) Find(ctx context.Context, p engine.Partition, index string, fields ...string) ([]string, error) {
	c.calls.Add(1)
	return c.Store.Find(ctx, p, index, fields...)
}

func (c *counting) Busy(ctx context.Context, p engine.Partition, cals []engine.CalendarID, from, to time.Time) ([][]engine.Claim, error) {
	c.calls.Add(1)
	return c.Store.Busy(ctx, p, cals, from, to)
}

func (c *counting) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	c.calls.Add(1000) // opening changes nothing
	return c.Store.Commit(ctx, p, changes)
}

func TestAMissCostsWhatAHitCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	live := w.token("awa")
	dead := w.tryInvite(person("bo"))
	w.work()
	closed := w.token("bo")
	w.closes(dead.Invitation)
	spy := &counting{Store: w.store}
	w.e.Store = spy
	open := func(token string) (int64, error) {
		spy.calls.Store(0)
		_, err := w.e.Open(w.ctx, token)
		return spy.calls.Load(), err
	}
	hit, err := open(live)
	w.must(nil, err)
	for name, token := range map[string]string{
		"of another key": (&engine.Links{Key: []byte("another key of thirty-two bytes!!")}).Token(w.org.Partition(), inv, 1),
		"closed":         closed, "a letter too many": live + "2", "nothing": "", "no partition": "zz" + live[2:], "no letter": "00" + live[2:],
	} {
		calls, err := open(token)
		wantCode(t, err, engine.CodeLinkDead)
		if calls != hit {
			t.Errorf("%s: %d calls to the store, a link that works costs %d", name, calls, hit)
		}
	}
}

func FuzzOpen(f *testing.F) {
	w := newWorld(f)
	w.invite("awa")
	w.work()
	live := w.token("awa")
	for _, s := range []string{"", live[:16], strings.ToUpper(live), "22222222222222222", "zzzzzzzzzzzzzzzzz", "\x00\xff", "\u00e9" + live[2:]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if token == live {
			return
		}
		_, err := w.e.Open(w.ctx, token)
		wantCode(t, err, engine.CodeLinkDead)
	})
}

func TestWhenALinkDies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		live        func(w *world, inv engine.InvitationID) // after this it works
		then        func(w *world, inv engine.InvitationID) // after this it does not
		offersSlots bool
	}{
		{"at the end of its last day", func(w *world, _ engine.InvitationID) { w.clock.set(at(28, 23, 59)) },
			func(w *world, _ engine.InvitationID) { w.clock.set(at(29, 0, 0)) }, true},
		{"closed", func(*world, engine.InvitationID) {}, func(w *world, inv engine.InvitationID) { w.closes(inv) }, true},
		{"a day after the appointment", func(w *world, inv engine.InvitationID) {
			w.must(w.bookAt(inv, at(20, 9, 0), engine.ByRecipient))
			w.until(at(21, 9, 29))
		}, func(w *world, _ engine.InvitationID) { w.until(at(21, 9, 31)) }, false},
		{"a day after an appointment beyond the validity", func(w *world, inv engine.InvitationID) {
			w.must(w.bookAt(inv, at(18+14, 9, 0), engine.ByRecipient))
			w.until(at(18+14, 20, 0))
		}, func(w *world, _ engine.InvitationID) { w.until(at(18+15, 9, 31)) }, false},
		{"attended", func(w *world, inv engine.InvitationID) {
			w.must(w.bookAt(inv, at(20, 9, 0), engine.ByRecipient))
			w.until(at(20, 10, 0))
		}, func(w *world, inv engine.InvitationID) {
			w.must(w.e.Record(w.ctx, w.org, w.invitation(inv).Appointment, engine.Attended))
		}, false},
		{"erased", func(*world, engine.InvitationID) {}, func(w *world, _ engine.InvitationID) {
			w.must(nil, w.e.Erase(w.ctx, w.org, engine.RecipientOf(w.org, "awa")))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			c.live(w, inv)
			token := w.token("awa")
			v, err := w.e.Open(w.ctx, token)
			w.must(v, err)
			if v.CanBook != c.offersSlots {
				t.Errorf("the page offers slots: %v", v.CanBook)
			}
			c.then(w, inv)
			_, err = w.e.Open(w.ctx, token)
			wantCode(t, err, engine.CodeLinkDead)
		})
	}
}

func TestChoicesComeInWholeDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	v, err := w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	seen := map[int64]bool{}
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		var slots []engine.Slot
		slots, next, err = w.e.Choices(w.ctx, v, next, 20)
		w.must(nil, err)
		for _, s := range slots {
			if seen[s.Start.Unix()] {
				t.Fatalf("%v is on two pages", s.Start)
			}
			seen[s.Start.Unix()] = true
		}
		if pages > 40 {
			t.Fatal("the pages do not end")
		}
	}
	if n := len(w.slots()); len(seen) != n {
		t.Errorf("the pages show %d of %d slots", len(seen), n)
	}
	_, _, err = w.e.Choices(w.ctx, v, "tomorrow", 20)
	wantCode(t, err, engine.CodeInvalid)
}

func TestTimePassesFasterInADemo(t *testing.T) {
	t.Parallel()
	c := engine.FastClock{Base: monday, Start: time.Now().Add(-time.Hour), Speed: 24}
	if got := c.Now().Sub(monday); got < day || got > day+time.Hour {
		t.Errorf("an hour is %v", got)
	}
	if c.Span(time.Minute) != 24*time.Minute || (engine.WallClock{}).Span(time.Minute) != time.Minute {
		t.Error("spans of real time are not real")
	}
}
