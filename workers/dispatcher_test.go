package workers

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"relance/engine"
)

// shelf is a Queue in memory.
type shelf struct {
	mu      sync.Mutex
	tasks   []Task
	pending map[string]int // counted up by Enqueue, down by the test
	counts  int            // calls of Pending
	err     error
}

func newShelf() *shelf { return &shelf{pending: map[string]int{}} }

func (s *shelf) Enqueue(_ context.Context, t Task) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.tasks = append(s.tasks, t)
	s.pending[t.Kind]++
	return nil
}

func (s *shelf) Pending(kind string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts++
	return s.pending[kind], s.err
}

// entries counts what was enqueued, of some kinds or of all.
func (s *shelf) entries(of ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, t := range s.tasks {
		if len(of) == 0 || slices.Contains(of, t.Kind) {
			n += len(t.IDs)
		}
	}
	return n
}

func (s *shelf) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *shelf) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.pending)
}

// dispatching runs f beside a dispatcher, in a bubble where time passes at once.
func dispatching(t *testing.T, cfg DispatcherConfig, f func(t *testing.T, d *Dispatcher, o *office, s *shelf)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, s := newOffice(), newShelf()
		cfg.Timetable, cfg.Clock, cfg.Queue = o, o.clock, s
		d := NewDispatcher(cfg)
		f(t, d, o, s)
		d.Stop()
		d.Stop()
	})
}

func TestDispatchEverythingDue(t *testing.T) {
	dispatching(t, DispatcherConfig{Pending: 1000}, func(t *testing.T, d *Dispatcher, o *office, s *shelf) {
		for _, kind := range kinds() {
			o.add(kind, 200, 0, 17, 63)
		}
		d.Start(t.Context())
		time.Sleep(150 * time.Millisecond) // one look goes on until nothing is left
		synctest.Wait()
		if n := s.entries(); n != 200*3*len(kinds()) {
			t.Errorf("%d entries were enqueued, want %d", n, 200*3*len(kinds()))
		}
		for _, task := range s.tasks {
			if want := o.clock.Now().Add(time.Minute); !task.Until.Equal(want) {
				t.Fatalf("a lease ends at %v, want %v", task.Until, want)
			}
		}
		time.Sleep(time.Second)
		if n := s.entries(); n != 200*3*len(kinds()) {
			t.Errorf("leased entries were taken again: %d", n)
		}
		o.clock.forward(time.Minute)
		time.Sleep(time.Second)
		if n := s.entries(); n != 2*200*3*len(kinds()) {
			t.Errorf("%d entries after the lease, want all again", n)
		}
	})
}

func TestLeaseIsRealTime(t *testing.T) {
	t.Parallel()
	o, s := newOffice(), newShelf()
	start := time.Now()
	fast := engine.FastClock{Base: o.clock.Now(), Start: start, Speed: 3600}
	d := NewDispatcher(DispatcherConfig{Timetable: o, Clock: fast, Queue: s})
	o.add(engine.DueSMS, 1, 0)
	before := fast.Now()
	if _, err := d.sweep(t.Context(), allPartitions()); err != nil {
		t.Fatal(err)
	}
	if until := s.tasks[0].Until; until.Before(before.Add(60*time.Hour)) || until.After(fast.Now().Add(60*time.Hour)) {
		t.Errorf("a minute at 3600 times the speed is 60 hours; the lease ends %v after", until.Sub(before))
	}
}

func TestWakeLooksAtOnce(t *testing.T) {
	dispatching(t, DispatcherConfig{Every: time.Hour}, func(t *testing.T, d *Dispatcher, o *office, s *shelf) {
		d.Start(t.Context())
		time.Sleep(time.Minute)
		o.add(engine.DueSMS, 1, 5)
		for range 1000 {
			d.Wake(engine.DueSMS) // never blocks
		}
		time.Sleep(leastGap)
		synctest.Wait()
		if s.entries() != 1 {
			t.Error("the dispatcher slept on")
		}
	})
}

func TestWakesAreGathered(t *testing.T) {
	var looks atomic.Int64
	dispatching(t, DispatcherConfig{Every: time.Hour}, func(t *testing.T, d *Dispatcher, o *office, s *shelf) {
		o.onTake = func() error { looks.Add(1); return nil }
		d.Start(t.Context())
		for range 1000 {
			d.Wake(engine.DueSMS)
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if n := looks.Load(); n < 90 || n > 102 {
			t.Errorf("a second of wakes made %d looks, want about 100", n)
		}
	})
}

func TestBackPressure(t *testing.T) {
	dispatching(t, DispatcherConfig{Pending: 10}, func(t *testing.T, d *Dispatcher, o *office, s *shelf) {
		o.add(engine.DueSMS, 70, allPartitions()...)
		o.add(engine.DueInvitation, 3, 9)
		d.Start(t.Context())
		time.Sleep(3 * time.Second)
		synctest.Wait()
		// One sweep may pass the limit, by a chunk of each partition at most.
		if n := len(s.tasks); n > 10+engine.Partitions {
			t.Errorf("%d tasks were enqueued and nobody works", n)
		}
		s.mu.Lock()
		if s.counts > 3*int(time.Second/lookAgain)+1 {
			t.Errorf("queues were counted %d times in three seconds", s.counts)
		}
		s.mu.Unlock()
		o.add(engine.DueInvitation, 6, 10)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := s.entries(engine.DueInvitation); n != 9 {
			t.Errorf("%d of 9 invitations: a full queue of one kind must not hold up another", n)
		}
		for range 100 { // now somebody works
			s.empty()
			time.Sleep(lookAgain)
		}
		if n := s.entries(); n != 70*engine.Partitions+9 {
			t.Errorf("%d entries were enqueued in all", n)
		}
	})
}

// Redis away is two lines in the log, whatever its length, and needs no restart.
func TestAwayAndBack(t *testing.T) {
	var log bytes.Buffer
	dispatching(t, DispatcherConfig{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, d *Dispatcher, o *office, s *shelf) {
		var looks atomic.Int64
		var back atomic.Bool
		o.onTake = func() error {
			looks.Add(1)
			if !back.Load() {
				return errAway
			}
			return nil
		}
		o.add(engine.DueSMS, 1, 5)
		d.Start(t.Context())
		for range 600 {
			d.Wake(engine.DueSMS) // is not a reason to hammer
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if n := looks.Load(); n > 25 {
			t.Errorf("%d attempts in a minute", n)
		}
		back.Store(true)
		time.Sleep(longestGap + time.Second)
		synctest.Wait()
		if s.entries() != 1 || strings.Count(log.String(), "\n") != 2 ||
			!strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "works again") {
			t.Errorf("%d entries, log:\n%s", s.entries(), log.String())
		}
	})
}

func TestWhatCannotBeEnqueuedComesBack(t *testing.T) {
	dispatching(t, DispatcherConfig{}, func(t *testing.T, d *Dispatcher, o *office, s *shelf) {
		s.set(errors.New("away"))
		o.add(engine.DueSMS, 100, 5)
		d.Start(t.Context())
		time.Sleep(time.Second)
		s.set(nil)
		o.clock.forward(time.Minute)
		time.Sleep(longestGap + time.Second)
		if n := s.entries(); n != 100 {
			t.Errorf("%d entries were enqueued, want 100", n)
		}
	})
}

func TestThrottleCountsItsOwn(t *testing.T) {
	t.Parallel()
	s := newShelf()
	th := newThrottle(3, s.Pending)
	now := time.Now()
	for range 3 {
		th.add(engine.DueSMS)
		s.pending[engine.DueSMS] = 3
	}
	for _, c := range []struct {
		after   time.Duration
		pending int
		err     error
		closed  bool
		counts  int
	}{
		{0, 3, nil, true, 1},
		{lookAgain / 2, 0, nil, true, 1}, // counted a moment ago
		{lookAgain, 3, nil, true, 2},
		{2 * lookAgain, 0, errAway, true, 3},
		{2 * lookAgain, 0, nil, false, 4},
		{3 * lookAgain, 9, nil, false, 4}, // no need to count
	} {
		s.pending[engine.DueSMS], s.err = c.pending, c.err
		free, err := th.open(now.Add(c.after))
		if (len(free) == len(kinds())) == c.closed || (err != nil) != (c.err != nil) || s.counts != c.counts {
			t.Errorf("after %v: open %v, error %v, %d counts", c.after, free, err, s.counts)
		}
	}
}
