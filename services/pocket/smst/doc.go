// Package smst is the sparse Merkle sum trie of a session: what a supplier
// claims is its root, what it proves is one of its leaves.
//
// The trie is not kept as nodes. Its shape follows from its set of leaves
// alone (protocol smst.md §2.1), so a session is a [Set] of leaves: adding is
// commutative and idempotent, and neither order, nor duplicates, nor a replay
// of the relay log can change the outcome. When the session is sealed the set
// becomes a [Tree], a sorted immutable snapshot, and root and proof are a fold
// over it:
//
//	digest(no leaf)     = 48 zero bytes
//	digest(one leaf)    = the leaf's digest, wherever it hangs
//	digest(more leaves) = inner(digest(left half), digest(right half))
//
// where the halves of a position at depth d differ in bit d of the path, most
// significant bit first. A leaf holds no relay bytes: its digest is computed
// once, when the bytes pass by ([NewLeaf]), and the bytes are needed again
// only for the one leaf that a proof shows ([Proof.Encode]).
//
// [DecodeProof] and [VerifyProof] are the other side: what the chain does with
// a submitted proof, for checking our own before we pay for a transaction.
// They take hostile bytes: malformed input gives an error where the reference
// implementation crashes.
package smst
