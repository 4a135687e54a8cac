package signer

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	requests *prometheus.CounterVec // by outcome
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "lode", Subsystem: "signer", Name: n, Help: help}
	}
	return &metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts(name("requests_total", "requests for a signature, by outcome")), []string{"outcome"}),
	}
}
