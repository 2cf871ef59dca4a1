package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"relance/channels"
	"relance/config"
	"relance/engine"
)

// leaps is a clock that stands still until the test moves it on to what is due next: an hour of
// waiting takes no time.
type leaps struct {
	mu  sync.Mutex
	now time.Time
}

func (l *leaps) Now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (*leaps) Span(d time.Duration) time.Duration { return d }

func (l *leaps) to(t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.After(l.now) {
		l.now = t
	}
}

// farEnd is a server that misbehaves, as the provider of one channel.
type farEnd struct {
	provider config.Provider
	channel  engine.Channel
	// arrived are the messages that the server took, each by what tells it from the others.
	arrived func() map[string]int
	// report posts the receipts there are to post.
	report func(ctx context.Context)
}

// spell counts how often a fault happened, and when it was over.
type spell struct {
	mu    sync.Mutex
	clock *leaps
	left  map[string]int // times it happens still, by key
	times int            // for keys not seen yet
	last  time.Time
}

func newSpell(clock *leaps, times int) *spell {
	return &spell{clock: clock, left: map[string]int{}, times: times, last: clock.Now()}
}

// strikes tells whether the fault happens now, of those it has left for the key.
func (s *spell) strikes(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	left, known := s.left[key]
	if !known {
		left = s.times
	}
	if left == 0 {
		return false
	}
	s.left[key], s.last = left-1, s.clock.Now()
	return true
}

func (s *spell) over() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// faultPeople is how many people are invited under each fault: more than a breaker's patience.
const faultPeople = 12

// outcome is a line of the table.
type faultOutcome struct {
	arrived, delivered, refused, twice, doubts, lost, mended int
	recovery                                                 time.Duration
}

// faultRig is a whole process before a server that misbehaves.
type faultRig struct {
	t      *testing.T
	clock  *leaps
	p      *process
	queues *asynq.Inspector
	far    farEnd
	all    []engine.InvitationID
	mended int
}

// underFault invites people through a process whose server misbehaves, leaps from one due thing to
// the next until nothing more is due, and tells what became of them.
func underFault(t *testing.T, clock *leaps, far farEnd, fault *spell) faultOutcome {
	t.Helper()
	c := testConfig(t)
	c.HTTP.Address = loopback(t)
	c.PublicURL = "http://" + c.HTTP.Address
	c.Workers.DispatchEvery = 10 * time.Millisecond
	for i := range c.Providers {
		if c.Providers[i].Channel == string(far.channel) {
			c.Providers[i] = far.provider
		}
	}
	p, err := start(t.Context(), c, surroundings{clock: clock, log: quietly(), fast: true})
	if err != nil {
		t.Fatal(err)
	}
	r := &faultRig{t: t, clock: clock, p: p, far: far, queues: asynq.NewInspector(asynq.RedisClientOpt{Addr: c.Redis.Addresses[0], DB: c.Redis.DB})}
	defer func() {
		_ = r.queues.Close()
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	}()
	applySample(t, p)
	r.invite()
	recovered := r.live()
	out := r.count()
	out.recovery, out.mended = max(0, recovered.Sub(fault.over())), r.mended
	return out
}

func (r *faultRig) invite() {
	r.t.Helper()
	reqs := make([]engine.InviteRequest, faultPeople)
	for i := range reqs {
		who := engine.Person{ExternalID: fmt.Sprint("p", i), FirstName: "Camille", LastName: "Exemple"}
		if r.far.channel == engine.SMS {
			who.Phone = fmt.Sprintf("+336123456%02d", i)
		} else {
			who.Email = fmt.Sprintf("p%d@example.org", i)
		}
		reqs[i] = engine.InviteRequest{Service: "orientation", Person: who}
	}
	res, err := r.p.engine.Invite(r.t.Context(), faultOrg, reqs)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, one := range res {
		if one.Err != nil {
			r.t.Fatal(one.Err)
		}
		r.all = append(r.all, one.Invitation)
	}
}

const faultOrg = engine.OrganisationID(sampleOrganisation)

// live works until every message has ended, and tells when the last arrived.
func (r *faultRig) live() (recovered time.Time) {
	r.t.Helper()
	best := 0
	for range 300 {
		r.settle()
		if r.far.report != nil {
			r.far.report(r.t.Context())
			r.settle()
		}
		r.mend()
		done := r.count()
		if done.delivered > best {
			best, recovered = done.delivered, r.clock.Now()
		}
		if done.delivered+done.refused == faultPeople {
			return recovered
		}
		next, ok := r.next()
		if !ok {
			r.t.Fatalf("nothing more is due, and %d of %d messages have not ended", faultPeople-done.delivered-done.refused, faultPeople)
		}
		if now := r.clock.Now(); !next.After(now) { // taken and given up: it comes due when its lease ends
			next = now.Add(r.p.cfg.Workers.Lease)
		}
		r.clock.to(next)
	}
	r.t.Fatal("messages go on waiting")
	return recovered
}

// mend is what ops do: a paused provider is repaired and resumed.
func (r *faultRig) mend() {
	for _, s := range r.p.carriers.router.States() {
		if s.Paused {
			r.mended++
			r.p.board.Resume(r.t.Context(), s.Name)
		}
	}
}

// settle waits until nothing is due now, queued or being worked on, or until only a lease can be
// waited for: nothing is in the queue for a while though a record is due.
func (r *faultRig) settle() {
	r.t.Helper()
	quiet := time.Now()
	for deadline := time.Now().Add(2 * time.Minute); !r.idle(); time.Sleep(2 * time.Millisecond) {
		if !r.empty() {
			quiet = time.Now()
		}
		if _, ok := r.next(); ok && time.Since(quiet) > 3*time.Second {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal("work goes on and on")
		}
	}
}

// next is the first thing that a message waits for; false when none waits or not all are written.
func (r *faultRig) next() (first time.Time, ok bool) {
	r.t.Helper()
	messages := r.messages()
	for _, m := range messages {
		if m.Next != nil && (first.IsZero() || m.Next.At.Before(first)) {
			first = m.Next.At
		}
	}
	return first, len(messages) == faultPeople && !first.IsZero()
}

// messages are everybody's invitations.
func (r *faultRig) messages() (out []*engine.Message) {
	r.t.Helper()
	for _, id := range r.all {
		messages, err := r.p.engine.Messages(r.t.Context(), faultOrg, id)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, m := range messages {
			if m.Kind == engine.KindInvitation {
				out = append(out, m)
			}
		}
	}
	return out
}

// idle tells whether nothing is being done. What is due and taken, and not in the queue yet, is
// seen by its record.
func (r *faultRig) idle() bool {
	r.t.Helper()
	if !r.empty() {
		return false
	}
	next, ok := r.next()
	return ok && next.After(r.clock.Now())
}

// empty tells whether nothing is due and untaken, or in the queue.
func (r *faultRig) empty() bool {
	r.t.Helper()
	overdue, err := r.p.store.Overdue(r.t.Context(), r.clock.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, b := range overdue {
		if b.Entries > 0 {
			return false
		}
	}
	names, err := r.queues.Queues()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, q := range names {
		info, err := r.queues.GetQueueInfo(q)
		if err != nil {
			r.t.Fatal(err)
		}
		if info.Pending+info.Active+info.Scheduled+info.Retry > 0 {
			return false
		}
	}
	return true
}

// keepsQuiet tells whether a provider never says more than that it took a message.
func (r *faultRig) keepsQuiet(provider string) bool {
	p, ok := r.p.carriers.router.Provider(provider)
	_, hooks := p.(channels.Hooks)
	return ok && !hooks
}

// count is how everybody's message stands, and what the server took.
func (r *faultRig) count() (out faultOutcome) {
	r.t.Helper()
	for _, m := range r.messages() {
		out.doubts += m.Doubts
		switch {
		case m.State == engine.MessageDelivered, m.State == engine.MessageSent && r.keepsQuiet(m.Provider):
			out.delivered++
		case m.State.Final():
			out.refused++
		}
	}
	took := r.far.arrived()
	for _, n := range took {
		out.arrived += n
		out.twice += n - 1
	}
	out.lost = max(0, faultPeople-len(took)-out.refused)
	return out
}
