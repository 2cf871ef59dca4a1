package workers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"relance/engine"
)

// Metrics are what ops watch of the work. Labels are kinds, channels, providers and
// outcomes: never a person or an organisation.
type Metrics struct {
	taken    *prometheus.CounterVec
	tasks    *prometheus.CounterVec
	lateness *prometheus.HistogramVec
	duration *prometheus.HistogramVec
	sends    *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	doubts   *prometheus.CounterVec
	waits    *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them with r, unless it is nil.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		taken:    counter("due_taken_total", "Due entries taken under a lease.", "kind"),
		tasks:    counter("tasks_enqueued_total", "Tasks enqueued; each carries up to 64 entries.", "kind"),
		lateness: seconds("due_lateness_seconds", "How long after its due time an entry was taken, in the domain's time.", "kind"),
		duration: seconds("task_seconds", "How long a task ran, by kind and result (done, failed).", "kind", "result"),
		sends:    counter("sends_total", "Messages handed to a provider (none: none could take them), by outcome.", "channel", "provider", "outcome"),
		latency:  seconds("send_seconds", "How long it took to get an answer for one message, failover included.", "channel"),
		doubts:   counter("send_doubts_total", "Messages sent again although an earlier attempt may have arrived.", "channel"),
		waits:    counter("send_waits_total", "Messages put back unsent, by reason: rate (all at their messages a second), no_provider (all paused, resting or missing), cancelled (we are stopping).", "channel", "reason"),
	}
	return m, register(r, m.taken, m.tasks, m.lateness, m.duration, m.sends, m.latency, m.doubts, m.waits)
}

func register(r prometheus.Registerer, all ...prometheus.Collector) error {
	if r == nil {
		return nil
	}
	for _, c := range all {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "relance", Name: name, Help: help}, labels)
}

func seconds(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "relance", Name: name, Help: help,
		Buckets: []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 3600, 86400},
	}, labels)
}

func orUnregistered(m *Metrics) *Metrics {
	if m == nil {
		m, _ = NewMetrics(nil) // registering with nobody cannot fail
	}
	return m
}

func (m *Metrics) took(entries []engine.Due, now time.Time) {
	for _, e := range entries {
		m.taken.WithLabelValues(e.Kind).Inc()
		m.lateness.WithLabelValues(e.Kind).Observe(now.Sub(e.At).Seconds())
	}
}

func (m *Metrics) enqueued(kind string) { m.tasks.WithLabelValues(kind).Inc() }

func (m *Metrics) worked(t Task, d time.Duration, err error) {
	result := "done"
	if err != nil {
		result = "failed"
	}
	m.duration.WithLabelValues(t.Kind, result).Observe(d.Seconds())
}

func (m *Metrics) sent(o *engine.Outgoing, a engine.Answer, d time.Duration) {
	channel, provider := string(o.Message.Channel), a.Provider
	if provider == "" {
		provider = "none"
	}
	m.sends.WithLabelValues(channel, provider, string(a.Outcome)).Inc()
	m.latency.WithLabelValues(channel).Observe(d.Seconds())
	if a.Provider == "" {
		m.waits.WithLabelValues(channel, a.Code).Inc()
	}
	if a.Doubt {
		m.doubts.WithLabelValues(channel).Inc()
	}
}
