package fold

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// ErrUnknown is returned when a session is not in the partition, or no more.
var ErrUnknown = errors.New("this session is not here")

// Closest opens the sealed root of a session at the leaf closest to a path, and says where the leaf's bytes are.
func (p *Partition) Closest(k Key, path smst.Path, root []byte) (smst.Proof, Place, error) {
	t := p.trees[k]
	if t == nil || t.ended {
		return smst.Proof{}, 0, ErrUnknown
	}
	if t.sealed == nil || p.Position(t.terms.EndHeight) < t.sealed.LogSequence {
		return smst.Proof{}, 0, errors.New("this session is not sealed and folded here yet")
	}
	have := t.build().Root()
	if !bytes.Equal(have[:], root) {
		return smst.Proof{}, 0, fmt.Errorf("the root here is %x, asked for %x", have[:], root)
	}
	proof, err := t.build().Closest(path)
	if err != nil {
		return smst.Proof{}, 0, err
	}
	return proof, t.places[proof.Arrival], nil
}
