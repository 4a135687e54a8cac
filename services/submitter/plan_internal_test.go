package submitter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

func obligation(phase claimv1.Phase, open, claimClose, proofOpen, proofClose int64) *claimv1.Obligation {
	return &claimv1.Obligation{
		Terms: &relayv1.Terms{ClaimOpenHeight: open}, Mined: 1, Phase: phase,
		ClaimCloseHeight: claimClose, ProofOpenHeight: proofOpen, ProofCloseHeight: proofClose,
	}
}

func TestPlan(t *testing.T) {
	const (
		sealed = claimv1.Phase_PHASE_SEALED
		have   = claimv1.Phase_PHASE_CLAIMED
		due    = claimv1.Phase_PHASE_PROOF_DUE
		proven = claimv1.Phase_PHASE_PROVEN
		waived = claimv1.Phase_PHASE_PROOF_WAIVED
		ended  = claimv1.Phase_PHASE_ENDED
	)
	for _, c := range []struct {
		phase  claimv1.Phase
		height int64
		want   step
	}{
		{sealed, 0, stepWait}, {sealed, 21, stepWait}, {sealed, 22, stepClaim}, {sealed, 25, stepClaim},
		{sealed, 26, stepMissed}, {sealed, 29, stepMissed}, {sealed, 1000, stepMissed},
		{have, 22, stepWait}, {have, 24, stepWait}, {have, 25, stepDecide}, {have, 29, stepDecide}, {have, 30, stepWait}, {have, 80, stepWait}, {have, 81, stepUnseen},
		{due, 25, stepWait}, {due, 26, stepProve}, {due, 29, stepProve}, {due, 30, stepWait}, {due, 80, stepWait}, {due, 81, stepUnseen},
		{proven, 28, stepWait}, {proven, 80, stepWait}, {proven, 81, stepUnseen},
		{waived, 25, stepWait}, {waived, 26, stepReview}, {waived, 29, stepReview}, {waived, 30, stepWait}, {waived, 81, stepUnseen},
		{ended, 0, stepFinish}, {ended, 1000, stepFinish},
	} {
		require.Equal(t, c.want, plan(obligation(c.phase, 22, 26, 26, 30), c.height), "%s at %d", c.phase, c.height)
	}
	empty := obligation(sealed, 22, 26, 26, 30)
	empty.Mined = 0
	require.Equal(t, stepEmpty, plan(empty, 0))
}

// Whatever the windows and the phase: nothing is sent that could land outside its window, the seed block is known
// when it is asked for, and long after settlement every phase has a step that ends.
func TestPlanKeepsWindowsAndEnds(t *testing.T) {
	phases := []claimv1.Phase{}
	for phase := range claimv1.Phase_name {
		phases = append(phases, claimv1.Phase(phase))
	}
	rapid.Check(t, func(t *rapid.T) {
		gap := func(name string) int64 { return rapid.Int64Range(0, 12).Draw(t, name) }
		open := 1 + gap("open")
		claimClose := open + gap("claim window")
		proofOpen := claimClose + gap("between")
		o := obligation(rapid.SampledFrom(phases).Draw(t, "phase"), open, claimClose, proofOpen, proofOpen+gap("proof window"))
		o.Mined = rapid.Uint64Range(0, 1).Draw(t, "mined")
		height := rapid.Int64Range(0, o.ProofCloseHeight+unseenAfter+10).Draw(t, "height")
		landing := height + 1
		switch at := plan(o, height); at {
		case stepClaim:
			require.True(t, open <= landing && landing <= claimClose && o.Mined > 0)
		case stepProve, stepReview:
			require.True(t, proofOpen <= landing && landing <= o.ProofCloseHeight)
		case stepDecide:
			require.True(t, proofOpen-1 <= height && landing <= o.ProofCloseHeight)
		case stepMissed:
			require.GreaterOrEqual(t, height, claimClose)
		}
		require.Contains(t, []step{stepFinish, stepEmpty, stepMissed, stepUnseen}, plan(o, o.ProofCloseHeight+unseenAfter+1))
	})
}

func TestMayBroadcast(t *testing.T) {
	for _, c := range []struct {
		attempts             uint32
		last, height, window int64
		kept, want           bool
	}{
		{0, 0, 22, 4, false, true}, // the first at once
		{1, 22, 22, 4, false, false}, {1, 22, 23, 4, false, false}, {1, 22, 24, 4, false, true}, {1, 22, 24, 4, true, true},
		{1, 22, 31, 40, false, false}, {1, 22, 32, 40, false, true}, {1, 22, 41, 40, true, false}, {1, 22, 42, 40, true, true},
	} {
		require.Equal(t, c.want, mayBroadcast(c.attempts, c.last, c.height, 22, 22+c.window, c.kept), "%+v", c)
	}
}

// A window sees at most its four quarters' transactions and the first, and at least two where there is room; fewer when
// their bytes are kept.
func TestBroadcastsAreSpreadOverTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		open := rapid.Int64Range(1, 100).Draw(t, "open")
		close, kept := open+rapid.Int64Range(3, 100).Draw(t, "window"), rapid.Bool().Draw(t, "kept")
		attempts, last := uint32(0), int64(0)
		for height := open; height < close; height++ {
			if mayBroadcast(attempts, last, height, open, close, kept) {
				require.True(t, attempts == 0 || height >= last+2)
				attempts, last = attempts+1, height
			}
		}
		require.GreaterOrEqual(t, attempts, uint32(2))
		require.LessOrEqual(t, attempts, map[bool]uint32{false: 6, true: 4}[kept])
	})
}
