package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meter counts requests by route pattern, method and status.
type meter struct {
	took *prometheus.HistogramVec
}

func newMeter(r prometheus.Registerer) *meter {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "relance_http_request_seconds",
		Help:    "How long requests to the API took, by route pattern, method and status.",
		Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 60},
	}, []string{"route", "method", "status"})
	if r == nil {
		return &meter{took}
	}
	var known prometheus.AlreadyRegisteredError
	if err := r.Register(took); errors.As(err, &known) {
		if old, ok := known.ExistingCollector.(*prometheus.HistogramVec); ok {
			took = old
		}
	}
	return &meter{took}
}

func (m *meter) observe(route, method string, status int, took time.Duration) {
	if route == "" {
		route, method = "none", "any" // anybody can make up addresses and methods
	}
	if status == 0 {
		status = http.StatusOK
	}
	m.took.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}
