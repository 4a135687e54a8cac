package claims_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/tools/claims"
)

var session = strings.Repeat("ab", 32)

func terms(supplier string) *relayv1.Terms {
	return &relayv1.Terms{
		Supplier: supplier, Application: "pokt1app", Service: "svc", SessionId: session, StartHeight: 1, EndHeight: 10,
		GraceEndHeight: 11, ClaimOpenHeight: 12, ClaimCloseHeight: 16, ComputeUnitsPerRelay: 100,
	}
}

func obligation(supplier string, change func(*claimv1.Obligation)) *claimv1.Obligation {
	o := &claimv1.Obligation{
		Terms: terms(supplier), Mined: 2, ClaimedUpokt: "8400", Phase: claimv1.Phase_PHASE_SEALED,
		ClaimCloseHeight: 16, ProofOpenHeight: 16, ProofCloseHeight: 20,
	}
	change(o)
	return o
}

// One claim that was missed, of which nothing is stored any more, and one that is still owed.
func TestStoriesAndDossier(t *testing.T) {
	b := bustest.Start(t, "topology")
	say := func(subject string, body proto.Message) {
		_, _, err := b.Publish(t.Context(), bus.Message{Subject: subject, Body: body})
		require.NoError(t, err)
	}
	say(bus.ClaimChangedSubject("pokt1lost", session), &claimv1.Changed{Height: 12, Obligation: obligation("pokt1lost", func(*claimv1.Obligation) {})})
	say(bus.ClaimEndedSubject("pokt1lost", session), &claimv1.Changed{Height: 20, Obligation: obligation("pokt1lost", func(o *claimv1.Obligation) {
		o.Phase, o.Outcome, o.Reason = claimv1.Phase_PHASE_ENDED, claimv1.Outcome_OUTCOME_CLAIM_MISSED, "no node answered"
	})})
	bucket, err := b.JS.KeyValue(t.Context(), bus.BucketObligations)
	require.NoError(t, err)
	raw, err := proto.Marshal(obligation("pokt1open", func(o *claimv1.Obligation) {
		o.Phase, o.ProofAttempts, o.Proof = claimv1.Phase_PHASE_PROOF_DUE, 3, []byte("path")
	}))
	require.NoError(t, err)
	_, err = bucket.Put(t.Context(), "pokt1open."+session, raw)
	require.NoError(t, err)
	say(bus.SessionSealedSubject("pokt1open", session), &sessionv1.Sealed{Terms: terms("pokt1open"), Mined: 2})
	say(bus.RelayServedSubject("3", "10"), &relayv1.ServedGroup{
		Relayer: "one", Terms: []*relayv1.Terms{terms("pokt1lost"), terms("pokt1open")},
		Relays: []*relayv1.Served{{Terms: 1, Number: 1, Relay: []byte("a")}, {Terms: 0, Number: 1, Relay: []byte("b")}, {Terms: 9, Relay: []byte("of no terms")}},
	})

	all, err := claims.Stories(t.Context(), b, "", "")
	require.NoError(t, err)
	require.Len(t, all, 2)
	lost, open := all[0], all[1]
	require.Len(t, lost.Changes, 2)
	require.Nil(t, lost.Open)
	require.Contains(t, strings.Join(claims.Why(lost), "\n"), "height 20: OUTCOME_CLAIM_MISSED, fees 0 upokt: no node answered")
	require.Contains(t, strings.Join(claims.Why(open), "\n"), "open: proofs are taken at heights 16 to 20")

	one, err := claims.Stories(t.Context(), b, session, "pokt1open")
	require.NoError(t, err)
	require.Len(t, one, 1)
	none, err := claims.Stories(t.Context(), b, strings.Repeat("00", 32), "")
	require.NoError(t, err)
	require.Empty(t, none)

	checkDossier(t, b, one[0])
}

// A claim that is skipped says so, and an operator can have it made, once and only while it is not yet.
func TestForce(t *testing.T) {
	b := bustest.Start(t, "topology")
	bucket, err := b.JS.KeyValue(t.Context(), bus.BucketObligations)
	require.NoError(t, err)
	store := func(change func(*claimv1.Obligation)) {
		raw, err := proto.Marshal(obligation("pokt1poor", change))
		require.NoError(t, err)
		_, err = bucket.Put(t.Context(), "pokt1poor."+session, raw)
		require.NoError(t, err)
	}
	why := func() string {
		list, err := claims.Stories(t.Context(), b, session, "pokt1poor")
		require.NoError(t, err)
		require.Len(t, list, 1)
		return strings.Join(claims.Why(list[0]), "\n")
	}
	skipped := func(o *claimv1.Obligation) {
		o.Skip, o.Reason, o.ExpectedUpokt = &claimv1.Skip{Height: 12, EarnsUpokt: "1", CostsUpokt: "2.5", Margin: 1}, "not worth its cost", "4200"
	}
	_, _, err = b.Publish(t.Context(), bus.Message{Subject: bus.ClaimChangedSubject("pokt1poor", session), Body: &claimv1.Changed{Height: 12, Obligation: obligation("pokt1poor", skipped)}})
	require.NoError(t, err)
	store(skipped)
	require.Contains(t, why(), "height 12: the claim is not made for now, not worth its cost")
	require.Contains(t, why(), "expected to be paid 4200 of 8400 upokt")
	for range 2 {
		require.NoError(t, claims.Force(t.Context(), b, "pokt1poor", session))
		require.Contains(t, why(), "an operator wants the claim made")
	}
	store(func(o *claimv1.Obligation) { o.Phase = claimv1.Phase_PHASE_CLAIMED })
	require.ErrorContains(t, claims.Force(t.Context(), b, "pokt1poor", session), "PHASE_CLAIMED")
	require.ErrorContains(t, claims.Force(t.Context(), b, "pokt1none", session), "key not found")
}

// checkDossier collects at height 14: what is behind it is said to be.
func checkDossier(t *testing.T, b *bus.Bus, s claims.Story) {
	node := chaintest.Start(t)
	node.SetHeight(14)
	client, err := chain.Dial(node.Config())
	require.NoError(t, err)
	d, err := claims.Collect(t.Context(), b, client, s)
	require.NoError(t, err)
	require.Equal(t, []byte("path"), d.Proof)
	require.NotEmpty(t, d.Owed)
	require.NotEmpty(t, d.Sealed)
	require.Len(t, d.Relays, 1)
	require.Equal(t, []byte("a"), d.Relays[0].Leaf)
	faults := map[int64]bool{}
	for _, block := range d.Blocks {
		faults[block.Height] = block.Fault != ""
	}
	require.Equal(t, map[int64]bool{1: false, 10: false, 12: false, 15: true, 16: true, 20: true}, faults)
}
