package claims

import (
	"encoding/hex"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/mine"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// readPath makes the tree path anew from relays and seed block when no proof was built or is kept any more.
func (d *Dossier) readPath(o *claimv1.Obligation) {
	if len(d.Proof) > 0 || o.Mined == 0 {
		return
	}
	proof, err := d.path(o)
	if err != nil {
		d.ProofFault = err.Error()
	}
	d.Proof = proof
}

func (d *Dossier) path(o *claimv1.Obligation) ([]byte, error) {
	seed, err := d.seed(o.ProofOpenHeight - 1)
	if err != nil {
		return nil, err
	}
	sealed := new(sessionv1.Sealed)
	if err := protojson.Unmarshal(d.Sealed, sealed); err != nil {
		return nil, errors.New("the session's sealed fact is gone")
	}
	target, err := difficulty.Parse(o.Terms.TargetHash)
	if err != nil {
		return nil, err
	}
	values := map[smst.Path][]byte{}
	var leaves []smst.Leaf
	for _, r := range d.Relays {
		m := mine.One(&mine.Relay{Value: r.Leaf, Target: target, Weight: o.Terms.ComputeUnitsPerRelay})
		if _, again := values[m.Leaf.Path]; !m.Counts || again || r.Sequence > sealed.LogSequence {
			continue
		}
		values[m.Leaf.Path] = r.Leaf
		leaves = append(leaves, m.Leaf)
	}
	if len(leaves) == 0 {
		return nil, errors.New("the relays are gone")
	}
	tree := smst.NewTree(leaves)
	if root := tree.Root(); string(root[:]) != string(o.Root) {
		return nil, fmt.Errorf("the relays that are left, %d of %d mined, have another root", len(leaves), o.Mined)
	}
	proof, err := tree.Closest(claim.ProofPath(seed, o.Terms.SessionId))
	if err != nil {
		return nil, err
	}
	return proof.Encode(values[proof.Leaf.Path])
}

// seed is the hash of a block that decided.
func (d *Dossier) seed(height int64) ([]byte, error) {
	for _, b := range d.Blocks {
		if b.Height == height && b.Hash != "" {
			return hex.DecodeString(b.Hash)
		}
	}
	return nil, fmt.Errorf("the seed block %d is not known", height)
}
