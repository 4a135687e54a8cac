package session

import sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

// Windows are the heights of one session's life. All are inclusive; each is at
// or after the one above it.
type Windows struct {
	Number     int64 // of the session, from 1
	Start      int64 // first block of the session
	End        int64 // last block of the session
	GraceEnd   int64 // last block at which its relays are still served
	ClaimOpen  int64 // first block that takes its claim, for every supplier
	ClaimClose int64 // last block that takes its claim
	SeedHeight int64 // the block whose hash picks the leaf to prove: ProofOpen − 1
	ProofOpen  int64 // first block that takes its proof, for every supplier
	ProofClose int64 // last block that takes its proof
	Settlement int64 // the block at whose end it is paid: ProofClose
}

// At returns the windows of the session that contains height. p are the
// parameters in force at the session's end. For heights and parameters without
// a session (see [Start]) the windows start at block 0 and mean nothing.
func At(p *sharedtypes.Params, height int64) Windows {
	w := Windows{Number: Number(p, height), Start: Start(p, height), End: End(p, height)}
	w.GraceEnd = w.End + int64(p.GracePeriodEndOffsetBlocks)
	w.ClaimOpen = w.End + int64(p.ClaimWindowOpenOffsetBlocks) + 1
	w.ClaimClose = w.ClaimOpen + int64(p.ClaimWindowCloseOffsetBlocks)
	w.ProofOpen = w.ClaimClose + int64(p.ProofWindowOpenOffsetBlocks)
	w.SeedHeight = w.ProofOpen - 1
	w.ProofClose = w.ProofOpen + int64(p.ProofWindowCloseOffsetBlocks)
	w.Settlement = w.End + untilProofClose(p) + 1
	return w
}

// EarliestClaim returns the first height at which supplier may claim. The
// chain's spread of suppliers over the window is switched off, so it is the
// same for all; ask here so that it can come back.
func (w Windows) EarliestClaim(supplier string) int64 { return w.ClaimOpen }

// EarliestProof returns the first height at which supplier may prove; see
// [Windows.EarliestClaim].
func (w Windows) EarliestProof(supplier string) int64 { return w.ProofOpen }

// TakesRelays says whether relays of the session are served at height.
func (w Windows) TakesRelays(height int64) bool { return w.Start <= height && height <= w.GraceEnd }

// TakesClaims says whether a claim executed at height is in its window.
func (w Windows) TakesClaims(height int64) bool {
	return w.ClaimOpen <= height && height <= w.ClaimClose
}

// TakesProofs says whether a proof executed at height is in its window. With a
// proof window that opens where the claim window closes, that one height takes
// both.
func (w Windows) TakesProofs(height int64) bool {
	return w.ProofOpen <= height && height <= w.ProofClose
}

// Phase returns where in its life the session is once block height is
// committed.
func (w Windows) Phase(height int64) Phase {
	for _, step := range []struct {
		last  int64
		phase Phase
	}{
		{w.Start - 1, Future}, {w.End, Active}, {w.GraceEnd, Grace}, {w.ClaimOpen - 1, Closed},
		{w.ClaimClose, Claiming}, {w.ProofOpen - 1, Claimed}, {w.ProofClose - 1, Proving},
	} {
		if height <= step.last {
			return step.phase
		}
	}
	return Settled
}

// Phase is a stage in a session's life.
type Phase uint8

// The phases, in order. Claiming includes the height at which both windows are
// open, if there is one.
const (
	Future   Phase = iota // not begun
	Active                // between start and end
	Grace                 // over, but its relays are still served
	Closed                // takes no relays, not yet claims
	Claiming              // the claim window is open
	Claimed               // claims are closed, proofs not yet open
	Proving               // the proof window is open
	Settled               // proof close is committed: paid or lost
)

// String returns the phase's name in lower case.
func (p Phase) String() string {
	names := [...]string{"future", "active", "grace", "closed", "claiming", "claimed", "proving", "settled"}
	if int(p) >= len(names) {
		return "unknown"
	}
	return names[p]
}
