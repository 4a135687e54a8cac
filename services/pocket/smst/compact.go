package smst

import (
	"errors"
	"math/big"
)

// CompactProof is a closest proof in the form that goes on chain, decoded. The
// names and kinds of the fields are part of the wire format (protocol smst.md
// §6): gob matches them by name.
type CompactProof struct {
	Path             []byte   // target path, 32 bytes
	FlippedBits      [][]byte // depths, each as minimal big-endian bytes
	Depth            []byte   // depth of the leaf, likewise
	ClosestPath      []byte   // the leaf's path
	ClosestValueHash []byte   // the leaf's value ‖ weight (8) ‖ count (8)
	ClosestProof     *CompactMerkleProof
}

// CompactMerkleProof is the part of a [CompactProof] that leads from the leaf
// to the root.
type CompactMerkleProof struct {
	SideNodes             [][]byte // non-empty siblings, from the leaf up
	NonMembershipLeafData []byte   // always empty in a proof of a leaf
	BitMask               []byte   // bit i (most significant first) set: sibling i is empty
	NumSideNodes          int      // siblings in all, 0..256
	SiblingData           []byte   // encoding of the leaf's sibling; may be left out
}

// ErrValue is returned by [Proof.Compact] and [Proof.Encode] when the value is
// not the one the leaf was made from.
var ErrValue = errors.New("value does not belong to the proven leaf")

// Compact puts value, the proven leaf's relay bytes, into the proof and
// returns its on-chain form, without SiblingData.
func (p *Proof) Compact(value []byte) (*CompactProof, error) {
	if leafAt(p.Leaf.Path, value, p.Leaf.Weight) != p.Leaf {
		return nil, ErrValue
	}
	flips := make([][]byte, len(p.Flips))
	for i, depth := range p.Flips {
		flips[i] = minimal(depth)
	}
	return &CompactProof{
		Path:             p.Target[:],
		FlippedBits:      flips,
		Depth:            minimal(p.Depth),
		ClosestPath:      p.Leaf.Path[:],
		ClosestValueHash: leafData(value, p.Leaf.Weight),
		ClosestProof:     p.sideNodes(),
	}, nil
}

// Encode returns the proof as the chain takes it in a MsgSubmitProof. value
// are the proven leaf's relay bytes; [ErrValue] if they are not. The result
// depends on the arguments alone.
func (p *Proof) Encode(value []byte) ([]byte, error) {
	c, err := p.Compact(value)
	if err != nil {
		return nil, err
	}
	return c.Encode(), nil
}

func (p *Proof) sideNodes() *CompactMerkleProof {
	m := &CompactMerkleProof{
		NumSideNodes: len(p.SideNodes),
		BitMask:      make([]byte, (len(p.SideNodes)+7)/8),
	}
	for i := range p.SideNodes {
		if p.SideNodes[i] == (Digest{}) {
			m.BitMask[i/8] |= 0x80 >> (i % 8)
		} else {
			m.SideNodes = append(m.SideNodes, p.SideNodes[i][:])
		}
	}
	return m
}

// minimal is n ≥ 0 as big-endian bytes without leading zeros; 0 is one byte.
func minimal(n int) []byte {
	if n == 0 {
		return []byte{0}
	}
	return big.NewInt(int64(n)).Bytes()
}
