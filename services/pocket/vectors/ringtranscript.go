package vectors

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"
	"math/big"

	"github.com/lodeworks/lode/services/pocket/ring"
)

// groupOrder is the order N of secp256k1.
var groupOrder, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)

// challengeVector is one member's step of the equation.
type challengeVector struct {
	Index     Field[Int] `json:"index"`
	NextIndex Field[Int] `json:"next_index"`
	L         Field[Hex] `json:"L"`
	R         Field[Hex] `json:"R"`
	Preimage  Field[Hex] `json:"sha3_512_preimage"`
	Digest    Field[Hex] `json:"sha3_512"`
	Reduced   Field[Hex] `json:"mod_order_big_endian_32"`
	Zeros     Field[Int] `json:"leading_zero_bytes_of_mod_value"`
	Used      Field[Hex] `json:"challenge_scalar_used"`
}

// checkTranscript compares the steps of the equation, where the case lists
// them, and the number of challenges that the left-aligned hash moved.
func checkTranscript(c *Case, v ringCase, sig []byte, msg [32]byte) {
	if v.Transcript == nil && !v.LeftAligned.Set {
		return
	}
	s, err := ring.DecodeLax(sig)
	if err != nil {
		c.Errorf("transcript of an undecodable signature: %v", err)
		return
	}
	steps, err := s.Trace(msg)
	if err != nil {
		c.Errorf("trace: %v", err)
		return
	}
	for _, want := range v.Transcript {
		checkStep(c, want, steps, msg)
	}
	Equal(c, "left_aligned_challenges", v.LeftAligned, Int(moved(steps, msg)))
}

func checkStep(c *Case, v challengeVector, steps []ring.Step, msg [32]byte) {
	at, ok := v.Index.Need(c, "index")
	if !ok || at < 0 || int(at) >= len(steps) {
		c.Errorf("index %d of %d steps", at, len(steps))
		return
	}
	st := steps[at]
	d := expand(st, msg)
	c.Bytes("L", v.L, st.L[:])
	c.Bytes("R", v.R, st.R[:])
	c.Bytes("sha3_512_preimage", v.Preimage, d.preimage)
	c.Bytes("sha3_512", v.Digest, d.digest[:])
	c.Bytes("mod_order_big_endian_32", v.Reduced, d.reduced[:])
	Equal(c, "leading_zero_bytes_of_mod_value", v.Zeros, Int(d.zeros))
	c.Bytes("challenge_scalar_used", v.Used, st.Next[:])
	Equal(c, "next_index", v.NextIndex, Int((int(at)+1)%len(steps)))
	if used, err := ring.HashToScalar(v.Preimage.V); err != nil || !bytes.Equal(used[:], v.Used.V) {
		c.Errorf("hash to scalar: %x, error %v", used, err)
	}
}

// moved counts the challenges that start with zero bytes before they are moved.
func moved(steps []ring.Step, msg [32]byte) (n int) {
	for _, st := range steps {
		if expand(st, msg).zeros > 0 {
			n++
		}
	}
	return n
}

// expanded is the way from a step's points to its challenge, computed with big
// numbers, independently of package ring.
type expanded struct {
	preimage []byte
	digest   [64]byte
	reduced  [32]byte
	zeros    int // leading zero bytes of reduced
}

func expand(st ring.Step, msg [32]byte) (e expanded) {
	e.preimage = bytes.Join([][]byte{msg[:], st.L[:], st.R[:]}, nil)
	e.digest = sha3.Sum512(e.preimage)
	n := new(big.Int).SetBytes(e.digest[:])
	n.Mod(n, groupOrder).FillBytes(e.reduced[:])
	e.zeros = len(e.reduced) - len(n.Bytes())
	return e
}

// canonicalRing reports whether sig has no bytes after its last member, no
// scalar that needs reduction and no more members than the strict decoder takes.
func canonicalRing(sig []byte) bool {
	if len(sig) < 69 {
		return false
	}
	n := int(binary.BigEndian.Uint32(sig))
	if n == 0 || n > ring.MaxMembers || len(sig) != 69+65*n {
		return false
	}
	ok := reduced(sig[4:36])
	for i := range n {
		ok = ok && reduced(sig[69+65*i:][:32])
	}
	return ok
}

func reduced(scalar []byte) bool {
	return new(big.Int).SetBytes(scalar).Cmp(groupOrder) < 0
}
