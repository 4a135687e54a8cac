package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// smstFile is smst.json.
type smstFile struct {
	Sets    []json.RawMessage `json:"sets"`
	Mutated []json.RawMessage `json:"mutated_proofs"`
}

// smstSet is one set of leaves, in order of insertion.
type smstSet struct {
	Leaves []smstLeaf               `json:"leaves"`
	Steps  []smstRoot               `json:"root_steps"`
	Proofs Field[[]json.RawMessage] `json:"proofs"`
	Length Field[Int]               `json:"root_len"`
	smstRoot
}

// smstLeaf is one inserted leaf.
type smstLeaf struct {
	Key    Field[Hex]  `json:"key"`
	Path   Field[Hex]  `json:"path"`
	Value  Field[Hex]  `json:"value"`
	Weight Field[Uint] `json:"weight"`
}

// smstRoot is a root, perhaps after some of the inserts.
type smstRoot struct {
	After Field[Int]  `json:"after_inserts"`
	Root  Field[Hex]  `json:"root"`
	Sum   Field[Uint] `json:"sum"`
	Count Field[Uint] `json:"count"`
}

// RunSMST runs smst.json of dir through package smst: the roots of each set,
// each proof read and made, and each altered proof.
func RunSMST(dir string) (Result, error) {
	res := Result{Name: "smst.json"}
	var file smstFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	for i, raw := range file.Sets {
		runSet(&res, i, raw)
	}
	runEach(&res, "mutated_proofs", file.Mutated, checkMutated)
	return res, nil
}

// runSet runs a set as one case and each of its proofs as one.
func runSet(res *Result, i int, raw json.RawMessage) {
	var set smstSet
	var t smstTree
	name := label("sets", i, raw)
	res.Run(name, func(c *Case) {
		if err := json.Unmarshal(raw, &set); err != nil {
			c.Errorf("not of the expected form: %v", err)
			return
		}
		t = set.check(c)
	})
	runEach(res, name+" proofs", set.Proofs.V, t.checkProof)
}

// smstTree is a set's tree with what its leaves were made from.
type smstTree struct {
	tree   *smst.Tree
	values map[smst.Path][]byte
}

// value returns the bytes of a leaf of the tree.
func (t smstTree) value(l smst.Leaf) []byte { return t.values[l.Path] }

func (s smstSet) check(c *Case) smstTree {
	s.Proofs.Need(c, "proofs")
	t := smstTree{values: map[smst.Path][]byte{}}
	var leaves []smst.Leaf
	for i, l := range s.Leaves {
		leaf, ok := l.make(c, fmt.Sprintf("leaves[%d]", i))
		if !ok {
			return t
		}
		leaves = append(leaves, leaf)
		t.values[leaf.Path] = l.Value.V
	}
	for i, step := range s.Steps {
		n, ok := step.After.Need(c, "after_inserts")
		if !ok || n < 0 || int(n) > len(leaves) {
			c.Errorf("root_steps[%d]: no such step", i)
			continue
		}
		step.check(c, fmt.Sprintf("root_steps[%d] ", i), smst.NewTree(leaves[:n]).Root())
	}
	t.tree = smst.NewTree(leaves)
	s.smstRoot.check(c, "", t.tree.Root())
	Equal(c, "root_len", s.Length, smst.DigestSize)
	checkSet(c, leaves, t.tree)
	return t
}

// checkSet folds the leaves into a set, backwards and twice. Leaves that were
// replaced are left out: a set keeps one of them without regard to order.
func checkSet(c *Case, leaves []smst.Leaf, tree *smst.Tree) {
	final := map[smst.Path]smst.Leaf{}
	for _, l := range leaves {
		final[l.Path] = l
	}
	var set smst.Set
	for i := 2*len(leaves) - 1; i >= 0; i-- {
		l := leaves[i%len(leaves)]
		set.Add(final[l.Path])
	}
	if got := set.Tree().Root(); got != tree.Root() {
		c.Errorf("root of the set: want %s, got %s", tree.Root(), got)
	}
}

func (l smstLeaf) make(c *Case, name string) (leaf smst.Leaf, ok bool) {
	raw, keyOK := l.Key.Need(c, name+" key")
	value, valueOK := l.Value.Need(c, name+" value")
	weight, weightOK := l.Weight.Need(c, name+" weight")
	key, sized := fixed32(c, name+" key", raw)
	if !keyOK || !valueOK || !weightOK || !sized {
		return leaf, false
	}
	leaf = smst.NewLeaf(key, value, uint64(weight))
	c.Bytes(name+" path", l.Path, leaf.Path[:])
	return leaf, true
}

func (r smstRoot) check(c *Case, name string, got smst.Digest) {
	c.Bytes(name+"root", r.Root, got[:])
	Equal(c, name+"sum", r.Sum, Uint(got.Sum()))
	Equal(c, name+"count", r.Count, Uint(got.Count()))
}

// checkMutated verifies an altered proof. A case without a verdict is one where
// the reference gave an error or panicked: we must refuse.
func checkMutated(c *Case, v map[string]json.RawMessage) {
	var fields struct {
		Proof    Field[Hex]  `json:"proof"`
		Root     Field[Hex]  `json:"root"`
		Verifies Field[bool] `json:"verifies"`
	}
	if err := remarshal(v, &fields); err != nil {
		c.Errorf("not of the expected form: %v", err)
		return
	}
	proof, _ := fields.Proof.Need(c, "proof")
	raw, _ := fields.Root.Need(c, "root")
	root, err := smst.ParseDigest(raw)
	if err == nil {
		err = smst.VerifyProof(proof, root)
	}
	if !fields.Verifies.Set && refused(v) {
		fields.Verifies = Field[bool]{Set: true}
	}
	Equal(c, "verifies", fields.Verifies, err == nil)
}

// refused says whether a case tells of an error or a panic of the reference.
func refused(v map[string]json.RawMessage) bool {
	for name, value := range v {
		tells := strings.Contains(name, "error") || strings.Contains(name, "panic")
		if tells && !bytes.Equal(value, []byte(`""`)) && string(value) != "null" && string(value) != "false" {
			return true
		}
	}
	return false
}

func remarshal(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}
