package keys

import (
	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// mulBase returns the big-endian coordinate x of k·G, and whether y is odd. k
// is not 0.
func mulBase(k *modn.Scalar) (x [32]byte, odd bool) {
	b := k.Bytes()
	var s secp.ModNScalar
	s.SetBytes(&b)
	var p secp.JacobianPoint
	secp.ScalarBaseMultNonConst(&s, &p)
	p.ToAffine()
	return *p.X.Bytes(), p.Y.IsOdd()
}
