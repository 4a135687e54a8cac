package ring

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
)

// testRing is a ring of test keys and one signer in it.
type testRing struct {
	priv   [32]byte
	keys   []PublicKey
	signer *Signer
}

// testKey returns a fixed key for tests only.
func testKey(name string) (priv [32]byte, pub PublicKey) {
	priv = sha256.Sum256([]byte("lode ring test key " + name))
	copy(pub[:], secp.PrivKeyFromBytes(priv[:]).PubKey().SerializeCompressed())
	return priv, pub
}

// newTestRing returns a ring of size keys whose signer is at the given place.
func newTestRing(t testing.TB, size, at int) testRing {
	var r testRing
	for i := range size {
		priv, pub := testKey(fmt.Sprint(i))
		r.keys = append(r.keys, pub)
		if i == at {
			r.priv = priv
		}
	}
	return r.withSigner(t)
}

func (r testRing) withSigner(t testing.TB) testRing {
	s, err := NewSigner(nil, r.priv, r.keys)
	require.NoError(t, err)
	r.signer = s
	return r
}

// testRings returns rings of 2 to 5, one with a repeated key, one with the
// placeholder.
func testRings(t testing.TB) []testRing {
	priv, app := testKey("0")
	return []testRing{
		newTestRing(t, 2, 0), newTestRing(t, 2, 1), newTestRing(t, 3, 1), newTestRing(t, 4, 3), newTestRing(t, 5, 2),
		testRing{priv: priv, keys: []PublicKey{app, app}}.withSigner(t),
		testRing{priv: priv, keys: []PublicKey{Placeholder(), app}}.withSigner(t),
	}
}

// testCache returns a cache of so many points and tables for all of them.
func testCache(t testing.TB, points int) *Cache {
	c, err := NewCache(points, 3*points)
	require.NoError(t, err)
	return c
}

func testMessage(i int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

// testRand is a reader of fixed bytes, different for each i.
func testRand(i int) io.Reader {
	seed := sha3.NewSHAKE128()
	_, _ = seed.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return seed
}

func mustDecode(t testing.TB, b []byte) *Signature {
	s, err := Decode(b)
	require.NoError(t, err)
	return s
}

// membersOf returns the keys inside a signature as the expected ring.
func membersOf(sig []byte) Set {
	s, err := DecodeLax(sig)
	if err != nil {
		return Set{}
	}
	return NewSet(s.Members()...)
}

// leftAligned counts the challenges of a signature that the quirk moved, with
// arithmetic that shares nothing with the package.
func leftAligned(t testing.TB, sig []byte, msg [32]byte) int {
	steps, err := mustDecode(t, sig).Trace(msg)
	require.NoError(t, err)
	moved := 0
	for _, st := range steps {
		d := sha3.Sum512(bytes.Join([][]byte{msg[:], st.L[:], st.R[:]}, nil))
		n := new(big.Int).SetBytes(d[:])
		if n.Mod(n, secp.S256().N); n.BitLen() <= 248 {
			moved++
		}
	}
	return moved
}
