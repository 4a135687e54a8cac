package exposure

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what a meter counts; amounts are upokt.
type Metrics struct {
	Sessions   prometheus.Gauge       // accounts open
	Unused     prometheus.Gauge       // granted and not spent, as of the last sweep
	Granted    prometheus.Counter     // by the bucket
	Returned   prometheus.Counter     // to the bucket
	Spent      prometheus.Counter     // reserved for relays
	GivenBack  prometheus.Counter     // of it, for relays that nobody will pay
	Ungranted  *prometheus.CounterVec // of it, without a grant, by reason: bus, overservice
	Away       prometheus.Gauge       // 1 while the bucket does not answer
	Failures   prometheus.Counter     // exchanges with the bucket that failed
	Conflicts  prometheus.Counter     // writes that another relayer was faster with
	Unreadable prometheus.Counter     // entries that cannot be decoded
}

// The reasons of Metrics.Ungranted.
const (
	reasonBus         = "bus"
	reasonOverservice = "overservice"
)
