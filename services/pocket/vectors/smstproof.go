package vectors

import (
	"bytes"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// proofCase is one proof in a set's tree.
type proofCase struct {
	SeedBlockHash Field[Hex]  `json:"seed_block_hash"`
	SessionID     string      `json:"session_id"`
	Path          Field[Hex]  `json:"path"`
	Proof         Field[Hex]  `json:"proof"`
	Fields        proofFields `json:"fields"`
	Value         Field[Hex]  `json:"closest_value"`
	Uncompacted   struct {
		Depth     Field[Int]   `json:"depth"`
		Flips     Field[[]Int] `json:"flipped_bits"`
		SideNodes Field[[]Hex] `json:"side_nodes"`
	} `json:"uncompacted"`
	Verifies    Field[bool] `json:"verifies"`
	WrongDigest Field[bool] `json:"verifies_against_root_with_digest_bit_flipped"`
	WrongSum    Field[bool] `json:"verifies_against_root_with_sum_bit_flipped"`
	WrongCount  Field[bool] `json:"verifies_against_root_with_count_bit_flipped"`
}

// proofFields is a decoded compact proof.
type proofFields struct {
	Path         Field[Hex]   `json:"Path"`
	Flipped      Field[[]Hex] `json:"FlippedBits"`
	Depth        Field[Hex]   `json:"Depth"`
	ClosestPath  Field[Hex]   `json:"ClosestPath"`
	ClosestValue Field[Hex]   `json:"ClosestValueHash"`
	Closest      struct {
		SideNodes Field[[]Hex] `json:"SideNodes"`
		Absence   Field[Hex]   `json:"NonMembershipLeafData"`
		Mask      Field[Hex]   `json:"BitMask"`
		Number    Field[Int]   `json:"NumSideNodes"`
		Sibling   Field[Hex]   `json:"SiblingData"`
	} `json:"ClosestProof"`
}

// checkProof reads and verifies the file's proof and makes our own.
func (t smstTree) checkProof(c *Case, v proofCase) {
	proof, ok := v.Proof.Need(c, "proof")
	if !ok || t.tree == nil {
		c.Errorf("no proof or no tree")
		return
	}
	v.checkPath(c)
	v.checkDecoded(c, proof)
	v.checkVerdicts(c, proof, t.tree.Root())
	if t.tree.Len() > 0 { // a tree without leaves cannot be claimed: we make no proofs of it
		t.checkOwn(c, v)
	}
}

// checkPath derives the path from the seed, where there is one.
func (v proofCase) checkPath(c *Case) {
	if v.SessionID == "" && len(v.SeedBlockHash.V) == 0 {
		return
	}
	path := claim.ProofPath(v.SeedBlockHash.V, v.SessionID)
	c.Bytes("path", v.Path, path[:])
}

func (v proofCase) checkDecoded(c *Case, proof []byte) {
	p, err := smst.DecodeProof(proof)
	if err != nil {
		c.Errorf("decode: %v", err)
		return
	}
	v.Fields.compare(c, "", p, true)
	c.Bytes("path", v.Path, p.Path)
	value := p.ClosestValueHash // of a proof that shows nothing: empty
	if len(value) > 0 {
		if value, _, err = p.Value(); err != nil {
			c.Errorf("closest_value: %v", err)
		}
	}
	c.Bytes("closest_value", v.Value, value)
}

func (v proofCase) checkVerdicts(c *Case, proof []byte, root smst.Digest) {
	verdict := func(name string, want Field[bool], flip int) {
		altered := root
		if flip >= 0 {
			altered[flip] ^= 1
		}
		Equal(c, name, want, smst.VerifyProof(proof, altered) == nil)
	}
	verdict("verifies", v.Verifies, -1)
	verdict("with digest bit flipped", v.WrongDigest, 0)
	verdict("with sum bit flipped", v.WrongSum, 39)
	verdict("with count bit flipped", v.WrongCount, 47)
}

// checkOwn makes a proof for the same path and compares it, field by field, in
// both forms.
func (t smstTree) checkOwn(c *Case, v proofCase) {
	target, ok := fixed32(c, "path", v.Path.V)
	if !ok {
		return
	}
	p, err := t.tree.Closest(target)
	if err != nil {
		c.Errorf("make proof: %v", err)
		return
	}
	compareWay(c, v, p)
	compact, err := p.Compact(t.value(p.Leaf))
	if err != nil {
		c.Errorf("make proof: %v", err)
		return
	}
	if err := smst.VerifyProof(compact.Encode(), t.tree.Root()); err != nil {
		c.Errorf("our proof: %v", err)
	}
	compact.ClosestProof.SiblingData = p.Sibling.Data(t.value)
	v.Fields.compare(c, "our ", compact, false)
}

func compareWay(c *Case, v proofCase, p smst.Proof) {
	Equal(c, "uncompacted depth", v.Uncompacted.Depth, Int(p.Depth))
	flips, _ := v.Uncompacted.Flips.Need(c, "uncompacted flipped_bits")
	if want, got := fmt.Sprint([]Int(flips)), fmt.Sprint(append([]int{}, p.Flips...)); want != got {
		c.Errorf("uncompacted flipped_bits: want %s, got %s", want, got)
	}
	sides := make([][]byte, len(p.SideNodes))
	for i := range sides {
		sides[i] = p.SideNodes[i][:]
	}
	compareList(c, "uncompacted side_nodes", v.Uncompacted.SideNodes, sides)
}

// compare compares the fields with p. The sibling's bytes are compared if
// exact; else an extension node's, which has bits without meaning, are left to
// the verifier.
func (f proofFields) compare(c *Case, who string, p *smst.CompactProof, exact bool) {
	m := p.ClosestProof
	c.Bytes(who+"Path", f.Path, p.Path)
	compareList(c, who+"FlippedBits", f.Flipped, p.FlippedBits)
	c.Bytes(who+"Depth", f.Depth, p.Depth)
	c.Bytes(who+"ClosestPath", f.ClosestPath, p.ClosestPath)
	c.Bytes(who+"ClosestValueHash", f.ClosestValue, p.ClosestValueHash)
	compareList(c, who+"SideNodes", f.Closest.SideNodes, m.SideNodes)
	c.Bytes(who+"NonMembershipLeafData", f.Closest.Absence, m.NonMembershipLeafData)
	c.Bytes(who+"BitMask", f.Closest.Mask, m.BitMask)
	Equal(c, who+"NumSideNodes", f.Closest.Number, Int(m.NumSideNodes))
	if sibling := f.Closest.Sibling.V; exact || len(sibling) == 0 || sibling[0] != 2 {
		c.Bytes(who+"SiblingData", f.Closest.Sibling, m.SiblingData)
	}
}

func compareList(c *Case, name string, want Field[[]Hex], got [][]byte) {
	list, ok := want.Need(c, name)
	if !ok {
		return
	}
	same := len(list) == len(got)
	for i := 0; same && i < len(list); i++ {
		same = bytes.Equal(list[i], got[i])
	}
	if !same {
		c.Errorf("%s: want %x, got %x", name, list, got)
	}
}
