package board

import (
	"github.com/prometheus/client_golang/prometheus"

	"relance/channels"
)

// lanes tells Prometheus how the providers do, when it asks. The labels name providers and
// channels, never a person or an organisation.
type lanes struct{ router *channels.Router }

// gauge is one number of a provider.
type gauge struct {
	desc *prometheus.Desc
	of   func(s channels.LaneState) float64
}

func gauges() []gauge {
	one := func(name, help string, of func(channels.LaneState) float64) gauge {
		return gauge{prometheus.NewDesc("relance_provider_"+name, help, []string{"channel", "provider"}, nil), of}
	}
	yes := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	return []gauge{
		one("share", "How much of the provider's weight counts: 1 all of it, 1/32 the least.", func(s channels.LaneState) float64 { return s.Share }),
		one("paused", "1 while nothing is given to the provider until somebody resumes it.", func(s channels.LaneState) float64 { return yes(s.Paused) }),
		one("resting", "1 while the provider is left alone for a moment: it asked for it, or failed ten times in a row.", func(s channels.LaneState) float64 { return yes(!s.RestUntil.IsZero()) }),
		one("busy", "Messages this process is asking the provider about.", func(s channels.LaneState) float64 { return float64(s.Busy) }),
		one("failed_ratio", "Failures among its latest answers, of all processes.", func(s channels.LaneState) float64 { return s.Lately.Answers.Failed() }),
		one("unheard_ratio", "Late, missing and bad receipts among the latest that were due, of all processes.", func(s channels.LaneState) float64 { return s.Lately.Receipts.Failed() }),
	}
}

// Describe is for the registry.
func (l lanes) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range gauges() {
		ch <- g.desc
	}
}

// Collect is for the registry.
func (l lanes) Collect(ch chan<- prometheus.Metric) {
	for _, s := range l.router.States() {
		for _, g := range gauges() {
			ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.of(s), string(s.Channel), s.Name)
		}
	}
}
