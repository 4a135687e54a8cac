package claim

import (
	"fmt"
	"math/bits"

	"cosmossdk.io/math"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/pocket/session"
)

// RelayCost returns what one relay costs the application in upokt, rounded
// down: its compute units at the given prices, all of the session's start. The
// error matches [ErrPrices].
func RelayCost(computeUnits uint64, p *sharedtypes.Params) (uint64, error) {
	high, low := bits.Mul64(computeUnits, p.ComputeUnitsToTokensMultiplier)
	if p.ComputeUnitCostGranularity <= high {
		return 0, fmt.Errorf("cost of a relay of %d compute units: %w", computeUnits, ErrPrices)
	}
	cost, _ := bits.Div64(high, low, p.ComputeUnitCostGranularity)
	return cost, nil
}

// MeterLimit returns how much one supplier may serve an application in one
// session, in upokt, so that settlement can pay it: the stake divided by the
// suppliers of a session, then by the sessions that may await settlement and
// the running one, each rounded down. p are the parameters at the session's
// end. It is zero without suppliers or sessions.
func MeterLimit(stake math.Int, suppliers uint64, p *sharedtypes.Params) math.Int {
	if suppliers == 0 || p.NumBlocksPerSession == 0 {
		return math.ZeroInt()
	}
	return stake.Quo(math.NewIntFromUint64(suppliers)).QuoRaw(session.PendingSessions(p) + 1)
}
