package ring

import (
	"testing"

	dleqtypes "github.com/pokt-network/go-dleq/types"
	reference "github.com/pokt-network/ring-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// refCurve is the curve of the reference implementation.
var refCurve = reference.Secp256k1()

// refVerify decodes and verifies as the chain does, apart from membership. The
// reference panics on some inputs; that counts as a refusal.
func refVerify(msg [32]byte, sig []byte) (decoded, valid bool) {
	defer func() {
		if recover() != nil {
			decoded, valid = false, false
		}
	}()
	var s reference.RingSig
	if s.Deserialize(refCurve, sig) != nil || s.Ring().Size() == 0 {
		return false, false
	}
	return true, s.Verify(msg)
}

func refScalar(t require.TestingT, priv [32]byte) dleqtypes.Scalar {
	x, err := refCurve.DecodeToScalar(priv[:])
	require.NoError(t, err)
	return x
}

// refSign signs with the reference implementation.
func refSign(t require.TestingT, priv [32]byte, members []PublicKey, msg [32]byte) []byte {
	points := make([]dleqtypes.Point, len(members))
	for i, k := range members {
		p, err := refCurve.DecodeToPoint(k[:])
		require.NoError(t, err)
		points[i] = p
	}
	r, err := reference.NewFixedKeyRingFromPublicKeys(refCurve, points)
	require.NoError(t, err)
	sig, err := r.Sign(msg, refScalar(t, priv))
	require.NoError(t, err)
	b, err := sig.Serialize()
	require.NoError(t, err)
	return b
}

// messages is enough for the left-aligned challenge, one in 256, to occur in
// each of the two tests below.
const messages = 1500

// TestReferenceAcceptsOurs has the reference verify what we sign, over rings of
// 2 to 5 and a ring that repeats its only key.
func TestReferenceAcceptsOurs(t *testing.T) {
	rings := testRings(t)
	moved := 0
	for i := range messages {
		r, msg := rings[i%len(rings)], testMessage(i)
		ours, err := r.signer.Sign(msg, testRand(i))
		require.NoError(t, err)
		_, valid := refVerify(msg, ours)
		require.True(t, valid, "message %d", i)
		moved += leftAligned(t, ours, msg)
	}
	require.Positive(t, moved, "the left-aligned challenge never occurred")
}

// TestWeAcceptTheReferences has us verify what the reference signs.
func TestWeAcceptTheReferences(t *testing.T) {
	rings := testRings(t)
	v := NewVerifier(testCache(t, 32))
	moved := 0
	for i := range messages {
		r, msg := rings[i%len(rings)], testMessage(i)
		theirs := refSign(t, r.priv, r.keys, msg)
		require.NoError(t, v.Verify(msg, theirs, NewSet(r.keys...)), "message %d", i)
		require.Equal(t, r.signer.KeyImage(), mustDecode(t, theirs).KeyImage())
		moved += leftAligned(t, theirs, msg)
	}
	require.Positive(t, moved, "the left-aligned challenge never occurred")
}

// TestMutationsLikeReference flips bytes of good signatures: both sides must
// say the same about the result.
func TestMutationsLikeReference(t *testing.T) {
	rings := testRings(t)
	v := NewVerifier(testCache(t, 8))
	rapid.Check(t, func(rt *rapid.T) {
		r := rings[rapid.IntRange(0, len(rings)-1).Draw(rt, "ring")]
		msg := testMessage(rapid.IntRange(0, 1<<20).Draw(rt, "message"))
		sig, err := r.signer.Sign(msg, testRand(0))
		require.NoError(rt, err)
		sig = mutate(rt, sig)
		_, want := refVerify(msg, sig)
		got := v.VerifyLax(msg, sig, membersOf(sig)) == nil
		require.Equal(rt, want, got, "signature %x", sig)
		if v.Verify(msg, sig, membersOf(sig)) == nil {
			require.True(rt, want, "strict accepts what the chain refuses")
		}
	})
}

func mutate(rt *rapid.T, sig []byte) []byte {
	switch rapid.SampledFrom([]string{"flip", "cut", "extend", "none"}).Draw(rt, "mutation") {
	case "flip":
		at := rapid.IntRange(0, len(sig)-1).Draw(rt, "at")
		sig[at] ^= byte(1 << rapid.IntRange(0, 7).Draw(rt, "bit"))
	case "cut":
		return sig[:rapid.IntRange(0, len(sig)-1).Draw(rt, "to")]
	case "extend":
		return append(sig, rapid.SliceOfN(rapid.Byte(), 1, 70).Draw(rt, "more")...)
	}
	return sig
}
