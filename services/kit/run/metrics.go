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
	beat    *prometheus.GaugeVec // by loop
	allowed *prometheus.GaugeVec // by loop
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{Namespace: "lode", Name: n, Help: help}
	}
	return &metrics{
		failed:  f.NewGauge(name("config_reload_failed", "1 while the configuration that was read last cannot be used and the one before is in force, else 0")),
		loaded:  f.NewGauge(name("config_loaded_timestamp_seconds", "when the configuration in force was read, in seconds since 1970")),
		waiting: f.NewGauge(name("config_restart_keys", "keys of the configuration read last that count from the next start on")),
		beat:    f.NewGaugeVec(name("loop_progress_timestamp_seconds", "when the loop last came on, in seconds since 1970; 0: not yet"), []string{"loop"}),
		allowed: f.NewGaugeVec(name("loop_limit_seconds", "for how long the loop may stand still before the service is unready"), []string{"loop"}),
	}
}
