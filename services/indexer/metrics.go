package indexer

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// metrics are the indexer's own figures.
type metrics struct {
	height   prometheus.Gauge   // last height in the stream
	tip      prometheus.Gauge   // height that enough nodes have
	since    prometheus.Gauge   // when the stream last got a new height, unix seconds
	delay    prometheus.Gauge   // seconds between a block's own time and its message
	blocks   prometheus.Counter // blocks said
	parts    prometheus.Counter // event messages said
	events   prometheus.Counter // events said
	txs      prometheus.Counter // transactions said
	large    prometheus.Counter // heights that were too large to hold
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
		tip:      gauge("tip_blocks", "Height that enough nodes have; above height_blocks is what the stream has not yet."),
		since:    gauge("progress_timestamp_seconds", "When the stream last got a new height."),
		delay:    gauge("delay_seconds", "Time from the last block's own time to its message; large while catching up."),
		blocks:   counter("blocks_total", "Blocks said."),
		parts:    counter("parts_total", "Messages of events said."),
		events:   counter("events_total", "Events said."),
		txs:      counter("txs_total", "Transactions said."),
		large:    counter("large_total", "Heights that were too large to be held and were said as they came."),
		failures: counter("failures_total", "Failed attempts to index a height; each is retried."),
	}
}

// said records one block.
func (m *metrics) said(block *chainv1.Block) {
	m.delay.Set(time.Since(time.Unix(0, block.TimeUnixNano)).Seconds())
	m.blocks.Inc()
	m.parts.Add(float64(block.Parts))
	m.events.Add(float64(block.EventCount))
	m.txs.Add(float64(block.TxCount))
}
