package submitter

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

type metrics struct {
	height      prometheus.Gauge
	served      prometheus.Gauge
	obligations *prometheus.GaugeVec   // by phase
	outcomes    *prometheus.CounterVec // by outcome
	broadcasts  *prometheus.CounterVec // by result: taken, refused or unknown
	adopted     prometheus.Counter
	due         *prometheus.GaugeVec // by phase
	risk        *prometheus.GaugeVec // by phase
	left        *prometheus.GaugeVec // by phase
	missing     prometheus.Gauge
	lost        prometheus.Counter
	skipped     prometheus.Gauge
	unpaying    prometheus.Counter
	overserved  prometheus.Gauge
	mismatches  prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "lode", Subsystem: "submitter", Name: n, Help: help}
	}
	return &metrics{
		height:      f.NewGauge(prometheus.GaugeOpts(name("height", "newest block height known, in blocks"))),
		served:      f.NewGauge(prometheus.GaugeOpts(name("served_height", "height for which all obligations were last looked at, in blocks"))),
		obligations: f.NewGaugeVec(prometheus.GaugeOpts(name("obligations", "open claims and proofs that this submitter acts for, by phase")), []string{"phase"}),
		outcomes:    f.NewCounterVec(prometheus.CounterOpts(name("claims_ended_total", "claims that ended, by outcome")), []string{"outcome"}),
		broadcasts:  f.NewCounterVec(prometheus.CounterOpts(name("broadcasts_total", "messages handed to nodes, by result: taken, refused, unknown because no node answered, or again: the same bytes once more")), []string{"result"}),
		due:         f.NewGaugeVec(prometheus.GaugeOpts(name("due", "claims and proofs whose window is open and that the chain does not have, by phase")), []string{"phase"}),
		risk:        f.NewGaugeVec(prometheus.GaugeOpts(name("risk_upokt", "what claims and proofs that are due are worth, in upokt, by phase")), []string{"phase"}),
		left:        f.NewGaugeVec(prometheus.GaugeOpts(name("blocks_left", "blocks until the first window of what is due closes, by phase")), []string{"phase"}),
		missing:     f.NewGauge(prometheus.GaugeOpts(name("forecast_missing", "claims and proofs due that will not land in time, at the pace of the last blocks"))),
		adopted:     f.NewCounter(prometheus.CounterOpts(name("adopted_total", "obligations taken over from another submitter"))),
		skipped:     f.NewGauge(prometheus.GaugeOpts(name("skipped_upokt", "what claims are worth that are not made for now because of what they cost, in upokt"))),
		unpaying:    f.NewCounter(prometheus.CounterOpts(name("unprofitable_upokt_total", "what claims were worth that were never made because of what they cost, in upokt"))),
		overserved:  f.NewGauge(prometheus.GaugeOpts(name("overserviced_upokt", "what open claims are worth beyond what their applications' budgets are expected to pay, in upokt"))),
		mismatches:  f.NewCounter(prometheus.CounterOpts(name("sequence_mismatches_total", "ordered transactions made anew because their number was wrong"))),
		lost:        f.NewCounter(prometheus.CounterOpts(name("lost_total", "changes of obligations not stored, and broadcasts not made, because another submitter was first"))),
	}
}

// observe counts the open obligations of own suppliers by phase, and what of their worth is not expected to be paid.
func (m *metrics) observe(bySupplier map[string][]*claimv1.Obligation) {
	m.obligations.Reset()
	var skipped, overserved float64
	for _, list := range bySupplier {
		for _, o := range list {
			m.obligations.WithLabelValues(o.Phase.String()).Inc()
			claimed := upokt(o.ClaimedUpokt)
			switch {
			case o.Phase == claimv1.Phase_PHASE_ENDED:
			case o.Skip != nil:
				skipped += claimed
			case o.ExpectedUpokt != "":
				overserved += claimed - upokt(o.ExpectedUpokt)
			}
		}
	}
	m.skipped.Set(skipped)
	m.overserved.Set(overserved)
}

// upokt reads an amount for a comparison or a metric; what is no number counts nothing.
func upokt(text string) float64 {
	amount, _ := strconv.ParseFloat(text, 64)
	return amount
}
