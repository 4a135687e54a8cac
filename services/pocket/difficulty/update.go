package difficulty

import (
	"errors"
	"math/big"
)

// smoothing is the weight of the newest number of relays in the average.
const smoothing = 0.1

// ErrZeroEMA is returned by [NextTarget] for an average of zero relays, where
// the reference implementation divides by zero.
var ErrZeroEMA = errors.New("average number of relays is zero")

// NextEMA returns the moving average after a settlement: 0.1·relays + 0.9·ema,
// cut to an integer. relays is the number of leaves in the settled claims. The
// binary precision (53 bits for 0.1, 64 for the rest) is the chain's, and
// shows: NextEMA(100000, 0) is 89999.
func NextEMA(ema, relays uint64) uint64 {
	weight := big.NewFloat(smoothing)
	rest := new(big.Float).Sub(big.NewFloat(1).SetPrec(64), weight)
	newest := new(big.Float).Mul(weight, new(big.Float).SetUint64(relays))
	kept := new(big.Float).Mul(rest, new(big.Float).SetUint64(ema))
	next, _ := newest.Add(newest, kept).Uint64()
	return next
}

// NextTarget returns from · goal / ema, rounded down and at most [Base], where
// goal is the number of relays the chain wants mined per settlement. The chain
// always passes Base as from. Like the chain it reads both numbers as signed
// 64-bit ones. The error is [ErrZeroEMA].
func NextTarget(from Target, goal, ema uint64) (Target, error) {
	if goal == ema {
		return from, nil
	}
	if ema == 0 {
		return Target{}, ErrZeroEMA
	}
	ratio := big.NewRat(int64(goal), int64(ema))
	scaled := new(big.Int).Mul(integer(from), ratio.Num())
	scaled.Div(scaled, ratio.Denom())
	if scaled.BitLen() > 8*len(from) {
		return Base, nil
	}
	var next Target
	scaled.FillBytes(next[:])
	return next, nil
}
