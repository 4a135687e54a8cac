package submitter

import (
	"fmt"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// always and never are how often the chain wants a proof.
const (
	always = 1.0
	never  = 0.0
)

func TestClaimProofSettlement(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	require.Equal(t, "5880", s.owes(z, claimv1.Phase_PHASE_SEALED).ClaimedUpokt) // 20 relays · 7 units · 42 upokt
	w.until(s, 23)
	require.Empty(t, w.chain.included()[1:])
	w.until(s, 24)
	s.owes(z, claimv1.Phase_PHASE_CLAIMED)
	w.until(s, seedHeight)
	s.owes(z, claimv1.Phase_PHASE_PROOF_DUE)
	w.until(s, 28)
	s.owes(z, claimv1.Phase_PHASE_PROVEN)
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.Equal(t, "1234", o.SettledUpokt)
	require.Equal(t, "5880", o.ClaimedUpokt)
	require.Equal(t, "PROBABILISTIC", o.ProofRequirement)
	require.EqualValues(t, 1, o.ClaimAttempts)
	require.EqualValues(t, 1, o.ProofAttempts)
	require.EqualValues(t, 4, o.FeeUpokt) // two of ⌈100,000 · 1.7 · 0.00001⌉
	require.Equal(t, []claimv1.Phase{
		claimv1.Phase_PHASE_SEALED, claimv1.Phase_PHASE_CLAIMED, claimv1.Phase_PHASE_PROOF_DUE, claimv1.Phase_PHASE_PROVEN,
	}, w.phases(z))
	w.requireTransactions(z)
}

// requireTransactions checks what went on chain for a session, in the official types; the chain checked signature,
// timeouts and order.
func (w *world) requireTransactions(z *sealed) {
	w.t.Helper()
	txs := w.chain.included()
	require.Len(w.t, txs, 2)
	create, submit := txs[0].tx, txs[1].tx
	require.EqualValues(w.t, claimClose, create.body.TimeoutHeight)
	require.EqualValues(w.t, proofClose, submit.body.TimeoutHeight)
	require.True(w.t, proto.Equal(&prooftypes.MsgCreateClaim{
		SupplierOperatorAddress: z.terms.Supplier, SessionHeader: headerOf(z.terms), RootHash: z.fact.Root,
	}, create.messages[0].create))
	require.True(w.t, proto.Equal(headerOf(z.terms), submit.messages[0].header))
	require.EqualValues(w.t, 170_000, create.auth.Fee.GasLimit)
	require.Equal(w.t, "2upokt", create.auth.Fee.Amount.String())
}

func TestProofWaived(t *testing.T) {
	w := newWorld(t, never)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, seedHeight)
	s.owes(z, claimv1.Phase_PHASE_PROOF_WAIVED)
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.Equal(t, "NOT_REQUIRED", o.ProofRequirement)
	require.Zero(t, o.ProofAttempts)
	require.Len(t, w.chain.included(), 1)
}

func TestEmptySessionEndsAtOnce(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 0)
	w.seal(z)
	require.Equal(t, claimv1.Outcome_OUTCOME_EMPTY, w.ended(s, z).Outcome)
}

func TestChainsOwnEndings(t *testing.T) {
	z := newSession(t, supplier(t, 0), "a", 20)
	for name, c := range map[string]struct {
		event proto.Message
		want  claimv1.Outcome
		why   string
	}{
		"expired": {&tokenomicstypes.EventClaimExpired{
			SupplierOperatorAddress: z.terms.Supplier, ApplicationAddress: z.terms.Application, ServiceId: "svc", SessionEndBlockHeight: endHeight,
			ExpirationReason: tokenomicstypes.ClaimExpirationReason_PROOF_INVALID,
		}, claimv1.Outcome_OUTCOME_EXPIRED, "PROOF_INVALID"},
		"discarded": {&tokenomicstypes.EventClaimDiscarded{
			SupplierOperatorAddress: z.terms.Supplier, ApplicationAddress: z.terms.Application, ServiceId: "svc", SessionEndBlockHeight: endHeight,
			Error: "supplier is gone",
		}, claimv1.Outcome_OUTCOME_DISCARDED, "supplier is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, never)
			s := w.start()
			w.seal(z)
			s.owes(z, claimv1.Phase_PHASE_SEALED)
			w.until(s, 27)
			w.events(27, c.event)
			o := w.ended(s, z)
			require.Equal(t, c.want, o.Outcome)
			require.Contains(t, o.Reason, c.why)
			require.Empty(t, o.SettledUpokt)
		})
	}
}

// The proof of a claim that was lost is said with its end.
func TestProofOfLostClaimIsKept(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, seedHeight)
	s.owes(z, claimv1.Phase_PHASE_PROOF_DUE)
	w.dropping(1 << 20)
	w.until(s, proofClose)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_EXPIRED, o.Outcome)
	proof, err := smst.DecodeProof(o.Proof)
	require.NoError(t, err)
	require.NoError(t, proof.Verify(smst.Digest(o.Root)))
	require.NotEmpty(t, o.Attempts[len(o.Attempts)-1].Answers, "what nodes said to it, too")
}

// An event may be heard before the session it ends: the ending is kept for it.
func TestEndingBeforeItsObligation(t *testing.T) {
	w := newWorld(t, never)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.events(20, &tokenomicstypes.EventClaimSettled{
		SupplierOperatorAddress: z.terms.Supplier, ApplicationAddress: z.terms.Application, ServiceId: "svc",
		SessionEndBlockHeight: endHeight, SettledUpokt: "5upokt",
	})
	eventually(t, func() bool { _, ok, err := s.endings.get(t.Context(), naturalKeyOf(z.terms)); return ok && err == nil }, "ending kept")
	w.seal(z)
	o := w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.Equal(t, "5", o.SettledUpokt)
	eventually(t, func() bool { _, ok, err := s.endings.get(t.Context(), naturalKeyOf(z.terms)); return !ok && err == nil }, "ending not kept longer")
}

// A sealed fact that is delivered again makes no second obligation, neither while the first is open nor after.
func TestSealedFactAgain(t *testing.T) {
	w := newWorld(t, never)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	foreign := newSession(t, "pokt1somebodyelse", "c", 20)
	w.seal(z, z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, proofClose)
	w.ended(s, z)
	w.seal(z, foreign)
	w.factsHeard()
	require.Nil(t, s.book.get(keyOf(z.terms)))
	require.Nil(t, s.book.get(keyOf(foreign.terms)))
	require.Equal(t, 1, w.count(bus.StreamClaims, bus.ClaimEndedFilter))
}

// One supplier's claims go in one transaction, another supplier's in another.
func TestBatchesBySupplier(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 3), newSession(t, supplier(t, 0), "b", 4)
	c := newSession(t, supplier(t, 1), "c", 5)
	w.hash(a, b, c)
	w.seal(a, b, c)
	s.owesAll(a, b, c)
	w.until(s, proofClose)
	for _, z := range []*sealed{a, b, c} {
		require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	}
	sizes := map[string][]int{}
	for _, in := range w.chain.included() {
		sizes[in.tx.messages[0].supplier] = append(sizes[in.tx.messages[0].supplier], len(in.tx.messages))
	}
	require.Equal(t, map[string][]int{supplier(t, 0): {2, 2}, supplier(t, 1): {1, 1}}, sizes)
}

// Many claims with one session end are asked for together, whosesoever: a block costs some pages, however many
// suppliers there are.
func TestClaimsAreAskedForTogether(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	var all []*sealed
	for i := range together {
		all = append(all, newSession(t, supplier(t, i%len(testKeys)), fmt.Sprint("app", i), 3))
	}
	w.hash(all...)
	w.seal(all...)
	s.owesAll(all...)
	w.until(s, proofClose)
	for _, z := range all {
		require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	}
	require.Less(t, w.chain.node.Asked("/pocket.proof.Query/Claim"), together, "when few were left")
	require.Less(t, w.chain.node.Asked("/pocket.proof.Query/AllClaims"), 3*together, "pages of twenty, a few times a block")
	require.Equal(t, len(testKeys), w.chain.node.Asked("/cosmos.auth.v1beta1.Query/Account"))
	require.LessOrEqual(t, w.chain.node.Asked("/pocket.proof.Query/Params"), 6)
	require.LessOrEqual(t, w.chain.node.Asked("/pocket.tokenomics.Query/Params"), 6)
	require.LessOrEqual(t, w.chain.node.Asked("/pocket.session.Query/GetSession"), 2*len(all))
}

// The parameters by which the chain wants proofs change in the window: what is sent then is what it wants then.
func TestProofRequirementChangesInTheWindow(t *testing.T) {
	for name, c := range map[string]struct {
		before, after float64
		phases        []claimv1.Phase
		proofs        int
	}{
		"wanted after all": {never, always, []claimv1.Phase{claimv1.Phase_PHASE_PROOF_WAIVED, claimv1.Phase_PHASE_PROOF_DUE, claimv1.Phase_PHASE_PROVEN}, 1},
		"not any more":     {always, never, []claimv1.Phase{claimv1.Phase_PHASE_PROOF_DUE, claimv1.Phase_PHASE_PROOF_WAIVED}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.before)
			s := w.start()
			z := newSession(t, supplier(t, 0), "a", 20)
			w.hash(z)
			w.seal(z)
			s.owes(z, claimv1.Phase_PHASE_SEALED)
			w.until(s, seedHeight)
			s.owes(z, c.phases[0])
			w.chain.wantProofs(c.after)
			w.until(s, proofClose)
			require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
			require.Equal(t, append([]claimv1.Phase{claimv1.Phase_PHASE_SEALED, claimv1.Phase_PHASE_CLAIMED}, c.phases...), w.phases(z))
			require.Len(t, w.chain.included(), 1+c.proofs)
		})
	}
}
