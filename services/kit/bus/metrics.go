package bus

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are the bus as one service sees it.
type metrics struct {
	connected prometheus.GaugeFunc
	expiry    prometheus.GaugeFunc
	progress  *prometheus.GaugeVec   // by durable consumer
	dead      *prometheus.CounterVec // by stream
	messages  *prometheus.GaugeVec   // by stream, as the three below
	bytes     *prometheus.GaugeVec
	limit     *prometheus.GaugeVec
	missing   *prometheus.GaugeVec
	answered  *prometheus.GaugeVec
}

// newMetrics makes them, to be registered later.
func newMetrics(b *Bus) *metrics {
	f := promauto.With(nil)
	name := func(n, help string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{Namespace: "lode", Subsystem: "bus", Name: n, Help: help}
	}
	stream := []string{"stream"}
	return &metrics{
		connected: f.NewGaugeFunc(name("connected", "1 while there is a connection to the bus, else 0"), b.connected),
		expiry:    f.NewGaugeFunc(name("certificate_expiry_timestamp_seconds", "until when the certificate of the bus's server is valid, in seconds since 1970; 0: no TLS"), b.expiry),
		progress:  f.NewGaugeVec(name("consumer_progress_timestamp_seconds", "when the durable consumer last finished a message or found that none waits, in seconds since 1970"), []string{"consumer"}),
		dead:      f.NewCounterVec(prometheus.CounterOpts(name("dead_total", "messages of the stream that could not be understood here and went to DEAD")), stream),
		messages:  f.NewGaugeVec(name("stream_messages", "messages in the stream"), stream),
		bytes:     f.NewGaugeVec(name("stream_bytes", "size of the stream's messages on one server"), stream),
		limit:     f.NewGaugeVec(name("stream_limit_bytes", "size that the stream may have; 0: no limit"), stream),
		missing:   f.NewGaugeVec(name("stream_replicas_missing", "copies of the stream that are away or not up to date"), stream),
		answered:  f.NewGaugeVec(name("stream_answered_timestamp_seconds", "when the bus last said how the stream is, in seconds since 1970; it is asked every 10 s"), stream),
	}
}

func (m *metrics) register(reg prometheus.Registerer) {
	reg.MustRegister(m.connected, m.expiry, m.progress, m.dead, m.messages, m.bytes, m.limit, m.missing, m.answered)
}
