package mine

import "github.com/lodeworks/lode/services/pocket/smst"

func newLeaves(out []smst.Leaf, hashes [][32]byte, values [][]byte, weights []uint64) {
	for i := range out {
		out[i] = smst.NewLeaf(hashes[i], values[i], weights[i])
	}
}
