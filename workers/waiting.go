package workers

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"relance/engine"
)

const (
	waitingFresh = 15 * time.Second // scrapes closer together than this share one look
	waitingMost  = 10_000           // services that are counted
)

// WaitingServices are those for which people wait until the calendars have room.
type WaitingServices interface {
	Queues(ctx context.Context, limit int) ([]engine.Queue, error)
}

// Waiting tells Prometheus how many people wait to be asked, and for how many services, over all organisations:
// an organisation is no label. Which they are, and why, says /queues.
type Waiting struct {
	Services WaitingServices

	mu     sync.Mutex
	looked time.Time
	known  []engine.Queue
	err    error
}

func (w *Waiting) people() *prometheus.Desc {
	return prometheus.NewDesc("relance_waiting_people", "People who wait to be asked until the calendars have room.", nil, nil)
}

func (w *Waiting) services() *prometheus.Desc {
	return prometheus.NewDesc("relance_waiting_services", "Services for which people wait.", nil, nil)
}

func (w *Waiting) unanswered() *prometheus.Desc {
	return prometheus.NewDesc("relance_waiting_behind_people", "People of these services who were asked and have not answered.", nil, nil)
}

// Describe is for the registry.
func (w *Waiting) Describe(ch chan<- *prometheus.Desc) {
	ch <- w.people()
	ch <- w.services()
	ch <- w.unanswered()
}

// Collect gives nothing but an error while the store is away.
func (w *Waiting) Collect(ch chan<- prometheus.Metric) {
	known, err := w.look()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(w.people(), err)
		return
	}
	var people, services, out int64
	for _, q := range known {
		if q.Waiting > 0 { // else it is no more than on the list still
			people, services, out = people+q.Waiting, services+1, out+q.Out
		}
	}
	ch <- prometheus.MustNewConstMetric(w.people(), prometheus.GaugeValue, float64(people))
	ch <- prometheus.MustNewConstMetric(w.services(), prometheus.GaugeValue, float64(services))
	ch <- prometheus.MustNewConstMetric(w.unanswered(), prometheus.GaugeValue, float64(out))
}

func (w *Waiting) look() ([]engine.Queue, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looked.IsZero() || time.Since(w.looked) >= waitingFresh {
		ctx, cancel := context.WithTimeout(context.Background(), backlogPatient)
		defer cancel()
		w.known, w.err = w.Services.Queues(ctx, waitingMost)
		w.looked = time.Now()
	}
	return w.known, w.err
}
