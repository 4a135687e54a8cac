package indexer

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the indexer's own figures.
type metrics struct {
	height   prometheus.Gauge   // last height in the stream
	lag      prometheus.Gauge   // heights the node has and the stream has not
	delay    prometheus.Gauge   // seconds between a block's own time and its message
	blocks   prometheus.Counter // blocks said
	parts    prometheus.Counter // event messages said
	events   prometheus.Counter // events said
	txs      prometheus.Counter // transactions said
	failures prometheus.Counter // failed attempts, by the node or the bus
}

func newMetrics(reg prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "lode_indexer_" + name, Help: help})
		reg.MustRegister(g)
		return g
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "lode_indexer_" + name, Help: help})
		reg.MustRegister(c)
		return c
	}
	return &metrics{
		height:   gauge("height_blocks", "Last height whose block is in the stream."),
		lag:      gauge("lag_blocks", "Heights that the node has and the stream has not."),
		delay:    gauge("delay_seconds", "Time from the last block's own time to its message; large while catching up."),
		blocks:   counter("blocks_total", "Blocks said."),
		parts:    counter("parts_total", "Messages of events said."),
		events:   counter("events_total", "Events said."),
		txs:      counter("txs_total", "Transactions said."),
		failures: counter("failures_total", "Failed attempts to index a height; each is retried."),
	}
}

// said records one block.
func (m *metrics) said(h height, parts int) {
	m.height.Set(float64(h.block.Height))
	m.delay.Set(time.Since(time.Unix(0, h.block.TimeUnixNano)).Seconds())
	m.blocks.Inc()
	m.parts.Add(float64(parts))
	m.events.Add(float64(len(h.events)))
	m.txs.Add(float64(len(h.txs)))
}
