package submitter

import (
	"math"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// dear makes a proof cost more than a claim of 20 relays earns: 5,880 · 0.7 = 4,116 upokt.
func (w *world) dear() {
	fee := sdk.NewInt64Coin("upokt", 5000)
	w.chain.proof.ProofSubmissionFee = &fee
}

// newSkipped is a world at the opening of a claim window, with one claim that is skipped.
func newSkipped(t *testing.T) (*world, *running, *sealed) {
	w := newWorld(t, always)
	w.dear()
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, claimOpen)
	eventually(t, func() bool { return s.book.get(keyOf(z.terms)).Skip != nil }, "skipped")
	return w, s, z
}

// A claim that costs more than it earns is not made, is said once to be skipped, and ends when its window closes.
func TestSkippedClaim(t *testing.T) {
	w, s, z := newSkipped(t)
	o := s.book.get(keyOf(z.terms))
	require.Equal(t, "4116", o.Skip.EarnsUpokt)
	require.Equal(t, "5006", o.Skip.CostsUpokt) // fees: ⌈90,000 · 1.7 · 0.00001⌉ = 2, ⌈180,000 · 1.7 · 0.00001⌉ = 4
	require.Equal(t, "not worth its cost at height 22: expected to earn 4116 upokt and to cost 5006, claim_margin is 1", o.Reason)
	w.until(s, claimClose-1)
	require.Equal(t, claimv1.Phase_PHASE_SEALED, s.book.get(keyOf(z.terms)).Phase)
	require.EqualValues(t, 5880, testutil.ToFloat64(s.metrics.skipped))
	require.Zero(t, testutil.ToFloat64(s.metrics.missing), "nothing is due")
	require.Equal(t, 2, w.count(bus.StreamClaims, bus.ClaimChangedSubject(z.terms.Supplier, z.terms.SessionId)), "sealed, and skipped")
	w.until(s, claimClose)
	o = w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_UNPROFITABLE, o.Outcome)
	require.Contains(t, o.Reason, "expected to earn 4116 upokt and to cost 5006")
	require.EqualValues(t, 5880, testutil.ToFloat64(s.metrics.unpaying))
	require.Empty(t, w.chain.included())
}

// The decision is taken anew at every block: what pays again is claimed.
func TestSkipIsReversed(t *testing.T) {
	w, s, z := newSkipped(t)
	s.kill()
	w.chain.proof.ProofSubmissionFee = nil
	s = w.start()
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.Nil(t, o.Skip)
	require.EqualValues(t, 1, o.ClaimAttempts)
}

// What was broadcast is served to its end, whatever it has come to cost meanwhile.
func TestMadeClaimIsNotSkipped(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, claimOpen)
	eventually(t, func() bool { return s.book.get(keyOf(z.terms)).ClaimAttempts == 1 }, "broadcast")
	s.kill()
	w.dear()
	s = w.start()
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
}

// An operator's word, stored while the claim is skipped, has it made.
func TestForcedClaim(t *testing.T) {
	w, s, z := newSkipped(t)
	entry, err := s.book.bucket.Get(t.Context(), keyOf(z.terms))
	require.NoError(t, err)
	o := new(claimv1.Obligation)
	require.NoError(t, proto.Unmarshal(entry.Value(), o))
	o.Forced = true
	raw, err := proto.Marshal(o)
	require.NoError(t, err)
	_, err = s.book.bucket.Update(t.Context(), keyOf(z.terms), raw, entry.Revision())
	require.NoError(t, err)
	eventually(t, func() bool { return s.book.get(keyOf(z.terms)).Forced }, "heard")
	w.until(s, proofClose)
	o = w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.Empty(t, o.Reason)
}

// No margin, no skip; and a chain that does not say what is needed skips nothing.
func TestNothingIsSkipped(t *testing.T) {
	for name, change := range map[string]func(*world){
		"no margin":     func(w *world) { w.dear(); w.cfg.ClaimMargin = 0 },
		"no parameters": func(w *world) { w.dear(); w.chain.tokens.MintRatio = math.Inf(1) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, never)
			change(w)
			s := w.start()
			z := newSession(t, supplier(t, 0), "a", 20)
			w.seal(z)
			s.owes(z, claimv1.Phase_PHASE_SEALED)
			w.until(s, 24)
			s.owes(z, claimv1.Phase_PHASE_CLAIMED)
		})
	}
}

// The fee that is reckoned with is what transactions paid, as soon as there are some.
func TestObservedFees(t *testing.T) {
	w := newWorld(t, always)
	w.cfg.GasPrice = "0.001"
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 20), newSession(t, supplier(t, 0), "b", 20)
	w.hash(a, b)
	require.EqualValues(t, 153, s.fee(0))
	require.EqualValues(t, 306, s.fee(1))
	w.seal(a, b)
	s.owesAll(a, b)
	w.until(s, proofClose)
	w.ended(s, a)
	w.ended(s, b)
	require.EqualValues(t, 170, s.fee(0)) // 100,000 · 1.7 · 0.001, as the chain of these tests wants
	require.EqualValues(t, 170, s.fee(1))
}

// What the application's budget pays is estimated twice: with a claim of each of four suppliers while the window is
// open, and with the claims that there are when it is closed.
func TestExpectedOfBudget(t *testing.T) {
	w := newWorld(t, never)
	w.chain.stake = 16_000
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 20), newSession(t, supplier(t, 1), "a", 5)
	w.seal(a, b)
	s.owesAll(a, b)
	require.Equal(t, "4000", s.book.get(keyOf(a.terms)).ExpectedUpokt) // one session is pending at a time
	require.Equal(t, "1470", s.book.get(keyOf(b.terms)).ExpectedUpokt)
	w.until(s, claimOpen)
	require.EqualValues(t, 1880, testutil.ToFloat64(s.metrics.overserved))
	w.until(s, seedHeight)
	s.owes(a, claimv1.Phase_PHASE_PROOF_WAIVED)
	w.until(s, proofClose)
	require.Equal(t, "5880", w.ended(s, a).ExpectedUpokt, "two claims share what four would not have")
	require.Equal(t, "1470", w.ended(s, b).ExpectedUpokt)
}
