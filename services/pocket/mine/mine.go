package mine

import (
	"crypto/sha256"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// Relay is one relay of the log, with the terms that its session pinned.
type Relay struct {
	Value  []byte            // encoded request and response, without the response's payload
	Target difficulty.Target // the relay counts when its hash is below
	Weight uint64            // compute units per relay
}

// Mined is what became of a relay. Leaf is set only if the relay counts.
type Mined struct {
	Leaf   smst.Leaf
	Counts bool
}

// One hashes one relay. The leaf is hashed only if the relay counts.
func One(r *Relay) Mined {
	hash := sha256.Sum256(r.Value)
	if !difficulty.Applies(hash, r.Target) {
		return Mined{}
	}
	return Mined{Leaf: smst.NewLeaf(hash, r.Value, r.Weight), Counts: true}
}
