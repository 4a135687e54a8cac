package submitter

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/pocket/smst"
	"github.com/lodeworks/lode/services/submitter/economics"
)

// dropping makes the chain lose the first n broadcasts that it took.
func (w *world) dropping(n int32) *atomic.Int32 {
	var left atomic.Int32
	left.Store(n)
	w.chain.mu.Lock()
	defer w.chain.mu.Unlock()
	w.chain.receive = func([]byte) bool { return left.Add(-1) < 0 }
	return &left
}

// The same bytes are handed on: that costs no second fee, and no two of them can land.
func TestLostBroadcastsAreSentAgain(t *testing.T) {
	w := newWorld(t, always)
	w.dropping(1)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, seedHeight)
	w.dropping(1)
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.EqualValues(t, 1, o.ClaimAttempts)
	require.EqualValues(t, 1, o.ProofAttempts)
	require.Len(t, w.chain.included(), 2)
}

func TestClaimWindowMissed(t *testing.T) {
	w := newWorld(t, always)
	w.dropping(100)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, proofClose-1)
	s.owes(z, claimv1.Phase_PHASE_SEALED) // until settlement it might still turn up
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_CLAIM_MISSED, o.Outcome)
	require.Contains(t, o.Reason, "height 26 after 2 broadcasts")
}

func TestReasonOfTheLastRefusalIsKept(t *testing.T) {
	w := newWorld(t, always)
	w.chain.refuse = func() (uint32, string) { return 13, "fee too low" }
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_CLAIM_MISSED, o.Outcome)
	require.Contains(t, o.Reason, "fee too low")
	require.Zero(t, o.FeeUpokt)
}

// One message that the chain refuses costs its siblings nothing.
func TestBadMessageIsHalvedOut(t *testing.T) {
	w := newWorld(t, never)
	good, bad, other := newSession(t, supplier(t, 0), "a", 3), newSession(t, supplier(t, 0), "b", 3), newSession(t, supplier(t, 0), "c", 3)
	w.chain.judge = func(_, session string) error {
		if session == bad.terms.SessionId {
			return errors.New("session is not known")
		}
		return nil
	}
	s := w.start()
	w.seal(good, bad, other)
	s.owesAll(good, bad, other)
	w.until(s, 24)
	s.owes(good, claimv1.Phase_PHASE_CLAIMED)
	s.owes(other, claimv1.Phase_PHASE_CLAIMED)
	require.Contains(t, s.owes(bad, claimv1.Phase_PHASE_SEALED).Reason, "session is not known")
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, good).Outcome)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, other).Outcome)
	s.hasReadEvents()
	w.until(s, proofClose+1)
	require.Equal(t, claimv1.Outcome_OUTCOME_CLAIM_MISSED, w.ended(s, bad).Outcome)
}

func TestFeeCapHalvesToo(t *testing.T) {
	w := newWorld(t, never)
	w.cfg.MaxFeeUpokt = 4 // two messages
	s := w.start()
	a, b, c := newSession(t, supplier(t, 0), "a", 3), newSession(t, supplier(t, 0), "b", 3), newSession(t, supplier(t, 0), "c", 3)
	w.seal(a, b, c)
	s.owesAll(a, b, c)
	w.until(s, 23)
	txs := w.chain.included()
	require.Len(t, txs, 2)
	require.Equal(t, 3, len(txs[0].tx.messages)+len(txs[1].tx.messages))
}

func TestFeeCapRefusesOneDearMessage(t *testing.T) {
	w := newWorld(t, never)
	w.cfg.MaxFeeUpokt = 1
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 3)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, 23)
	require.Contains(t, s.owes(z, claimv1.Phase_PHASE_SEALED).Reason, "max_fee_upokt")
	require.Empty(t, w.chain.included())
}

// While no node answers nothing is lost or counted out, and nothing is halved.
func TestNodeAway(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	var all []*sealed
	for _, name := range []string{"a", "b", "c", "d"} {
		all = append(all, newSession(t, supplier(t, 0), name, 3))
	}
	w.hash(all...)
	w.seal(all...)
	s.owes(all[3], claimv1.Phase_PHASE_SEALED)
	w.until(s, 21)
	w.chain.node.SetDown(true)
	w.until(s, 23)
	w.chain.node.SetDown(false)
	w.until(s, proofClose)
	for _, z := range all {
		require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	}
	require.Len(t, w.chain.included(), 2)
}

func TestBatchIsHalvedOnlyWhenJudged(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 3), newSession(t, supplier(t, 0), "b", 3)
	<-s.ready
	w.seal(a, b)
	due := []*claimv1.Obligation{s.owes(a, claimv1.Phase_PHASE_SEALED), s.owes(b, claimv1.Phase_PHASE_SEALED)}
	w.chain.node.SetDown(true)
	s.broadcast(t.Context(), round{*s.head.Load(), a.terms.Supplier, economics.Claim, claimMessage, func(o *claimv1.Obligation, _ string) { o.ClaimAttempts++ }}, due)
	for _, z := range []*sealed{a, b} {
		o := s.book.get(keyOf(z.terms))
		require.NotEmpty(t, o.Reason)
		require.EqualValues(t, 1, o.ClaimAttempts)
	}
	require.Equal(t, 1, w.chain.node.Asked("down"))
}

// A hasher that is away holds the proof back, and no longer than it is away.
func TestHasherAway(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, 26)
	s.owes(z, claimv1.Phase_PHASE_CLAIMED)
	w.hash(z)
	eventually(t, func() bool { return w.bus.NC.NumSubscriptions() > 0 }, "hasher there")
	require.NoError(t, w.bus.NC.Flush())
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
}

// A proof that never comes: the chain expires the claim, and the obligation does not outlive it.
func TestHasherAwayForGood(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_EXPIRED, o.Outcome)
	require.Equal(t, "PROOF_MISSING", o.Reason)
}

// No event at all: the obligation ends long after settlement, not before.
func TestUnseenEnding(t *testing.T) {
	w := newWorld(t, never)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, seedHeight)
	s.owes(z, claimv1.Phase_PHASE_PROOF_WAIVED)
	w.chain.mu.Lock()
	clear(w.chain.claims) // so that settlement names none
	w.chain.mu.Unlock()
	w.until(s, proofClose+unseenAfter)
	s.owes(z, claimv1.Phase_PHASE_PROOF_WAIVED)
	w.until(s, proofClose+unseenAfter+1)
	require.Equal(t, claimv1.Outcome_OUTCOME_UNSEEN, w.ended(s, z).Outcome)
}

// sizes are the numbers of messages of the transactions in blocks.
func (c *fakeChain) sizes() (list []int) {
	for _, in := range c.included() {
		list = append(list, len(in.tx.messages))
	}
	return list
}

// Batches are cut by what they weigh before they are sent: proofs weigh much more than claims.
func TestBatchesAreCutByWeight(t *testing.T) {
	w := newWorld(t, always)
	all := w.sessions(5)
	proof, err := all[0].tree.Closest(smst.Path{})
	require.NoError(t, err)
	encoded, err := proof.Encode(all[0].values[proof.Leaf.Path])
	require.NoError(t, err)
	w.cfg.MaxTxBytes = 2 * (len(encoded) + 500) // two proofs and what is around them, three claims or more
	w.cfg.BatchSize = 3
	simulated := w.chain.node.Asked("/cosmos.tx.v1beta1.Service/Simulate")
	s := w.start()
	w.seal(all...)
	s.owesAll(all...)
	w.until(s, proofClose)
	for _, z := range all {
		require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	}
	require.Equal(t, []int{3, 2, 2, 2, 1}, w.chain.sizes())
	require.Equal(t, simulated+5, w.chain.node.Asked("/cosmos.tx.v1beta1.Service/Simulate"), "none was too heavy first")
	for _, in := range w.chain.included() {
		require.LessOrEqual(t, in.tx.size(), w.cfg.MaxTxBytes)
	}
}

// size is that of the whole transaction.
func (d decoded) size() int { return d.raw.Size() }

// A message that is too heavy alone is sent alone: the node decides.
func TestOneHeavyMessageIsSent(t *testing.T) {
	w := newWorld(t, never)
	w.cfg.MaxTxBytes, w.cfg.MaxTxGas = 1, 1
	s := w.start()
	all := w.sessions(2)
	w.seal(all...)
	s.owesAll(all...)
	w.until(s, claimOpen+1)
	require.Equal(t, []int{1, 1}, w.chain.sizes())
}

func TestGasLimitHalves(t *testing.T) {
	w := newWorld(t, never)
	w.cfg.MaxTxGas = 2 * 1.7 * gasPerMessage
	s := w.start()
	all := w.sessions(5)
	w.seal(all...)
	s.owesAll(all...)
	w.until(s, claimOpen+1)
	require.ElementsMatch(t, []int{2, 1, 2}, w.chain.sizes())
}
