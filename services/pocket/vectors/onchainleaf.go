package vectors

import (
	"crypto/sha256"

	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// leaf checks a mined relay, its signatures and all, and adds it to the tree.
func (r *chainRun) leaf(c *Case, v struct {
	Key    Field[Hex]  `json:"key"`
	Value  Field[Hex]  `json:"value"`
	Weight Field[Uint] `json:"weight"`
}) {
	value, _ := v.Value.Need(c, "value")
	weight, _ := v.Weight.Need(c, "weight")
	hash := sha256.Sum256(value)
	c.Bytes("key", v.Key, hash[:])
	leaf := smst.NewLeaf(hash, value, uint64(weight))
	r.leaves = append(r.leaves, leaf)
	r.values[leaf.Path] = value
	r.checkRelay(c, value, hash)
}

func (r *chainRun) checkRelay(c *Case, value []byte, hash [32]byte) {
	relayed, err := relay.DecodeLeaf(value)
	if err != nil {
		c.Errorf("value: %v", err)
		return
	}
	if err := relay.VerifyResponse(relayed.Res, r.supplier.Public()); err != nil {
		c.Errorf("value: %v", err)
	}
	signed, err := relay.RequestHash(relayed.Req)
	if err != nil {
		c.Errorf("value: %v", err)
		return
	}
	if err := new(ring.Verifier).Verify(signed, relayed.Req.Meta.Signature, r.ring(c)); err != nil {
		c.Errorf("value: %v", err)
	}
	_, again, err := relay.Leaf(relayed.Req, relayed.Res)
	if err != nil || again != hash {
		c.Errorf("value: encoded again it has hash %x, %v", again, err)
	}
}

// ring is the set of keys that may sign for the application.
func (r *chainRun) ring(c *Case) ring.Set {
	application, ok := fixed33(c, "application public_key", r.file.Application.Public.V)
	gateway, gatewayOK := fixed33(c, "gateway public_key", r.file.Gateway.Public.V)
	if !ok || !gatewayOK {
		return ring.Set{}
	}
	return ring.NewSet(application, gateway)
}

// fieldsOf describes a decoded proof as a vector file does.
func fieldsOf(p *smst.CompactProof) (f proofFields) {
	set := func(to *Field[Hex], b []byte) { *to = Field[Hex]{Set: true, V: b} }
	list := func(to *Field[[]Hex], from [][]byte) {
		to.Set = true
		for _, b := range from {
			to.V = append(to.V, b)
		}
	}
	m := p.ClosestProof
	set(&f.Path, p.Path)
	list(&f.Flipped, p.FlippedBits)
	set(&f.Depth, p.Depth)
	set(&f.ClosestPath, p.ClosestPath)
	set(&f.ClosestValue, p.ClosestValueHash)
	list(&f.Closest.SideNodes, m.SideNodes)
	set(&f.Closest.Absence, m.NonMembershipLeafData)
	set(&f.Closest.Mask, m.BitMask)
	f.Closest.Number = Field[Int]{Set: true, V: Int(m.NumSideNodes)}
	set(&f.Closest.Sibling, m.SiblingData)
	return f
}
