package bench

import (
	dleq "github.com/pokt-network/go-dleq/types"
	official "github.com/pokt-network/ring-go"
)

// officialCurve is the curve as ring-go has it.
var officialCurve = official.Secp256k1()

// officialVerdict decodes and verifies as the chain does, membership apart.
func officialVerdict(message [32]byte, signature []byte) bool {
	var s official.RingSig
	return s.Deserialize(officialCurve, signature) == nil && s.Verify(message)
}

// officialVerdictOnAny is officialVerdict for any bytes: the library panics on some, which is a refusal.
func officialVerdictOnAny(message [32]byte, signature []byte) (valid bool) {
	defer func() {
		if recover() != nil {
			valid = false
		}
	}()
	return officialVerdict(message, signature)
}

// officialSigner is a ring of ring-go and its signer's key.
type officialSigner struct {
	ring *official.Ring
	key  dleq.Scalar
}

func newOfficialSigner(g *group) (s officialSigner, err error) {
	points := make([]dleq.Point, len(g.members))
	for i, k := range g.members {
		if points[i], err = officialCurve.DecodeToPoint(k[:]); err != nil {
			return s, err
		}
	}
	if s.ring, err = official.NewFixedKeyRingFromPublicKeys(officialCurve, points); err != nil {
		return s, err
	}
	secret := g.signer.Secret()
	s.key, err = officialCurve.DecodeToScalar(secret[:])
	return s, err
}
