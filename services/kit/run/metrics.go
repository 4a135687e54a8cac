package run

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are the shell's, of every service.
type metrics struct {
	failed  prometheus.Gauge
	loaded  prometheus.Gauge
	waiting prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{Namespace: "lode", Subsystem: "config", Name: n, Help: help}
	}
	return &metrics{
		failed:  f.NewGauge(name("reload_failed", "1 while the configuration that was read last cannot be used and the one before is in force, else 0")),
		loaded:  f.NewGauge(name("loaded_timestamp_seconds", "when the configuration in force was read, in seconds since 1970")),
		waiting: f.NewGauge(name("restart_keys", "keys of the configuration read last that count from the next start on")),
	}
}
