package bench

import (
	"fmt"
	"runtime"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// session measures tries too large for the official library to make them here.
func (r *run) session() error {
	leaves := leavesOf(r.Session)
	tree, err := r.root(leaves)
	if err != nil {
		return err
	}
	if err := onOneCore(func() error { return r.proof(tree) }); err != nil || r.Large == 0 {
		return err
	}
	_, err = r.root(leavesOf(r.Large))
	return err
}

// leavesOf makes leaves whose values relayOf knows.
func leavesOf(n int) []smst.Leaf {
	leaves := make([]smst.Leaf, n)
	for i := range leaves {
		key, value := relayOf(i)
		leaves[i] = smst.NewLeaf(key, value, weight)
	}
	return leaves
}

// root goes from leaves in memory to the root: from a plain list, which is the figure, and from a set of them, which
// a session has collected by then, on one core and on all.
func (r *run) root(leaves []smst.Leaf) (tree *smst.Tree, err error) {
	set := new(smst.Set)
	fill := ours(len(leaves), func() error {
		set = new(smst.Set)
		for i := range leaves {
			set.Add(leaves[i])
		}
		return nil
	})
	fold := ours(1, func() error {
		tree = set.Tree()
		return nil
	})
	list := ours(1, func() error {
		tree = smst.NewTree(leaves)
		return nil
	})
	if err := fill.run(); err != nil {
		return nil, err
	}
	n := len(leaves)
	var costs, all []cost
	if err := onOneCore(func() (err error) {
		costs, err = r.compare(fill, fold, list)
		return err
	}); err != nil {
		return nil, err
	}
	if all, err = r.compare(fold); err != nil {
		return nil, err
	}
	if set.Tree().Root() != tree.Root() || tree.Root().Count() != uint64(n) {
		return nil, errRoots
	}
	r.report.alone(fmt.Sprintf("root of %d leaves in a set, one core", n), costs[1])
	r.report.alone(fmt.Sprintf("root of %d leaves in a set, %d cores", n, runtime.GOMAXPROCS(0)), all[0])
	r.report.alone(fmt.Sprintf("root of %d leaves in a list, one core", n), costs[2])
	r.report.alone(fmt.Sprintf("add a leaf to a set, up to %d, one core", n), costs[0])
	if n == r.Session {
		r.figures.TrieRoot1M = figure(costs[2].nanoseconds / 1e9)
	}
	return tree, nil
}

// proof proves leaves near many paths, up to the bytes that go on chain. The official library accepts them.
func (r *run) proof(tree *smst.Tree) error {
	spec, root := newOfficialTrie().Spec(), tree.Root()
	var proofs [][]byte
	prove := func() error {
		proofs = proofs[:0]
		for i := range r.Targets {
			p, err := tree.Closest(message(i))
			if err != nil {
				return err
			}
			_, value := relayOf(p.Arrival)
			encoded, err := p.Encode(value)
			if err != nil {
				return err
			}
			proofs = append(proofs, encoded)
		}
		return nil
	}
	costs, err := r.compare(ours(r.Targets, prove))
	if err != nil {
		return err
	}
	for _, p := range proofs {
		if err := officialAccepts(spec, root, p); err != nil {
			return err
		}
	}
	r.report.alone(fmt.Sprintf("a proof of %d leaves, encoded, one core", tree.Len()), costs[0])
	r.figures.TrieProof1M = figure(costs[0].nanoseconds / 1e6)
	return nil
}
