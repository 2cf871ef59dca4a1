package workers

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"relance/channels"
	"relance/engine"
)

func TestMetricsOfASweepAndASend(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	m, err := NewMetrics(r)
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice()
	o.add(engine.DueSMS, 3, 3)
	o.clock.forward(time.Minute)
	d := NewDispatcher(DispatcherConfig{Timetable: o, Clock: o.clock, Queue: newShelf(), Metrics: m})
	if _, err := d.sweep(t.Context(), allPartitions()); err != nil {
		t.Fatal(err)
	}
	s := newSender(o, routing(t, &carrier{name: "a", ch: channels.SMS}))
	s.metrics = m
	s.one(t.Context(), letter("msg_1", engine.SMS, 3, true))
	err = testutil.GatherAndCompare(r, strings.NewReader(`
# HELP relance_due_taken_total Due entries taken under a lease.
# TYPE relance_due_taken_total counter
relance_due_taken_total{kind="sms"} 3
# HELP relance_send_doubts_total Messages sent again although an earlier attempt may have arrived.
# TYPE relance_send_doubts_total counter
relance_send_doubts_total{channel="sms"} 1
# HELP relance_sends_total Messages handed to a provider (none: none could take them), by outcome.
# TYPE relance_sends_total counter
relance_sends_total{channel="sms",outcome="sent",provider="a"} 1
# HELP relance_tasks_enqueued_total Tasks enqueued; each carries up to 64 entries.
# TYPE relance_tasks_enqueued_total counter
relance_tasks_enqueued_total{kind="sms"} 1
`), "relance_due_taken_total", "relance_tasks_enqueued_total", "relance_sends_total", "relance_send_doubts_total")
	if err != nil {
		t.Error(err)
	}
	var late float64
	families, _ := r.Gather()
	for _, f := range families {
		if f.GetName() == "relance_due_lateness_seconds" {
			late = f.GetMetric()[0].GetHistogram().GetSampleSum()
		}
	}
	if late != 180 {
		t.Errorf("three entries a minute late are %v s in all", late)
	}
}

// counted is a timetable that counts how often it is asked what is overdue.
type counted struct {
	*office
	asked int
	err   error
}

func (c *counted) Overdue(ctx context.Context, now time.Time) (map[string]engine.Backlog, error) {
	c.asked++
	if c.err != nil {
		return nil, c.err
	}
	return c.office.Overdue(ctx, now)
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	c := &counted{office: newOffice()}
	c.add(engine.DueSMS, 7, 1, 2)
	c.clock.forward(time.Minute)
	b := &Backlog{Timetable: c, Clock: c.clock}
	for range 3 { // close together: one look
		err := testutil.CollectAndCompare(b, strings.NewReader(`
# HELP relance_due_oldest_seconds How late the oldest entry that is due is, in the domain's time.
# TYPE relance_due_oldest_seconds gauge
relance_due_oldest_seconds{kind="appointment"} 0
relance_due_oldest_seconds{kind="calendar"} 0
relance_due_oldest_seconds{kind="email"} 0
relance_due_oldest_seconds{kind="inbound"} 0
relance_due_oldest_seconds{kind="invitation"} 0
relance_due_oldest_seconds{kind="pacing"} 0
relance_due_oldest_seconds{kind="recipient"} 0
relance_due_oldest_seconds{kind="sms"} 60
# HELP relance_due_overdue_entries Entries that are due and not taken.
# TYPE relance_due_overdue_entries gauge
relance_due_overdue_entries{kind="appointment"} 0
relance_due_overdue_entries{kind="calendar"} 0
relance_due_overdue_entries{kind="email"} 0
relance_due_overdue_entries{kind="inbound"} 0
relance_due_overdue_entries{kind="invitation"} 0
relance_due_overdue_entries{kind="pacing"} 0
relance_due_overdue_entries{kind="recipient"} 0
relance_due_overdue_entries{kind="sms"} 14
`))
		if err != nil {
			t.Error(err)
		}
	}
	if c.asked != 1 {
		t.Errorf("the store was asked %d times", c.asked)
	}
	away := &Backlog{Timetable: &counted{office: newOffice(), err: errAway}, Clock: c.clock}
	if err := testutil.CollectAndCompare(away, strings.NewReader("")); err == nil {
		t.Error("a store that is away must fail the scrape, not show old numbers")
	}
}

// lines are services for which people wait.
type lines struct {
	all   []engine.Queue
	err   error
	asked int
}

func (l *lines) Queues(context.Context, int) ([]engine.Queue, error) {
	l.asked++
	return l.all, l.err
}

func TestWhoWaitsIsMeasured(t *testing.T) {
	t.Parallel()
	l := &lines{all: []engine.Queue{{Service: "a", Out: 13, Waiting: 7}, {Service: "b", Out: 2, Waiting: 30}, {Service: "c", Out: 4}}}
	w := &Waiting{Services: l}
	for range 2 { // close together: one look
		if err := testutil.CollectAndCompare(w, strings.NewReader(`
# HELP relance_waiting_behind_people People of these services who were asked and have not answered.
# TYPE relance_waiting_behind_people gauge
relance_waiting_behind_people 15
# HELP relance_waiting_people People who wait to be asked until the calendars have room.
# TYPE relance_waiting_people gauge
relance_waiting_people 37
# HELP relance_waiting_services Services for which people wait.
# TYPE relance_waiting_services gauge
relance_waiting_services 2
`)); err != nil {
			t.Error(err)
		}
	}
	if l.asked != 1 {
		t.Errorf("the store was asked %d times", l.asked)
	}
	if err := testutil.CollectAndCompare(&Waiting{Services: &lines{err: errAway}}, strings.NewReader("")); err == nil {
		t.Error("a store that is away must fail the scrape, not show old numbers")
	}
}
