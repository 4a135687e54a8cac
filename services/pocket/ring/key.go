package ring

import (
	"encoding/hex"
	"fmt"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// PublicKey is a compressed secp256k1 point: 02 or 03, then x big-endian. The
// zero value is not a point.
type PublicKey [33]byte

// String returns the key as 66 hex digits.
func (k PublicKey) String() string { return hex.EncodeToString(k[:]) }

// placeholder is the key of the secret text
// "placeholder_ring_key_for_apps_without_gateways".
var placeholder = PublicKey{
	0x02, 0x10, 0x66, 0xf2, 0x93, 0x70, 0x93, 0x56, 0xa3, 0x3e, 0x9c,
	0x13, 0x01, 0x78, 0x67, 0x58, 0x6b, 0xaf, 0x52, 0x51, 0x3e, 0x84,
	0x5b, 0xc4, 0x33, 0x52, 0x33, 0xa1, 0x5e, 0xd1, 0xe0, 0x0b, 0xaf,
}

// Placeholder returns the key that stands in the ring of an application with
// no gateways. Its private key is public knowledge, so anyone can sign for such
// an application; a verifier must accept it all the same, because the chain
// does (ring-signature.md §3).
func Placeholder() PublicKey { return placeholder }

// point is a curve point. Those kept in structs of this package are affine
// (Z = 1) and normalized, and are never written to after they are made.
type point = secp.JacobianPoint

// scalar is a number modulo the group order N.
type scalar = secp.ModNScalar

// decodePoint returns the point of k, or an error if k is not the compressed
// form of a curve point. It costs one square root.
func decodePoint(k PublicKey) (*point, error) {
	pub, err := secp.ParsePubKey(k[:])
	if err != nil {
		return nil, fmt.Errorf("decode point %s: %w", k, err)
	}
	p := new(point)
	pub.AsJacobian(p)
	return p, nil
}

// encodePair compresses two points, infinity as 02 and 32 zero bytes. The two
// share one field inversion.
func encodePair(l, r *point) (PublicKey, PublicKey) {
	zl, zr := nonZero(l.Z), nonZero(r.Z)
	var inv, invL, invR secp.FieldVal
	inv.Mul2(&zl, &zr).Inverse()
	invL.Mul2(&inv, &zr)
	invR.Mul2(&inv, &zl)
	return compress(l, &invL), compress(r, &invR)
}

// nonZero replaces the Z of the point at infinity by 1, so that a product of
// several has an inverse.
func nonZero(z secp.FieldVal) secp.FieldVal {
	if z.Normalize().IsZero() {
		z.SetInt(1)
	}
	return z
}

// compress encodes p, given the inverse of its Z.
func compress(p *point, zInv *secp.FieldVal) (k PublicKey) {
	k[0] = 0x02
	var x, y, zInv2 secp.FieldVal
	if isInfinity(p) {
		return k
	}
	zInv2.SquareVal(zInv)
	x.Mul2(&p.X, &zInv2).Normalize()
	y.Mul2(&p.Y, zInv2.Mul(zInv)).Normalize()
	if y.IsOdd() {
		k[0] = 0x03
	}
	x.PutBytesUnchecked(k[1:])
	return k
}

func isInfinity(p *point) bool {
	z := p.Z
	return z.Normalize().IsZero()
}
