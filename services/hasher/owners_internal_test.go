package hasher

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// Hashers that come, leave, and are killed share the partitions out again, and every session is sealed right.
func TestHashersShareThePartitions(t *testing.T) {
	w := newWorld(t)
	w.cfg.Partitions = 8
	a := w.start()
	a.owns(8)
	b := w.start()
	a.owns(4)
	b.owns(4)
	logs := map[string][]entry{}
	send := func(round int) {
		for s := range 12 {
			terms := termsOf("s1", fmt.Sprint("x", s))
			log := some(100*round+s, 7)
			w.serve(log, terms)
			logs[terms.SessionId] = append(logs[terms.SessionId], log...)
		}
	}
	send(0)
	c := w.start()
	for i, h := range []*running{a, b, c} {
		eventually(t, func() bool { n := len(h.workers.loaded()); return n == 2 || n == 3 }, fmt.Sprint("hasher ", i, " has its share"))
	}
	send(1)
	b.kill()
	send(2)
	for _, h := range []*running{a, c} {
		h.owns(4)
	}
	a.leave()
	c.owns(8)
	send(3)
	w.block(22)
	for session, log := range logs {
		w.requireFact(termsOf("s1", session), log)
	}
}

// A hasher that was paused while another took its partitions stores and says nothing when it goes on, though it has
// something to store on its way.
func TestPausedHasherIsFenced(t *testing.T) {
	w := newWorld(t)
	w.cfg.Partitions = 1
	terms := termsOf("s1", "aa")
	gate := bustest.NewGate(t, w.url)
	direct := w.url
	w.cfg.Bus.URL, w.cfg.CheckpointEvery = gate.URL, time.Second
	a := w.start()
	a.owns(1)
	w.serve(some(0, 10), terms)
	eventually(t, func() bool { return a.workers.leaves() > 0 }, "folded, not stored")
	gate.Close()
	w.cfg.Bus.URL = direct
	b := w.start()
	b.owns(1)
	w.serve(some(10, 10), terms)
	time.Sleep(w.cfg.CheckpointEvery) // it wants to store: nobody can see that from outside
	gate.Open()
	eventually(t, func() bool { return a.count("lost") == 1 }, "it has lost the partition")
	w.serve(some(20, 10), terms)
	w.block(22)
	w.requireFact(terms, some(0, 30))
	var owners []string
	_, err := w.bus.Replay(t.Context(), bus.StreamFolds, []string{bus.FoldCommittedFilter}, func(m bus.Msg) error {
		owners = append(owners, m.Header.Get(headerOwner))
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, a.self, owners[0])
	require.NotContains(t, owners[1:], a.self)
}

// Correctness does not rest on ownership: two hashers that each think that everything is theirs, and take it from each
// other all the time, come to the same facts as one, each said once.
func TestTwoOwnEverythingAtOnce(t *testing.T) {
	w := newWorld(t)
	w.cfg.LeaseTTL = 60 * time.Millisecond
	w.next = func(h *Hasher) {
		last := time.Now()
		h.plan = func(_ string, alive []string, holders []holder, mine map[uint32]bool) (take, give []uint32) {
			if len(alive) == 0 || time.Since(last) < 300*time.Millisecond { // else nobody gets as far as storing anything
				return nil, nil
			}
			last = time.Now()
			for p := range holders {
				if !mine[uint32(p)] {
					take = append(take, uint32(p))
				}
			}
			return take, nil
		}
	}
	hashers := []*running{w.start(), w.start(), w.start()}
	logs := map[string][]entry{}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		terms := termsOf("s1", fmt.Sprint("x", rng.IntN(10)))
		log := some(i, rng.IntN(5)+1)
		w.serve(log, terms)
		logs[terms.SessionId] = append(logs[terms.SessionId], log...)
	}
	w.block(22)
	for session, log := range logs {
		fact := w.requireFact(termsOf("s1", session), log)
		w.requireProofs(termsOf("s1", session), fact.Root)
	}
	require.Equal(t, len(logs), w.messages(bus.StreamSessions, bus.SessionSealedFilter))
	lost := 0
	for _, h := range hashers {
		lost += h.count("lost")
	}
	require.Greater(t, lost, 3, "they did take from each other")
}

// A fold log that takes nothing costs a restart more time, and nothing else.
func TestFoldLogIsFull(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	h.owns(4)
	s, err := w.bus.JS.Stream(t.Context(), bus.StreamFolds)
	require.NoError(t, err)
	cfg := s.CachedInfo().Config
	cfg.MaxBytes = 1 // the disk is full
	_, err = w.bus.JS.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	w.serve(some(0, 10), terms)
	eventually(t, func() bool { return h.workers.leaves() > 0 }, "folded all the same")
	w.block(22)
	w.requireFact(terms, some(0, 10))
	require.Positive(t, testutil.ToFloat64(h.metrics.unstored))
	cfg.MaxBytes = -1
	_, err = w.bus.JS.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	other := termsOf("s1", "cc")
	w.serve(some(0, 10), other)
	w.folded(other, 10)
	w.requireFact(other, some(0, 10)) // late, but alone
}

// count is how many partitions changed hands in a way.
func (r *running) count(kind string) int {
	return int(testutil.ToFloat64(r.metrics.handovers.WithLabelValues(kind)))
}
