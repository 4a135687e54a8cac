package keys

import (
	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// mulBase returns the big-endian coordinate x of k·G, and whether y is odd. k
// is not 0.
func mulBase(k *modn.Scalar) (x [32]byte, odd bool) {
	p := curve.MulSecret(k, curve.SecretGenerator())
	return p.X.Bytes(), p.Y.IsOdd()
}
