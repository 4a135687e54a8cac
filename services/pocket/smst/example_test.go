package smst_test

import (
	"crypto/sha256"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// A session from its relays to a proof that the chain accepts.
func Example() {
	values := [][]byte{[]byte("relay-0"), []byte("relay-1"), []byte("relay-2")}
	hashes := make([][32]byte, len(values))
	for i, value := range values {
		hashes[i] = sha256.Sum256(value)
	}
	leaves := make([]smst.Leaf, len(values))
	new(smst.LeafMaker).Leaves(leaves, hashes, values, []uint64{100, 100, 100})

	var set smst.Set
	for _, leaf := range leaves {
		set.Add(leaf)
	}
	tree := set.Tree()
	fmt.Println(tree.Root().Sum(), tree.Root().Count())

	proof, err := tree.Closest(smst.Path{0x0f})
	if err != nil {
		panic(err)
	}
	encoded, err := proof.Encode(values[proof.Arrival])
	fmt.Println(err, smst.VerifyProof(encoded, tree.Root()))
	// Output:
	// 300 3
	// <nil> <nil>
}
