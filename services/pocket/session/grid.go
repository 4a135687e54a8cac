package session

import sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

// Start returns the first height of the session that contains height. It is 0
// for heights that are not a block's (h ≤ 0) and for parameters without a
// session length.
func Start(p *sharedtypes.Params, height int64) int64 {
	n := length(p)
	if height <= 0 || n <= 0 {
		return 0
	}
	anchor, _ := grid(p, height)
	return anchor + (height-anchor)/n*n
}

// End returns the last height of the session that contains height; 0 where
// [Start] is.
func End(p *sharedtypes.Params, height int64) int64 {
	start := Start(p, height)
	if start == 0 {
		return 0
	}
	return start + length(p) - 1
}

// Number returns the number of the session that contains height; the first is
// 1. It is 0 where [Start] is.
func Number(p *sharedtypes.Params, height int64) int64 {
	n := length(p)
	if height <= 0 || n <= 0 {
		return 0
	}
	anchor, number := grid(p, height)
	return number + (height-anchor)/n
}

// PendingSessions returns how many sessions of an application can be awaiting
// settlement at once: the blocks from a session's end to the close of its
// proof window, in sessions, rounded up. It is 0 without a session length.
func PendingSessions(p *sharedtypes.Params) int64 {
	n := length(p)
	if n <= 0 {
		return 0
	}
	return (untilProofClose(p) + n - 1) / n
}

// grid returns the height at which the grid starts that height lies on, and
// the number of the session there. Parameters that describe a later grid, or
// none, stand for the one that starts at block 1.
func grid(p *sharedtypes.Params, height int64) (anchor, number int64) {
	anchor = int64(p.SessionGridAnchorHeight)
	if anchor <= 0 || anchor > height {
		return 1, 1
	}
	return anchor, max(1, int64(p.SessionNumberAtAnchor))
}

func length(p *sharedtypes.Params) int64 { return int64(p.NumBlocksPerSession) }

// untilProofClose is the distance from a session's end to its proof window's
// close as settlement counts it: without the one block by which the claim
// window is late.
func untilProofClose(p *sharedtypes.Params) int64 {
	return int64(p.ClaimWindowOpenOffsetBlocks + p.ClaimWindowCloseOffsetBlocks +
		p.ProofWindowOpenOffsetBlocks + p.ProofWindowCloseOffsetBlocks)
}
