package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"relance/channels"
	"relance/engine"
)

// longEnough is how long a test waits for something that must happen.
const longEnough = 20 * time.Second

// hands is a clock that moves only when told to.
type hands struct {
	mu  sync.Mutex
	now time.Time
}

func newHands() *hands { return &hands{now: time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)} }

func (h *hands) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hands) Span(d time.Duration) time.Duration { return d }

func (h *hands) forward(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

type entry struct {
	kind string
	p    engine.Partition
	id   string
}

// office is an engine and its timetable in memory. It keeps count of what was done.
type office struct {
	clock *hands

	mu      sync.Mutex
	due     map[entry]time.Time
	taken   int
	claimed map[string]bool
	done    map[string]int // advanced or settled, by id
	answers map[string]engine.Answer
	failed  map[string]error
	largest int // chunk seen
	changed chan struct{}

	// onAdvance, onClaim and onSettle, when set, may fail or block a call first.
	onAdvance func(ctx context.Context, ids []string) error
	onClaim   func(ids []engine.MessageID) error
	onSettle  func(done []engine.Settled) error
	onTake    func() error
	findOut   bool // claims are to find out first
}

func newOffice() *office {
	return &office{
		clock: newHands(), due: map[entry]time.Time{}, claimed: map[string]bool{}, done: map[string]int{},
		answers: map[string]engine.Answer{}, failed: map[string]error{}, changed: make(chan struct{}),
	}
}

// add makes n entries of a kind due in each partition.
func (o *office) add(kind string, n int, partitions ...engine.Partition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range partitions {
		for i := range n {
			o.due[entry{kind, p, fmt.Sprintf("%s-%d-%d", kind, p, i)}] = o.clock.Now()
		}
	}
}

func (o *office) Take(_ context.Context, now, until time.Time, limit int, kinds []string, partitions ...engine.Partition) ([]engine.Due, error) {
	if o.onTake != nil {
		if err := o.onTake(); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []engine.Due
	given := map[engine.Partition]int{}
	for e, at := range o.due {
		if !at.After(now) && given[e.p] < limit && slices.Contains(kinds, e.kind) && slices.Contains(partitions, e.p) {
			out = append(out, engine.Due{Partition: e.p, Kind: e.kind, ID: e.id, At: at})
			o.due[e] = until
			given[e.p]++
		}
	}
	o.taken += len(out)
	o.notify()
	return out, nil
}

func (o *office) Overdue(_ context.Context, now time.Time) (map[string]engine.Backlog, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]engine.Backlog{}
	for e, at := range o.due {
		if b := out[e.kind]; !at.After(now) {
			b.Entries++
			if b.Oldest.IsZero() || at.Before(b.Oldest) {
				b.Oldest = at
			}
			out[e.kind] = b
		}
	}
	return out, nil
}

func (o *office) Advance(ctx context.Context, p engine.Partition, kind string, ids []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.onAdvance != nil {
		if err := o.onAdvance(ctx, ids); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		o.finish(kind, p, id)
	}
	o.largest = max(o.largest, len(ids))
	o.notify()
	return nil
}

// finish does an entry that is still waiting; one that is not is left alone.
func (o *office) finish(kind string, p engine.Partition, id string) {
	e := entry{kind, p, id}
	if _, waits := o.due[e]; waits {
		delete(o.due, e)
		o.done[id]++
	}
}

func (o *office) Claim(ctx context.Context, p engine.Partition, ids []engine.MessageID) ([]*engine.Outgoing, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.onClaim != nil {
		if err := o.onClaim(ids); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.largest = max(o.largest, len(ids))
	var out []*engine.Outgoing
	for _, id := range ids {
		for _, ch := range []engine.Channel{engine.SMS, engine.Email} {
			if _, waits := o.due[entry{string(ch), p, string(id)}]; waits && !o.claimed[string(id)] {
				o.claimed[string(id)] = true
				out = append(out, letter(string(id), ch, p, o.findOut))
			}
		}
	}
	o.notify()
	return out, nil
}

func letter(id string, ch engine.Channel, p engine.Partition, findOut bool) *engine.Outgoing {
	return &engine.Outgoing{
		Partition: p, To: "+33639980001", FindOut: findOut, Text: engine.Text{Body: "bonjour"},
		Message: &engine.Message{ID: engine.MessageID(id), Channel: ch},
	}
}

func (o *office) Settle(ctx context.Context, p engine.Partition, done []engine.Settled) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.onSettle != nil {
		if err := o.onSettle(done); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range done {
		o.answers[string(s.Message.ID)] = s.Answer
		o.finish(string(s.Message.Channel), p, string(s.Message.ID))
	}
	o.notify()
	return nil
}

func (o *office) Fail(_ context.Context, d engine.Due, cause error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed[d.ID] = cause
	delete(o.due, entry{d.Kind, d.Partition, d.ID})
	o.notify()
	return nil
}

// notify wakes those in wait; mu is held.
func (o *office) notify() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// wait blocks until reached says so, which it is asked at every change under the lock.
func (o *office) wait(t testing.TB, what string, reached func() bool) {
	t.Helper()
	end := time.NewTimer(longEnough)
	defer end.Stop()
	for {
		o.mu.Lock()
		ok, changed := reached(), o.changed
		o.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-end.C:
			o.mu.Lock()
			defer o.mu.Unlock()
			t.Fatalf("waited %v for %s: %d are due, %d taken, %d done, %d failed", longEnough, what, len(o.due), o.taken, len(o.done), len(o.failed))
		}
	}
}

// emptied waits until everything is done, and checks that nothing was done twice.
func (o *office) emptied(t testing.TB, n int) {
	t.Helper()
	o.wait(t, "everything to be done", func() bool { return len(o.due) == 0 })
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.done) != n {
		t.Errorf("%d entries were done, want %d", len(o.done), n)
	}
	for id, times := range o.done {
		if times != 1 {
			t.Errorf("%s was done %d times", id, times)
		}
	}
	if o.largest > ChunkSize {
		t.Errorf("a chunk had %d entries, at most %d are allowed", o.largest, ChunkSize)
	}
}

// carrier is a provider that does what it is told.
type carrier struct {
	name string
	ch   channels.Channel
	send func(ctx context.Context, m channels.Message) channels.Answer

	mu   sync.Mutex
	sent []channels.Message
}

func (c *carrier) Name() string              { return c.name }
func (c *carrier) Channel() channels.Channel { return c.ch }

func (c *carrier) Send(ctx context.Context, m channels.Message) channels.Answer {
	c.mu.Lock()
	c.sent = append(c.sent, m)
	c.mu.Unlock()
	if c.send == nil {
		return channels.Answer{Outcome: channels.Sent, ProviderID: "x"}
	}
	return c.send(ctx, m)
}

func (c *carrier) messages() []channels.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// seeker is a carrier that can look messages up.
type seeker struct {
	*carrier
	find func() (channels.Answer, error)
}

func (s *seeker) Find(context.Context, channels.Message, time.Time) (channels.Answer, error) {
	return s.find()
}

func routing(t testing.TB, providers ...channels.Provider) *channels.Router {
	t.Helper()
	var lanes []channels.Lane
	for i, p := range providers {
		weight := 0 // the first, then the next in reserve
		if i == 0 {
			weight = 1
		}
		lanes = append(lanes, channels.Lane{Provider: p, Weight: weight})
	}
	r, err := channels.NewRouter(channels.RouterConfig{}, lanes...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var errAway = &engine.Error{Code: engine.CodeUnavailable, Cause: errors.New("away")}
