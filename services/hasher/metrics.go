package hasher

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/lodeworks/lode/services/hasher/fold"
)

type metrics struct {
	// What workers know, asked when it is read.
	partitions, leaves, owed, lag, lagRelays, lagSeconds prometheus.GaugeFunc

	height    prometheus.Gauge
	folded    prometheus.Counter
	committed prometheus.Counter
	relays    *prometheus.CounterVec // by outcome
	sealed    prometheus.Counter
	proofs    prometheus.Counter
	poison    prometheus.Counter
	handovers *prometheus.CounterVec // by kind
	unstored  prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, h *Hasher) *metrics {
	f := promauto.With(reg)
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "lode", Subsystem: "hasher", Name: n, Help: help}
	}
	return &metrics{
		partitions: f.NewGaugeFunc(prometheus.GaugeOpts(name("partitions", "partitions of the relay log that are folded here")),
			func() float64 { return float64(len(h.workers.loaded())) }),
		leaves: f.NewGaugeFunc(prometheus.GaugeOpts(name("leaves", "leaves in memory")), func() float64 { return float64(h.workers.leaves()) }),
		owed: f.NewGaugeFunc(prometheus.GaugeOpts(name("seals_due", "session end heights whose claim window is open and whose sessions are not sealed, and sealed sessions not said yet")),
			func() float64 { return float64(h.workers.owed()) }),
		lag: f.NewGaugeFunc(prometheus.GaugeOpts(name("lag_messages", "log messages of this hasher's partitions not folded yet, as known when the last one was handed on")),
			func() float64 { return float64(h.reader.behind.Load()) }),
		lagRelays: f.NewGaugeFunc(prometheus.GaugeOpts(name("lag_relays", "relays in these messages, if they hold as many as those folded so far on average")), h.behindRelays),
		lagSeconds: f.NewGaugeFunc(prometheus.GaugeOpts(name("lag_seconds", "time since the last log message before those that wait was logged; 0: none waits")),
			func() float64 { return h.reader.lag(time.Now()).Seconds() }),
		height:    f.NewGauge(prometheus.GaugeOpts(name("height", "newest block height known, in blocks"))),
		folded:    f.NewCounter(prometheus.CounterOpts(name("relays_folded_total", "relays of the log that were folded, replays included"))),
		committed: f.NewCounter(prometheus.CounterOpts(name("relays_committed_total", "relays whose fold is stored: no restart folds them again"))),
		relays:    f.NewCounterVec(prometheus.CounterOpts(name("relays_total", "relays folded, by outcome: mined, filtered by difficulty, duplicate, late for the seal, gone with an ended session")), []string{"outcome"}),
		sealed:    f.NewCounter(prometheus.CounterOpts(name("sessions_sealed_total", "session trees sealed by this process"))),
		proofs:    f.NewCounter(prometheus.CounterOpts(name("proofs_total", "closest proofs given out"))),
		poison:    f.NewCounter(prometheus.CounterOpts(name("poison_total", "log messages that could not be understood; they are in DEAD"))),
		handovers: f.NewCounterVec(prometheus.CounterOpts(name("handovers_total", "partitions that changed hands, by kind: taken, given, lost to another hasher")), []string{"kind"}),
		unstored:  f.NewCounter(prometheus.CounterOpts(name("unstored_total", "times that a fold could not be stored"))),
	}
}

// count notes what became of the relays of one message.
func (m *metrics) count(before, now fold.Totals) {
	m.folded.Add(float64(now.Relays - before.Relays))
	for outcome, n := range map[string]uint64{
		"mined": now.Mined - before.Mined, "filtered": now.Filtered - before.Filtered, "duplicate": now.Duplicate - before.Duplicate,
		"late": now.Late - before.Late, "gone": now.Gone - before.Gone,
	} {
		if n > 0 {
			m.relays.WithLabelValues(outcome).Add(float64(n))
		}
	}
}

// behindRelays is how many relays wait, by the mean of the messages folded so far.
func (h *Hasher) behindRelays() float64 {
	messages := h.messages.Load()
	if messages == 0 {
		return 0
	}
	return float64(h.reader.behind.Load()) * float64(h.relays.Load()) / float64(messages)
}
