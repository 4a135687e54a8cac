package bench

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/pokt-network/smt"

	"github.com/lodeworks/lode/services/pocket/smst"
)

var (
	errRoots  = errors.New("roots differ")
	errProofs = errors.New("proofs differ")
)

// trieValueBytes is what a relay takes in a trie.
const trieValueBytes = 900

// trieInput is what a trie is made of, and the path that is asked for.
type trieInput struct {
	keys    [][32]byte
	values  [][]byte
	weights []uint64
	target  smst.Path
}

func newTrieInput(leaves int) trieInput {
	in := trieInput{target: message(0)}
	for i := range leaves {
		value := bytesOf(i, trieValueBytes, 16) // the official library appends 16 bytes: it need not copy
		in.keys = append(in.keys, sha256.Sum256(value))
		in.values = append(in.values, value)
		in.weights = append(in.weights, weight)
	}
	return in
}

// trie goes from relays (key, value, weight) through leaf hashing and root to one proof. The official library does
// without its Commit, which would store the nodes.
func (r *run) trie() error {
	in := newTrieInput(r.Trie)
	var our smst.Proof
	var root smst.Digest
	var other *smt.SMST
	var their *smt.SparseMerkleClosestProof
	costs, err := r.compare(
		theirs(1, func() (err error) {
			other, their, err = in.official()
			return err
		}),
		ours(1, func() (err error) {
			root, our, err = in.ours()
			return err
		}))
	if err != nil {
		return err
	}
	if string(other.Root()) != string(root[:]) {
		return fmt.Errorf("%w: official %x, ours %x", errRoots, other.Root(), root[:])
	}
	if err := sameProof(other.Spec(), root, their, &our, in.values[our.Arrival]); err != nil {
		return err
	}
	r.report.add(fmt.Sprintf("trie of %d relays of %d B to root and proof, one core", r.Trie, trieValueBytes), costs[1], "smt", costs[0])
	r.figures.Trie100k = figure(costs[1].times(costs[0]))
	return nil
}

// ours makes the trie as the hasher does, a group of the log at a time.
func (in *trieInput) ours() (smst.Digest, smst.Proof, error) {
	var maker smst.LeafMaker
	var leaves [batchSize]smst.Leaf
	var set smst.Set
	for i := 0; i < len(in.keys); i += batchSize {
		n := min(batchSize, len(in.keys)-i)
		maker.Leaves(leaves[:n], in.keys[i:], in.values[i:], in.weights[i:])
		for j := range n {
			set.Add(leaves[j])
		}
	}
	tree := set.Tree()
	proof, err := tree.Closest(in.target)
	return tree.Root(), proof, err
}

func (in *trieInput) official() (*smt.SMST, *smt.SparseMerkleClosestProof, error) {
	trie := newOfficialTrie()
	for i := range in.keys {
		if err := trie.Update(in.keys[i][:], in.values[i], in.weights[i]); err != nil {
			return nil, nil, err
		}
	}
	trie.Root()
	proof, err := trie.ProveClosest(in.target[:])
	return trie, proof, err
}

// sameProof: both show the same leaf by the same path, and each accepts the other's.
func sameProof(spec *smt.TrieSpec, root smst.Digest, their *smt.SparseMerkleClosestProof, our *smst.Proof, value []byte) error {
	compact, err := smt.CompactClosestProof(their, spec)
	if err != nil {
		return err
	}
	theirBytes, err := compact.Marshal()
	if err != nil {
		return err
	}
	ourBytes, err := our.Encode(value)
	if err != nil {
		return err
	}
	if err := smst.VerifyProof(theirBytes, root); err != nil {
		return fmt.Errorf("we refuse the official library's proof: %w", err)
	}
	if err := officialAccepts(spec, root, ourBytes); err != nil {
		return err
	}
	return sameFields(ourBytes, theirBytes)
}

// sameFields compares two encoded proofs but for the sibling's data, which the chain does not need and ours leaves out.
func sameFields(a, b []byte) error {
	var again [2][]byte
	for i, raw := range [2][]byte{a, b} {
		p, err := smst.DecodeProof(raw)
		if err != nil {
			return err
		}
		p.ClosestProof.SiblingData = nil
		again[i] = p.Encode()
	}
	if string(again[0]) != string(again[1]) {
		return errProofs
	}
	return nil
}

// officialAccepts has the official library verify an encoded proof as the chain does.
func officialAccepts(spec *smt.TrieSpec, root smst.Digest, proof []byte) error {
	var p smt.SparseCompactMerkleClosestProof
	if err := p.Unmarshal(proof); err != nil {
		return err
	}
	ok, err := smt.VerifyCompactClosestProof(&p, root[:], spec)
	if err != nil || !ok {
		return fmt.Errorf("%w: the official library refuses ours: %w", errProofs, err)
	}
	return nil
}
