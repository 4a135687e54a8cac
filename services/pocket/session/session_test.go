package session

import (
	"crypto/sha256"
	"testing"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	application = "pokt1mrqt5f7qh8uxs27cjm9t7v9e74a9vvdnq5jva4"
	sessionID   = "11a37bbe42d35277eb2e58c9a805dceb542a585f3a76eff45b22127c64d446f1"
)

// Protocol chain-rules.md §1, both examples.
func TestWindows(t *testing.T) {
	def := sharedtypes.DefaultParams()
	require.Equal(t, Windows{Number: 1, Start: 1, End: 10, GraceEnd: 11, ClaimOpen: 12, ClaimClose: 16,
		SeedHeight: 15, ProofOpen: 16, ProofClose: 20, Settlement: 20}, At(&def, 4))
	mainnet := sharedtypes.Params{NumBlocksPerSession: 20, GracePeriodEndOffsetBlocks: 10, ClaimWindowOpenOffsetBlocks: 11,
		ClaimWindowCloseOffsetBlocks: 10, ProofWindowOpenOffsetBlocks: 1, ProofWindowCloseOffsetBlocks: 10}
	require.Equal(t, Windows{Number: 1, Start: 1, End: 20, GraceEnd: 30, ClaimOpen: 32, ClaimClose: 42,
		SeedHeight: 42, ProofOpen: 43, ProofClose: 53, Settlement: 53}, At(&mainnet, 20))
	require.EqualValues(t, 2, PendingSessions(&mainnet))
	require.EqualValues(t, 1, PendingSessions(&def))
}

func TestPhases(t *testing.T) {
	def := sharedtypes.DefaultParams()
	w := At(&def, 11) // 11..20, grace 21, claims 22..26, proofs 26..30
	for height, want := range map[int64]Phase{
		10: Future, 11: Active, 20: Active, 21: Grace, 22: Claiming, 26: Claiming, 27: Proving, 29: Proving, 30: Settled,
	} {
		require.Equal(t, want, w.Phase(height), "height %d", height)
	}
	def.ClaimWindowOpenOffsetBlocks, def.ProofWindowOpenOffsetBlocks = 3, 2
	w = At(&def, 11)
	require.Equal(t, Closed, w.Phase(23))
	require.Equal(t, Claimed, w.Phase(29))
	require.Equal(t, "claimed", Claimed.String())
	require.Equal(t, "unknown", Phase(200).String())
}

func TestWithoutSession(t *testing.T) {
	none := sharedtypes.Params{}
	require.Zero(t, Start(&none, 5))
	require.Zero(t, End(&none, 5))
	require.Zero(t, Number(&none, 5))
	require.Zero(t, PendingSessions(&none))
	def := sharedtypes.DefaultParams()
	require.Zero(t, At(&def, 0).End)
}

// The chain's own functions agree for any parameters.
func TestLikeTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.Uint64Range(0, 50)
		p := sharedtypes.Params{
			NumBlocksPerSession:          rapid.Uint64Range(1, 80).Draw(t, "blocks"),
			GracePeriodEndOffsetBlocks:   small.Draw(t, "grace"),
			ClaimWindowOpenOffsetBlocks:  small.Draw(t, "claim open"),
			ClaimWindowCloseOffsetBlocks: small.Draw(t, "claim close"),
			ProofWindowOpenOffsetBlocks:  small.Draw(t, "proof open"),
			ProofWindowCloseOffsetBlocks: small.Draw(t, "proof close"),
			SessionGridAnchorHeight:      rapid.Uint64Range(0, 2000).Draw(t, "anchor"),
			SessionNumberAtAnchor:        small.Draw(t, "number"),
		}
		h := rapid.Int64Range(-3, 3000).Draw(t, "height")
		w := At(&p, h)
		require.Equal(t, Windows{
			Number: sharedtypes.GetSessionNumber(&p, h), Start: sharedtypes.GetSessionStartHeight(&p, h),
			End: sharedtypes.GetSessionEndHeight(&p, h), GraceEnd: sharedtypes.GetSessionGracePeriodEndHeight(&p, h),
			ClaimOpen: sharedtypes.GetClaimWindowOpenHeight(&p, h), ClaimClose: sharedtypes.GetClaimWindowCloseHeight(&p, h),
			ProofOpen: sharedtypes.GetProofWindowOpenHeight(&p, h), ProofClose: sharedtypes.GetProofWindowCloseHeight(&p, h),
			SeedHeight: sharedtypes.GetProofWindowOpenHeight(&p, h) - 1, Settlement: sharedtypes.GetSettlementSessionEndHeight(&p, h),
		}, w)
		require.Equal(t, sharedtypes.GetNumPendingSessions(&p), PendingSessions(&p))
		require.Equal(t, sharedtypes.GetEarliestSupplierClaimCommitHeight(&p, h, nil, "s"), w.EarliestClaim("s"))
		require.Equal(t, sharedtypes.GetEarliestSupplierProofCommitHeight(&p, h, nil, "s"), w.EarliestProof("s"))
		require.True(t, w.TakesProofs(w.ProofClose) && w.TakesClaims(w.ClaimOpen) && w.TakesRelays(w.GraceEnd))
		require.False(t, w.TakesProofs(w.ProofOpen-1) || w.TakesClaims(w.ClaimClose+1) || w.TakesRelays(w.Start-1))
	})
}

// Protocol chain-rules.md §18.
func TestID(t *testing.T) {
	hash := sha256.Sum256([]byte("block-21"))
	require.Equal(t, sessionID, ID(hash[:], "anvil", application, 21))
	pre := Preimage(hash[:], "anvil", application, 21)
	order := []string{
		"pokt19a3t4yunp0dlpfjrp7qwnzwlrzd5fzs2gjaaaj",
		"pokt1mx0klkkrj6v3dw8gs4nzlq0cq8lsktmx35t03e",
		"pokt1cwnu460557x0z78jv3hhc7356hhkrgc86c87q5",
	}
	for i, want := range []int64{-5163134619589216224, 4825954913940676420, 7240651113608107152} {
		require.Equal(t, want, Weight(pre, order[i]))
	}
	given := []string{order[2], order[0], order[1]}
	require.Equal(t, given, Select(pre, given, 4))
	require.Equal(t, order, Select(pre, given, 3))
	require.Equal(t, order[:1], Select(pre, given, 1))
	require.Empty(t, Select(pre, given, 0))
	require.Equal(t, order[2], given[0], "the candidates are left as they were")
	require.Equal(t, "s/"+sessionID, Key{"s", sessionID}.String())
}
