package chain

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	height   *prometheus.GaugeVec   // by node
	well     *prometheus.GaugeVec   // by node
	latency  *prometheus.GaugeVec   // by node
	hears    *prometheus.GaugeVec   // by node
	failures *prometheus.CounterVec // by node
}

// newMetrics makes them, to be registered later. Nodes are as many as configured.
func newMetrics() *metrics {
	label := []string{"node"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "lode", Subsystem: "chain", Name: name, Help: help}, label)
	}
	return &metrics{
		height:   gauge("node_height_blocks", "newest height that the node has said"),
		well:     gauge("node_well", "1 while the node is asked first; 0: it is down, behind, or of another chain"),
		latency:  gauge("node_status_seconds", "time in which the node last said how it is"),
		hears:    gauge("node_subscribed", "1 while the node says new blocks over its WebSocket"),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "lode", Subsystem: "chain", Name: "node_failures_total", Help: "requests that the node did not answer"}, label),
	}
}

func (m *metrics) register(reg prometheus.Registerer) {
	reg.MustRegister(m.height, m.well, m.latency, m.hears, m.failures)
}
