// Package validate says what must follow from a history, by the book and the official library, and finds where the bus
// disagrees.
package validate

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"

	"github.com/lodeworks/lode/e2e/robustness/history"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// Counts is what a session's fact says of its relays.
type Counts struct{ Logged, Mined, Filtered, Duplicate uint64 }

// Reference is the tree of a session's relays up to a message of the log: the official trie.
func Reference(s history.Session, upTo uint64) (c Counts, root []byte, err error) {
	trie := smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(), smt.WithValueHasher(nil))
	seen := map[[32]byte]bool{}
	for _, e := range s.Entries {
		if e.Sequence > upTo {
			continue
		}
		c.Logged++
		hash := sha256.Sum256(e.Relay)
		switch {
		case bytes.Compare(hash[:], s.Terms.TargetHash) >= 0:
			c.Filtered++
		case seen[hash]:
			c.Duplicate++
		default:
			c.Mined++
			if err := trie.Update(hash[:], e.Relay, s.Terms.ComputeUnitsPerRelay); err != nil {
				return c, nil, err
			}
		}
		seen[hash] = true
	}
	if c.Mined > 0 {
		root = trie.Root()
	}
	return c, root, nil
}

// ErrFact is returned when a fact is not what the history says.
var ErrFact = errors.New("the sealed fact is wrong")

// Fact compares a sealed fact with the history: nothing that was answered in time is left out, and root and counts are
// those of all relays up to the fact's position.
func Fact(s history.Session, fact *sessionv1.Sealed) error {
	fault := func(what string, have, want any) error {
		return fmt.Errorf("session %s: %w: %s is %v, should be %v", history.Key(s.Terms), ErrFact, what, have, want)
	}
	if last := s.OnTime(); fact.LogSequence < last {
		return fault("log position", fact.LogSequence, fmt.Sprint("at least ", last))
	}
	if fact.SealedHeight < s.Terms.ClaimOpenHeight {
		return fault("height", fact.SealedHeight, fmt.Sprint("at least ", s.Terms.ClaimOpenHeight))
	}
	want, root, err := Reference(s, fact.LogSequence)
	if err != nil {
		return err
	}
	if have := (Counts{fact.Logged, fact.Mined, fact.Filtered, fact.Duplicate}); have != want {
		return fault("counts", have, want)
	}
	if !bytes.Equal(fact.Root, root) {
		return fault("root", fmt.Sprintf("%x", fact.Root), fmt.Sprintf("%x", root))
	}
	return nil
}

// ErrProof is returned when a proof does not open its root where it was asked.
var ErrProof = errors.New("the proof is wrong")

// Proof checks a proof by our verifier and by the official one.
func Proof(proof, root, path []byte) error {
	if err := smst.VerifyProof(proof, smst.Digest(root)); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	var theirs smt.SparseCompactMerkleClosestProof
	if err := theirs.Unmarshal(proof); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	if !bytes.Equal(theirs.Path, path) {
		return fmt.Errorf("%w: of path %x, asked for %x", ErrProof, theirs.Path, path)
	}
	spec := smt.NewTrieSpec(sha256.New(), true, smt.WithValueHasher(nil))
	if ok, err := smt.VerifyCompactClosestProof(&theirs, root, &spec); err != nil || !ok {
		return fmt.Errorf("%w: the official verifier refuses it: %w", ErrProof, err)
	}
	return nil
}
