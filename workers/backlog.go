package workers

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"relance/engine"
)

const (
	backlogFresh   = 2 * time.Second // scrapes closer together than this share one look
	backlogPatient = 5 * time.Second // a scrape waits no longer for the store
)

// Backlog tells Prometheus what is overdue, by kind: how many entries, and how late the
// oldest is. It asks the store when it is scraped.
type Backlog struct {
	Timetable engine.Timetable
	Clock     engine.Clock

	mu     sync.Mutex
	looked time.Time
	known  map[string]engine.Backlog
	now    time.Time
	err    error
}

func (b *Backlog) entries() *prometheus.Desc {
	return prometheus.NewDesc("relance_due_overdue_entries", "Entries that are due and not taken.", []string{"kind"}, nil)
}

func (b *Backlog) oldest() *prometheus.Desc {
	return prometheus.NewDesc("relance_due_oldest_seconds", "How late the oldest entry that is due is, in the domain's time.", []string{"kind"}, nil)
}

// Describe is for the registry.
func (b *Backlog) Describe(ch chan<- *prometheus.Desc) {
	ch <- b.entries()
	ch <- b.oldest()
}

// Collect gives nothing but an error while the store is away, so that an alert on
// absence works and no old number looks fresh.
func (b *Backlog) Collect(ch chan<- prometheus.Metric) {
	known, now, err := b.look()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(b.entries(), err)
		return
	}
	for _, kind := range kinds() {
		k := known[kind]
		age := 0.0
		if k.Entries > 0 {
			age = now.Sub(k.Oldest).Seconds()
		}
		ch <- prometheus.MustNewConstMetric(b.entries(), prometheus.GaugeValue, float64(k.Entries), kind)
		ch <- prometheus.MustNewConstMetric(b.oldest(), prometheus.GaugeValue, age, kind)
	}
}

func (b *Backlog) look() (map[string]engine.Backlog, time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.looked.IsZero() || time.Since(b.looked) >= backlogFresh {
		ctx, cancel := context.WithTimeout(context.Background(), backlogPatient)
		defer cancel()
		b.now = b.Clock.Now()
		b.known, b.err = b.Timetable.Overdue(ctx, b.now)
		b.looked = time.Now()
	}
	return b.known, b.now, b.err
}
