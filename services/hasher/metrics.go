package hasher

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	height prometheus.Gauge
	folded prometheus.Counter
	lag    prometheus.Gauge
	sealed prometheus.Counter
	proofs prometheus.Counter
	poison prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "lode", Subsystem: "hasher", Name: n, Help: help}
	}
	return &metrics{
		height: f.NewGauge(prometheus.GaugeOpts(name("height", "newest block height known, in blocks"))),
		folded: f.NewCounter(prometheus.CounterOpts(name("relays_folded_total", "relays of the log that were folded, replays included"))),
		lag:    f.NewGauge(prometheus.GaugeOpts(name("lag_messages", "log messages not folded yet"))),
		sealed: f.NewCounter(prometheus.CounterOpts(name("sessions_sealed_total", "session trees sealed by this process"))),
		proofs: f.NewCounter(prometheus.CounterOpts(name("proofs_total", "closest proofs built"))),
		poison: f.NewCounter(prometheus.CounterOpts(name("poison_total", "log messages that could not be understood; they are in DEAD"))),
	}
}
