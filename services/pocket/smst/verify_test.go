package smst

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/pokt-network/smt"
	"github.com/stretchr/testify/require"
)

// sample is a tree with empty siblings, and a proof in it.
func sample(t testing.TB) (items []item, tree *Tree, proof *CompactProof) {
	a := Path{0x12, 0x34}
	for i, p := range []Path{a, near(a, Path{31: 1}, 20), {0x80}, near(a, Path{0xff, 0xff, 0xff, 1}, 9)} {
		items = append(items, item{path: p, value: fmt.Appendf(nil, "v%d", i), weight: 10})
	}
	items[1].path.flip(20)
	tree = NewTree(leavesOf(items))
	p, err := tree.Closest(near(a, Path{}, 256))
	require.NoError(t, err)
	proof, err = p.Compact(items[0].value)
	require.NoError(t, err)
	proof.ClosestProof.SiblingData = p.Sibling.Data(valueOf(items))
	return items, tree, proof
}

// Every alteration of a good proof gets the reference's verdict, or an error
// where the reference crashes.
func TestAlteredProofs(t *testing.T) {
	alter := map[string]func(p *CompactProof){
		"unchanged":               func(p *CompactProof) {},
		"no sibling data":         func(p *CompactProof) { p.ClosestProof.SiblingData = nil },
		"short sibling data":      func(p *CompactProof) { p.ClosestProof.SiblingData = []byte{0, 1} },
		"short extension":         func(p *CompactProof) { p.ClosestProof.SiblingData = bytes.Repeat([]byte{2}, 40) },
		"other sibling data":      func(p *CompactProof) { p.ClosestProof.SiblingData[5] ^= 1 },
		"short target":            func(p *CompactProof) { p.Path = p.Path[:31] },
		"no leaf path":            func(p *CompactProof) { p.ClosestPath = nil },
		"long leaf path":          func(p *CompactProof) { p.ClosestPath = append(p.ClosestPath, 9) },
		"no leaf data":            func(p *CompactProof) { p.ClosestValueHash = nil },
		"short leaf data":         func(p *CompactProof) { p.ClosestValueHash = p.ClosestValueHash[:15] },
		"empty value":             func(p *CompactProof) { p.ClosestValueHash = make([]byte, 16) },
		"other value":             func(p *CompactProof) { p.ClosestValueHash[0] ^= 1 },
		"no depth":                func(p *CompactProof) { p.Depth = nil },
		"long depth":              func(p *CompactProof) { p.Depth = []byte{0, 0, 1} },
		"deep":                    func(p *CompactProof) { p.Depth = []byte{1, 1} },
		"needless flips":          func(p *CompactProof) { p.FlippedBits = [][]byte{{3}, {3}} },
		"wrong flip":              func(p *CompactProof) { p.FlippedBits = [][]byte{{3}} },
		"flip at the depth":       func(p *CompactProof) { p.FlippedBits = [][]byte{p.Depth} },
		"flip below the depth":    func(p *CompactProof) { p.FlippedBits = [][]byte{{200}} },
		"flip of three bytes":     func(p *CompactProof) { p.FlippedBits = [][]byte{{0, 0, 1}} },
		"negative count":          func(p *CompactProof) { p.ClosestProof.NumSideNodes = -1 },
		"huge count":              func(p *CompactProof) { p.ClosestProof.NumSideNodes = 1 << 40 },
		"long mask":               func(p *CompactProof) { p.ClosestProof.BitMask = append(p.ClosestProof.BitMask, 0) },
		"mask bit behind the end": func(p *CompactProof) { p.ClosestProof.BitMask[2] |= 1; cut(p) },
		"a side node less":        cut,
		"no side nodes":           func(p *CompactProof) { *p.ClosestProof = CompactMerkleProof{SideNodes: p.ClosestProof.SideNodes} },
		"short side node":         func(p *CompactProof) { p.ClosestProof.SideNodes[1] = []byte{1} },
		"padded side node": func(p *CompactProof) {
			p.ClosestProof.SiblingData = nil
			p.ClosestProof.SideNodes[1] = append(p.ClosestProof.SideNodes[1], 7)
		},
		"absence too short":  func(p *CompactProof) { p.ClosestProof.NonMembershipLeafData = []byte{1} },
		"absence beside":     func(p *CompactProof) { p.ClosestProof.NonMembershipLeafData = make([]byte, 60) },
		"absence":            func(p *CompactProof) { absent(p, 0) },
		"absence, own path":  func(p *CompactProof) { absent(p, 0); copy(p.ClosestProof.NonMembershipLeafData[1:], p.ClosestPath) },
		"absence, bad kind":  func(p *CompactProof) { absent(p, 1) },
		"no side nodes part": func(p *CompactProof) { p.ClosestProof = nil },
	}
	accepted := 0
	for name, f := range alter {
		t.Run(name, func(t *testing.T) {
			items, tree, proof := sample(t)
			f(proof)
			encoded, root := proof.Encode(), tree.Root()
			want := referenceAccepts(reference(t, items).Spec(), encoded, root)
			err := VerifyProof(encoded, root)
			require.Equal(t, want, err == nil, "reference accepts: %v; ours: %v", want, err)
			if err == nil {
				accepted++
			}
		})
	}
	require.Greater(t, accepted, 3)
}

// Every proof with one bit changed is judged as the reference judges it; some
// bits are looked at by neither.
func TestEveryBitOfAProof(t *testing.T) {
	items, tree, proof := sample(t)
	spec, root, good := reference(t, items).Spec(), tree.Root(), proof.Encode()
	harmless := 0
	for bit := range 8 * len(good) {
		changed := slices.Clone(good)
		changed[bit/8] ^= 1 << (bit % 8)
		want := referenceAccepts(spec, changed, root)
		require.Equal(t, want, VerifyProof(changed, root) == nil, "bit %d", bit)
		if want {
			harmless++
		}
	}
	require.Positive(t, harmless)
	require.Less(t, harmless, 4*len(good))
}

func cut(p *CompactProof) {
	m := p.ClosestProof
	m.SideNodes = slices.Clone(m.SideNodes)[:len(m.SideNodes)-1]
}

// absent makes a proof of an absence of the proof of a leaf.
func absent(p *CompactProof, prefix byte) {
	other := append(append([]byte{prefix}, p.ClosestPath...), p.ClosestValueHash...)
	p.ClosestProof.NonMembershipLeafData, p.ClosestValueHash = other, nil
	p.ClosestPath = slices.Clone(p.ClosestPath)
	p.ClosestPath[31] ^= 1
}

// referenceAccepts is the chain's verdict; a crash is a refusal.
func referenceAccepts(spec *smt.TrieSpec, proof []byte, root Digest) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	var p smt.SparseCompactMerkleClosestProof
	if p.Unmarshal(proof) != nil {
		return false
	}
	ok, err := smt.VerifyCompactClosestProof(&p, root[:], spec)
	return ok && err == nil
}

// Whatever bytes come, we answer as the reference does, without a crash.
func FuzzVerifyProof(f *testing.F) {
	items, tree, proof := sample(f)
	root := tree.Root()
	f.Add(proof.Encode(), root[:])
	for _, it := range items {
		p, err := tree.Closest(near(it.path, Path{}, 12))
		require.NoError(f, err)
		c, err := p.Compact(valueOf(items)(p.Leaf))
		require.NoError(f, err)
		f.Add(c.Encode(), root[:])
	}
	f.Add([]byte(preamble), make([]byte, 48))
	spec := reference(f, items).Spec()
	f.Fuzz(func(t *testing.T, b, root []byte) {
		d, err := ParseDigest(root)
		if err != nil {
			return
		}
		require.Equal(t, referenceAccepts(spec, b, d), VerifyProof(b, d) == nil)
	})
}

// What decodes, encodes to something that decodes to the same.
func FuzzDecodeProof(f *testing.F) {
	_, _, proof := sample(f)
	f.Add(proof.Encode())
	f.Add((&CompactProof{ClosestProof: &CompactMerkleProof{NumSideNodes: -300}}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodeProof(b)
		if err != nil {
			return
		}
		again, err := DecodeProof(p.Encode())
		require.NoError(t, err)
		require.Equal(t, p.Encode(), again.Encode())
		value, err := LeafValue(b)
		require.Equal(t, err == nil, len(p.ClosestValueHash) >= 16)
		require.Equal(t, len(value) > 0, len(p.ClosestValueHash) > 16)
	})
}

func TestOversizedProof(t *testing.T) {
	_, err := DecodeProof(make([]byte, MaxProofBytes+1))
	require.ErrorIs(t, err, ErrMalformed)
}
