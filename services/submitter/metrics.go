package submitter

import (
	"math/big"
	"strconv"

	"cosmossdk.io/math"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/submitter/treasury"
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
	forfeited   *prometheus.CounterVec // by outcome
	overserved  prometheus.Gauge
	mismatches  prometheus.Counter
	lowest      prometheus.Gauge
	poor        prometheus.Gauge
	stakes      *prometheus.GaugeVec // by state
	treasury    prometheus.Gauge
	toppedUp    prometheus.Counter
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
		forfeited:   f.NewCounterVec(prometheus.CounterOpts(name("forfeited_upokt_total", "what claims were worth that ended without being paid, in upokt, by outcome")), []string{"outcome"}),
		overserved:  f.NewGauge(prometheus.GaugeOpts(name("overserviced_upokt", "what open claims are worth beyond what their applications' budgets are expected to pay, in upokt"))),
		mismatches:  f.NewCounter(prometheus.CounterOpts(name("sequence_mismatches_total", "ordered transactions made anew because their number was wrong"))),
		lowest:      f.NewGauge(prometheus.GaugeOpts(name("lowest_balance_upokt", "the least that an operator that this submitter acts for has, in upokt"))),
		poor:        f.NewGauge(prometheus.GaugeOpts(name("poor_operators", "operators that cannot pay the fees of their next windows"))),
		stakes:      f.NewGaugeVec(prometheus.GaugeOpts(name("stakes", "suppliers that this submitter acts for, by the state of their stake")), []string{"state"}),
		treasury:    f.NewGauge(prometheus.GaugeOpts(name("treasury_balance_upokt", "what the account that pays for operators has, in upokt; set where it pays from"))),
		toppedUp:    f.NewCounter(prometheus.CounterOpts(name("topped_up_upokt_total", "what operators were given, in upokt"))),
		lost:        f.NewCounter(prometheus.CounterOpts(name("lost_total", "changes of obligations not stored, and broadcasts not made, because another submitter was first"))),
	}
}

// showLosses shows the outcomes that lose money from the start: from none to one is an increase, too.
func (m *metrics) showLosses() *metrics {
	for n := range claimv1.Outcome_name {
		if o := claimv1.Outcome(n); lost(o) {
			m.outcomes.WithLabelValues(o.String())
			m.forfeited.WithLabelValues(o.String())
		}
	}
	return m
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

// observeAccounts notes what the operators have; lowest is nil when there is none.
func (m *metrics) observeAccounts(lowest *math.Int, poor int, stakes map[treasury.Stake]int) {
	if lowest != nil {
		m.lowest.Set(amount(*lowest))
	}
	m.poor.Set(float64(poor))
	for _, state := range treasury.Stakes() {
		m.stakes.WithLabelValues(string(state)).Set(float64(stakes[state]))
	}
}

// amount is upokt as a metric.
func amount(n math.Int) float64 {
	f, _ := new(big.Float).SetInt(n.BigInt()).Float64()
	return f
}
