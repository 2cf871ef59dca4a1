package bench_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"relance/calendars"
	"relance/channels"
	"relance/engine"
	"relance/workers"
)

// BenchmarkReminders lets 20,000 reminders of 48 hours come due in the same instant, and then one at a time
// while nothing else happens, and reports how much later than planned the provider, which does nothing, was
// given them. The clock runs at its usual speed and only skips the time in which nothing is due.
func BenchmarkReminders(b *testing.B) {
	const people, desks, alone = 20_000, 100, 200
	for range b.N {
		burst := remindAtOnce(b, people, desks)
		for name, share := range map[string]float64{"p50-ms": 0.5, "p90-ms": 0.9, "p99-ms": 0.99, "max-ms": 1} {
			b.ReportMetric(milliseconds(quantile(burst, share)), name)
		}
		b.ReportMetric(float64(len(burst))/quantile(burst, 1).Seconds(), "reminders/s")
		idle := remindOneByOne(b, alone)
		b.ReportMetric(milliseconds(quantile(idle, 0.5)), "idle_p50-ms")
		b.ReportMetric(milliseconds(quantile(idle, 0.99)), "idle_p99-ms")
	}
	b.ReportMetric(0, "ns/op")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantile is the smallest of the sorted durations that at least the share of them does not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// skipping is the wall clock, some time ahead.
type skipping struct{ ahead atomic.Int64 }

func (c *skipping) Now() time.Time                     { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *skipping) Span(d time.Duration) time.Duration { return d }
func (c *skipping) skipTo(t time.Time)                 { c.ahead.Store(int64(time.Until(t))) }

// punctual is a provider that does nothing but note when it was given what.
type punctual struct {
	clock *skipping
	mu    sync.Mutex
	at    []time.Time
}

func (*punctual) Name() string              { return "punctual" }
func (*punctual) Channel() channels.Channel { return channels.SMS }
func (p *punctual) Send(context.Context, channels.Message) channels.Answer {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = append(p.at, now)
	return channels.Answer{Outcome: channels.Sent, ProviderID: "x"}
}

// since are the moments from the n-th on, in order.
func (p *punctual) since(n int) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(slices.Values(p.at[n:]), time.Time.Compare)
}

// reminding is an installation at work, with people who are all told of their appointments.
type reminding struct {
	*installation
	clock    *skipping
	provider *punctual
	told     int
}

// remindAtOnce is how late each of the reminders of one instant was, in order.
func remindAtOnce(b *testing.B, people, desks int) []time.Duration {
	b.Helper()
	r := newReminding(b, desks, people/desks)
	start := r.first()
	r.convene(people, desks, func(int) time.Time { return start })
	return r.lateness(start.Add(-48*time.Hour), 2*time.Second, people)
}

// remindOneByOne is how late each reminder was of those that come alone, in order.
func remindOneByOne(b *testing.B, n int) []time.Duration {
	b.Helper()
	r := newReminding(b, 1, 1)
	first := r.first()
	start := func(i int) time.Time { return first.Add(time.Duration(i) * 5 * time.Minute) }
	r.convene(n, 1, start)
	var out []time.Duration
	for i := range n {
		// At different moments between two looks of the dispatcher.
		out = append(out, r.lateness(start(i).Add(-48*time.Hour), 120*time.Millisecond+time.Duration(i)*time.Millisecond, 1)...)
	}
	slices.Sort(out)
	return out
}

func newReminding(b *testing.B, desks, capacity int) *reminding {
	b.Helper()
	r := &reminding{installation: install(b), clock: &skipping{}}
	r.e.Clock, r.provider = r.clock, &punctual{clock: r.clock}
	for i := range desks {
		cal := engine.CalendarID(fmt.Sprintf("cal%d", i))
		_, err := r.e.SaveCalendar(b.Context(), org, engine.Calendar{Name: "desk", Calendar: calendars.Calendar{
			ID: cal, Zone: "UTC", Capacity: capacity,
			Windows: []calendars.Window{{FirstDay: "2026-01-01", Start: "00:00", End: "24:00", RRule: "FREQ=DAILY"}},
		}})
		if err == nil {
			_, err = r.e.SaveService(b.Context(), org, engine.Service{ID: serviceID(i), Name: "rendez-vous", Calendars: []engine.CalendarID{cal}, DurationMin: 5})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	r.start()
	return r
}

// start starts dispatcher and workers until the benchmark ends.
func (r *reminding) start() {
	r.b.Helper()
	router, err := channels.NewRouter(channels.RouterConfig{}, channels.Lane{Provider: r.provider, Weight: 1})
	if err != nil {
		r.b.Fatal(err)
	}
	w, err := workers.New(workers.Config{
		Redis: r.conn, Roles: []workers.Role{workers.RoleDispatch, workers.RoleSteps, workers.RoleSMS}, Engine: r.e,
		Timetable: r.store, Router: router, Clock: r.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		r.b.Fatal(err)
	}
	r.e.Wake = w.Wake
	if err := w.Start(r.b.Context()); err != nil {
		r.b.Fatal(err)
	}
	r.b.Cleanup(func() { _ = w.Stop(context.Background()) })
}

// first is a start whose reminder is some minutes away.
func (r *reminding) first() time.Time {
	return r.clock.Now().Add(48*time.Hour + 15*time.Minute).UTC().Truncate(5 * time.Minute)
}

// convene books people in, to the services in turn, and waits until all are told.
func (r *reminding) convene(people, services int, start func(int) time.Time) {
	r.b.Helper()
	clients(r.b, 0, people, func(ctx context.Context, i int) error {
		_, err := r.e.Convene(ctx, engine.ConveneRequest{
			Organisation: org, Service: serviceID(i % services), Start: start(i),
			Person: engine.Person{ExternalID: fmt.Sprintf("p%d", i), Phone: fmt.Sprintf("06 12 %02d %02d %02d", i/10000%100, i/100%100, i%100)},
		})
		return err
	})
	r.until(people)
}

// until waits for n more sends to be settled.
func (r *reminding) until(n int) {
	r.b.Helper()
	for r.told += n; r.sent() < int64(r.told); {
		if r.b.Failed() {
			r.b.FailNow()
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// lateness skips to a moment before n reminders are due, and tells how late each left, in order.
func (r *reminding) lateness(due time.Time, before time.Duration, n int) []time.Duration {
	r.b.Helper()
	told := r.told
	if early := len(r.provider.since(told)); early > 0 {
		r.b.Fatalf("%d messages left that nobody was waiting for", early)
	}
	r.clock.skipTo(due.Add(-before))
	r.until(n)
	out := make([]time.Duration, 0, n)
	for _, at := range r.provider.since(told) {
		if at.Before(due) {
			r.b.Fatalf("a reminder left %s before it was due", due.Sub(at))
		}
		out = append(out, at.Sub(due))
	}
	if len(out) != n {
		r.b.Fatalf("%d reminders left, not %d", len(out), n)
	}
	return out
}
