package analytics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lodeworks/lode/services/kit/bus"
)

// metrics are the service's own figures; those in vectors have the durable consumer's name as their label.
type metrics struct {
	messages *prometheus.CounterVec   // acknowledged after their rows were stored
	rows     *prometheus.CounterVec   // stored, repeats included
	poison   *prometheus.CounterVec   // messages sent to DEAD
	failures *prometheus.CounterVec   // inserts that failed and are tried again
	seconds  *prometheus.HistogramVec // from a batch's delivery to ClickHouse's acknowledgement
	sequence *prometheus.GaugeVec     // last stored sequence of the stream
	pending  *prometheus.GaugeVec     // messages behind it
	lag      *prometheus.GaugeVec     // seconds from the stream's storing the last message to ours
	snapshot prometheus.Gauge         // height of the last stored state of the chain
	rollup   prometheus.Histogram     // seconds of summing one session end height
}

func newMetrics(reg prometheus.Registerer) *metrics {
	label := []string{"consumer"}
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lode_analytics_" + name, Help: help}, label)
		reg.MustRegister(c)
		return c
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lode_analytics_" + name, Help: help}, label)
		reg.MustRegister(g)
		return g
	}
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lode_analytics_insert_seconds", Help: "Time from a batch's delivery to ClickHouse's acknowledgement of its rows.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 15),
	}, label)
	reg.MustRegister(seconds)
	snapshot := prometheus.NewGauge(prometheus.GaugeOpts{Name: "lode_analytics_snapshot_height", Help: "Height of the chain's state that was stored last."})
	rollup := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "lode_analytics_rollup_seconds", Help: "Time to sum the relays of one session end height by minute and hour.",
		Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
	})
	reg.MustRegister(snapshot, rollup)
	return &metrics{
		snapshot: snapshot, rollup: rollup,
		messages: counter("messages_total", "Messages whose rows are stored."),
		rows:     counter("rows_total", "Rows stored, repeats included."),
		poison:   counter("poison_total", "Messages that were not understood and went to DEAD."),
		failures: counter("insert_failures_total", "Inserts that failed; each is tried again."),
		seconds:  seconds,
		sequence: gauge("stored_sequence", "Stream sequence of the last stored message."),
		pending:  gauge("pending_messages", "Messages behind the last stored one."),
		lag:      gauge("lag_seconds", "Age of the last stored message in its stream when its rows were stored."),
	}
}

// stored records a batch.
func (m *metrics) stored(consumer string, messages, rows int, last bus.Msg, took time.Duration) {
	m.messages.WithLabelValues(consumer).Add(float64(messages))
	m.rows.WithLabelValues(consumer).Add(float64(rows))
	m.seconds.WithLabelValues(consumer).Observe(took.Seconds())
	m.sequence.WithLabelValues(consumer).Set(float64(last.Sequence))
	m.pending.WithLabelValues(consumer).Set(float64(last.Pending))
	m.lag.WithLabelValues(consumer).Set(time.Since(last.Stored).Seconds())
}
