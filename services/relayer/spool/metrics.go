package spool

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what a spool counts; the service names them.
type Metrics struct {
	Bytes   prometheus.Gauge   // of all files
	Stored  prometheus.Counter // messages that Append acknowledged
	Drained prometheus.Counter // messages that were brought to the bus
	Errors  prometheus.Counter // writes and reads that failed
	Torn    prometheus.Counter // files with an unfinished end, which was cut
	Damaged prometheus.Counter // files that were set aside
}
