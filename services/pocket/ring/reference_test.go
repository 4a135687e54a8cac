package ring

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	dleqtypes "github.com/pokt-network/go-dleq/types"
	reference "github.com/pokt-network/ring-go"
	"github.com/stretchr/testify/require"
	_ "pgregory.net/rapid" // its flags
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

// cases is how many random rings the tests below try: enough for the
// left-aligned challenge, one in 256, to occur, or what -rapid.checks asks for
// beyond that (make nightly).
func cases(t *testing.T) int {
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	require.NoError(t, err)
	return max(2000, checks)
}

// random is the source of a case: the same in every run.
func random(i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(i), 0)) }

// randomMessage is any message.
func randomMessage(r *rand.Rand) (msg [32]byte) {
	for i := range msg {
		msg[i] = byte(r.Uint32())
	}
	return msg
}

// randomRing is a ring of 2 to 5, with any of them as signer. Keys come from
// so few that some are in it twice and all of them come to have tables in c.
func randomRing(t testing.TB, r *rand.Rand, c *Cache) (out testRing) {
	size := 2 + r.IntN(4)
	at := r.IntN(size)
	for i := range size {
		priv, pub := testKey(fmt.Sprint(r.IntN(12)))
		switch {
		case i == at:
			out.priv = priv
		case r.IntN(8) == 0:
			pub = Placeholder()
		}
		out.keys = append(out.keys, pub)
	}
	signer, err := NewSigner(c, out.priv, out.keys)
	require.NoError(t, err)
	out.signer = signer
	return out
}

// TestReferenceAcceptsOurs has the reference verify what we sign.
func TestReferenceAcceptsOurs(t *testing.T) {
	cache := testCache(t, 16)
	moved := 0
	for i := range cases(t) {
		from := random(i)
		r, msg := randomRing(t, from, cache), randomMessage(from)
		ours, err := r.signer.Sign(msg, testRand(i))
		require.NoError(t, err)
		_, valid := refVerify(msg, ours)
		require.True(t, valid, "case %d", i)
		moved += leftAligned(t, ours, msg)
	}
	require.Positive(t, moved, "the left-aligned challenge never occurred")
}

// TestWeAcceptTheReferences has us verify what the reference signs, with points
// from a cache and without.
func TestWeAcceptTheReferences(t *testing.T) {
	cache := testCache(t, 16)
	warm, cold := NewVerifier(cache), NewVerifier(nil)
	moved := 0
	for i := range cases(t) {
		from := random(i)
		r, msg := randomRing(t, from, cache), randomMessage(from)
		theirs := refSign(t, r.priv, r.keys, msg)
		require.NoError(t, warm.Verify(msg, theirs, NewSet(r.keys...)), "case %d", i)
		require.NoError(t, cold.Verify(msg, theirs, NewSet(r.keys...)), "case %d", i)
		require.Equal(t, r.signer.KeyImage(), mustDecode(t, theirs).KeyImage())
		moved += leftAligned(t, theirs, msg)
	}
	require.Positive(t, moved, "the left-aligned challenge never occurred")
}

// TestMutationsLikeReference alters good signatures: both sides must say the
// same about the result.
func TestMutationsLikeReference(t *testing.T) {
	cache := testCache(t, 16)
	warm, cold := NewVerifier(cache), NewVerifier(nil)
	for i := range cases(t) {
		from := random(i)
		r, msg := randomRing(t, from, cache), randomMessage(from)
		good, err := r.signer.Sign(msg, testRand(i))
		require.NoError(t, err)
		require.NoError(t, warm.Verify(msg, good, NewSet(r.keys...)))
		sig := mutate(from, good)
		_, want := refVerify(msg, sig)
		for _, v := range []*Verifier{warm, cold} {
			require.Equal(t, want, v.VerifyLax(msg, sig, membersOf(sig)) == nil, "case %d, signature %x", i, sig)
			if v.Verify(msg, sig, membersOf(sig)) == nil {
				require.True(t, want, "case %d: strict accepts what the chain refuses", i)
			}
		}
	}
}

// mutate flips a bit, cuts, or extends.
func mutate(r *rand.Rand, sig []byte) []byte {
	switch r.IntN(4) {
	case 0:
		return sig[:r.IntN(len(sig))]
	case 1:
		more := randomMessage(r)
		return append(sig, more[:1+r.IntN(len(more))]...)
	default:
		sig[r.IntN(len(sig))] ^= 1 << r.IntN(8)
		return sig
	}
}
