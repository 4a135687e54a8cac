package smst

import (
	"errors"
	"fmt"
)

// ErrRoot is returned when a well-formed proof leads to another root.
var ErrRoot = errors.New("proof does not lead to the root")

// VerifyProof decodes a proof and verifies it against a claim's root, as the
// chain does at the end of the block in which the proof was submitted
// (protocol smst.md §7). nil means accepted. The error matches [ErrMalformed]
// or [ErrRoot].
func VerifyProof(proof []byte, root Digest) error {
	p, err := DecodeProof(proof)
	if err != nil {
		return err
	}
	return p.Verify(root)
}

// Verify checks the proof against root; see [VerifyProof]. It accepts what the
// chain accepts, which is more than honest provers send: see protocol smst.md
// §7, last paragraphs.
func (p *CompactProof) Verify(root Digest) error {
	sides, err := p.expand()
	if err != nil {
		return err
	}
	if err := p.checkWay(len(sides)); err != nil {
		return err
	}
	if err := checkSibling(p.ClosestProof.SiblingData, sides); err != nil {
		return err
	}
	leaf, err := p.leafDigest()
	if err != nil {
		return err
	}
	if climb(leaf, (*Path)(p.ClosestPath), sides) != root {
		return ErrRoot
	}
	return nil
}

// checkWay checks that the target with its flips leads to the leaf.
func (p *CompactProof) checkWay(sides int) error {
	if len(p.Path) != len(Path{}) || len(p.ClosestPath) < len(Path{}) {
		return fmt.Errorf("%w: paths of %d and %d bytes", ErrMalformed, len(p.Path), len(p.ClosestPath))
	}
	depth, err := number(p.Depth)
	if err != nil || depth > pathBits {
		return fmt.Errorf("%w: depth %x", ErrMalformed, p.Depth)
	}
	way := Path(p.Path)
	for _, b := range p.FlippedBits {
		flip, err := number(b)
		if err != nil || flip > depth || flip >= pathBits {
			return fmt.Errorf("%w: flipped bit %x at depth %d", ErrMalformed, b, depth)
		}
		way.flip(flip)
	}
	if way.commonPrefix((*Path)(p.ClosestPath)) < depth {
		return fmt.Errorf("%w: target does not lead to the leaf's path in %d steps", ErrMalformed, depth)
	}
	return nil
}

// climb folds the siblings into the leaf's digest, from the leaf to the root.
func climb(d Digest, path *Path, sides []Digest) Digest {
	for i := range sides {
		if path.Bit(len(sides)-1-i) == 0 {
			d = inner(&d, &sides[i])
		} else {
			d = inner(&sides[i], &d)
		}
	}
	return d
}

// number reads a depth: at most two big-endian bytes.
func number(b []byte) (int, error) {
	if len(b) > 2 {
		return 0, ErrMalformed
	}
	n := 0
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n, nil
}
