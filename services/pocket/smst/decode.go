package smst

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
)

// MaxProofBytes bounds a proof that [DecodeProof] accepts. A proof is little
// more than one relay, which must fit in a transaction.
const MaxProofBytes = 8 << 20

// ErrMalformed is returned, wrapped, for proofs that do not decode or whose
// fields cannot be those of a proof.
var ErrMalformed = errors.New("malformed proof")

// DecodeProof reads a proof as submitted to the chain: a gob stream of one
// closest proof, of any type ids and field order; what follows the value is
// ignored, as on chain. The result always has a ClosestProof; beyond that its
// fields are unchecked (see [CompactProof.Verify]).
func DecodeProof(b []byte) (*CompactProof, error) {
	if len(b) > MaxProofBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrMalformed, len(b), MaxProofBytes)
	}
	p := new(CompactProof)
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if p.ClosestProof == nil {
		return nil, fmt.Errorf("%w: no side nodes part", ErrMalformed)
	}
	return p, nil
}

// Value returns the proven leaf's value (relay bytes) and weight: the leaf
// data without its last 16 bytes, and the first 8 of those.
func (p *CompactProof) Value() (value []byte, weight uint64, err error) {
	n := len(p.ClosestValueHash) - 16
	if n < 0 {
		return nil, 0, fmt.Errorf("%w: leaf data of %d bytes", ErrMalformed, n+16)
	}
	sum, _ := meta(p.ClosestValueHash)
	return p.ClosestValueHash[:n], sum, nil
}

// LeafValue returns the relay bytes that an encoded proof shows.
func LeafValue(proof []byte) ([]byte, error) {
	p, err := DecodeProof(proof)
	if err != nil {
		return nil, err
	}
	value, _, err := p.Value()
	return value, err
}
