package relayer

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/lodeworks/lode/services/relayer/exposure"
	"github.com/lodeworks/lode/services/relayer/relaylog"
	"github.com/lodeworks/lode/services/relayer/spool"
)

// metrics are bounded in their labels: service and cause, never session.
type metrics struct {
	height           prometheus.Gauge
	servicesDown     prometheus.GaugeFunc
	certificate      prometheus.GaugeFunc
	served           *prometheus.CounterVec   // by service
	unpaid           *prometheus.CounterVec   // by service: answered with a backend error, not logged
	unmined          *prometheus.CounterVec   // by cause: answered before it was verified, and not paid
	truncated        *prometheus.CounterVec   // by service and cause
	refused          *prometheus.CounterVec   // by cause
	simulated        *prometheus.CounterVec   // by service
	backend          *prometheus.HistogramVec // by service
	verify           prometheus.Histogram
	publish          prometheus.Histogram
	publishErrors    prometheus.Counter
	groups           prometheus.Histogram
	queued           prometheus.Gauge
	spooled          prometheus.Counter
	busAway          prometheus.Gauge
	unlogged         prometheus.Counter
	spoolBytes       prometheus.Gauge
	spoolLimit       prometheus.Gauge
	spoolStored      prometheus.Counter
	spoolDrained     prometheus.Counter
	spoolErrors      prometheus.Counter
	spoolTorn        prometheus.Counter
	spoolDamaged     prometheus.Counter
	meterSessions    prometheus.Gauge
	meterUnused      prometheus.Gauge
	meterGranted     prometheus.Counter
	meterReturned    prometheus.Counter
	meterSpent       prometheus.Counter
	meterGivenBack   prometheus.Counter
	meterUngranted   *prometheus.CounterVec // by reason
	meterAway        prometheus.Gauge
	meterFailures    prometheus.Counter
	meterConflicts   prometheus.Counter
	meterUnreadable  prometheus.Counter
	websockets       prometheus.Gauge
	websocketEnds    *prometheus.CounterVec   // by cause
	websocketDropped *prometheus.CounterVec   // by service
	tokens           *prometheus.CounterVec   // by service and kind
	usageMissing     *prometheus.CounterVec   // by service
	firstToken       *prometheus.HistogramVec // by service
	tokenRate        *prometheus.HistogramVec // by service
}

// newMetrics makes them; down counts services whose backends take no calls, expiry is when the certificate ends.
func newMetrics(reg prometheus.Registerer, down, expiry func() float64) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "lode", Subsystem: "relayer", Name: n, Help: help}
	}
	hist := func(n, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: "lode", Subsystem: "relayer", Name: n, Help: help, Buckets: buckets}
	}
	fast := prometheus.ExponentialBuckets(0.0001, 2, 16)
	return &metrics{
		height:           f.NewGauge(prometheus.GaugeOpts(name("height", "newest block height known, in blocks"))),
		servicesDown:     f.NewGaugeFunc(prometheus.GaugeOpts(name("services_down", "services of which no backend for the default RPC type takes calls")), down),
		certificate:      f.NewGaugeFunc(prometheus.GaugeOpts(name("certificate_expiry_timestamp_seconds", "until when the relay endpoint's certificate is valid, in seconds since 1970; 0: no TLS")), expiry),
		served:           f.NewCounterVec(prometheus.CounterOpts(name("relays_served_total", "relays answered and in the log")), []string{"service"}),
		unpaid:           f.NewCounterVec(prometheus.CounterOpts(name("relays_unpaid_total", "relays answered with a backend status of 500 or above: signed, not in the log")), []string{"service"}),
		unmined:          f.NewCounterVec(prometheus.CounterOpts(name("relays_unmined_total", "relays of optimistic services that were answered and then failed verification, by cause: served for nothing")), []string{"cause"}),
		simulated:        f.NewCounterVec(prometheus.CounterOpts(name("relays_simulated_total", "simulated relays answered: never logged, never paid")), []string{"service"}),
		truncated:        f.NewCounterVec(prometheus.CounterOpts(name("streams_truncated_total", "streams that ended early, by cause; what was delivered is in the log and paid")), []string{"service", "cause"}),
		refused:          f.NewCounterVec(prometheus.CounterOpts(name("relays_refused_total", "relays not served, by cause")), []string{"cause"}),
		backend:          f.NewHistogramVec(hist("backend_seconds", "time the backend took", prometheus.ExponentialBuckets(0.001, 2, 16)), []string{"service"}),
		verify:           f.NewHistogram(hist("verify_seconds", "time the checks against chain and signature took", fast)),
		publish:          f.NewHistogram(hist("log_publish_seconds", "time until a group of relays was in the log, or in the spool", fast)),
		publishErrors:    f.NewCounter(prometheus.CounterOpts(name("log_publish_errors_total", "attempts to store a group that failed; each is tried again"))),
		groups:           f.NewHistogram(hist("log_group_relays", "relays in one stored group", prometheus.ExponentialBuckets(1, 2, 9))),
		queued:           f.NewGauge(prometheus.GaugeOpts(name("log_queued_relays", "relays that wait for the log"))),
		spooled:          f.NewCounter(prometheus.CounterOpts(name("log_spooled_relays_total", "relays that went to the spool because the bus did not take them in time"))),
		busAway:          f.NewGauge(prometheus.GaugeOpts(name("log_bus_away", "1 while the bus does not take relays and they go to the spool, else 0"))),
		unlogged:         f.NewCounter(prometheus.CounterOpts(name("log_lost_relays_total", "relays given up, neither in the log nor in the spool, because the process ended"))),
		spoolBytes:       f.NewGauge(prometheus.GaugeOpts(name("spool_bytes", "size of the spool's files"))),
		spoolLimit:       f.NewGauge(prometheus.GaugeOpts(name("spool_limit_bytes", "size that the spool's files may have; from seven eighths on new relays are refused; 0: no spool"))),
		spoolStored:      f.NewCounter(prometheus.CounterOpts(name("spool_stored_total", "groups of relays put into the spool"))),
		spoolDrained:     f.NewCounter(prometheus.CounterOpts(name("spool_drained_total", "groups of relays brought from the spool to the bus, those of a former process too"))),
		spoolErrors:      f.NewCounter(prometheus.CounterOpts(name("spool_errors_total", "writes, syncs and reads of the spool that failed"))),
		spoolTorn:        f.NewCounter(prometheus.CounterOpts(name("spool_torn_total", "files of the spool with an unfinished end, which was cut: it was never acknowledged"))),
		spoolDamaged:     f.NewCounter(prometheus.CounterOpts(name("spool_damaged_total", "files of the spool that cannot be read to their end, set aside as *.damaged"))),
		meterSessions:    f.NewGauge(prometheus.GaugeOpts(name("meter_sessions", "budgets in use: pairs of supplier and session"))),
		meterUnused:      f.NewGauge(prometheus.GaugeOpts(name("meter_unused_upokt", "of budgets, what this relayer holds and has not spent"))),
		meterGranted:     f.NewCounter(prometheus.CounterOpts(name("meter_granted_upokt_total", "of budgets, what this relayer got from the bucket"))),
		meterReturned:    f.NewCounter(prometheus.CounterOpts(name("meter_returned_upokt_total", "of budgets, what it gave back there without using it"))),
		meterSpent:       f.NewCounter(prometheus.CounterOpts(name("meter_spent_upokt_total", "of budgets, what was reserved for relays"))),
		meterGivenBack:   f.NewCounter(prometheus.CounterOpts(name("meter_given_back_upokt_total", "of what was reserved, that of relays which nobody will pay"))),
		meterUngranted:   f.NewCounterVec(prometheus.CounterOpts(name("meter_ungranted_upokt_total", "of what was reserved, what no grant covered, by reason: bus (it did not answer, on_bus_failure is open), overservice (beyond the budget)")), []string{"reason"}),
		meterAway:        f.NewGauge(prometheus.GaugeOpts(name("meter_bus_away", "1 while the bucket of budgets does not answer, else 0"))),
		meterFailures:    f.NewCounter(prometheus.CounterOpts(name("meter_bus_errors_total", "exchanges with the bucket of budgets that failed; each is tried again"))),
		meterConflicts:   f.NewCounter(prometheus.CounterOpts(name("meter_conflicts_total", "writes to the bucket of budgets that came second and were made again"))),
		meterUnreadable:  f.NewCounter(prometheus.CounterOpts(name("meter_unreadable_total", "entries of the bucket of budgets that could not be decoded and were written anew"))),
		websockets:       f.NewGauge(prometheus.GaugeOpts(name("websockets", "WebSockets of gateways that are open"))),
		websocketEnds:    f.NewCounterVec(prometheus.CounterOpts(name("websockets_closed_total", "WebSockets closed, by cause: session_over, shutdown, no_request, gateway_… and backend_… for what happened to a side, or why a request was refused")), []string{"cause"}),
		websocketDropped: f.NewCounterVec(prometheus.CounterOpts(name("websocket_frames_dropped_total", "frames of backends that cannot be signed, for they are empty: not sent, not paid")), []string{"service"}),
		tokens:           f.NewCounterVec(prometheus.CounterOpts(name("tokens_total", "tokens of relays in the log, as model servers say it (gen_ai.client.token.usage), by kind: input, input_cached (part of input), output, output_reasoning (part of output)")), []string{"service", "kind"}),
		usageMissing:     f.NewCounterVec(prometheus.CounterOpts(name("usage_missing_total", "relays in the log that name a model and whose usage cannot be read: their tokens are unknown")), []string{"service"}),
		firstToken:       f.NewHistogramVec(hist("time_to_first_token_seconds", "from the request's leaving to the first content of a streamed answer (gen_ai.server.time_to_first_token)", prometheus.ExponentialBuckets(0.001, 2, 16)), []string{"service"}),
		tokenRate:        f.NewHistogramVec(hist("output_tokens_per_second", "tokens of an answer by the time that the backend took for all of it", prometheus.ExponentialBuckets(1, 2, 12)), []string{"service"}),
	}
}

// ofLog are the relay log's.
func (m *metrics) ofLog() relaylog.Metrics {
	return relaylog.Metrics{
		Queued: m.queued, Groups: m.groups, Store: m.publish, PublishErrors: m.publishErrors,
		Spooled: m.spooled, Away: m.busAway, Lost: m.unlogged,
	}
}

// ofMeter are the budgets'.
func (m *metrics) ofMeter() exposure.Metrics {
	return exposure.Metrics{
		Sessions: m.meterSessions, Unused: m.meterUnused, Granted: m.meterGranted, Returned: m.meterReturned,
		Spent: m.meterSpent, GivenBack: m.meterGivenBack, Ungranted: m.meterUngranted,
		Away: m.meterAway, Failures: m.meterFailures, Conflicts: m.meterConflicts, Unreadable: m.meterUnreadable,
	}
}

// ofSpool are the spool's.
func (m *metrics) ofSpool() spool.Metrics {
	return spool.Metrics{
		Bytes: m.spoolBytes, Stored: m.spoolStored, Drained: m.spoolDrained,
		Errors: m.spoolErrors, Torn: m.spoolTorn, Damaged: m.spoolDamaged,
	}
}
