package bench

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/mine"
	"github.com/lodeworks/lode/services/pocket/sha256x"
)

var (
	errLeaves  = errors.New("leaves differ")
	errDigests = errors.New("digests differ")
)

const (
	relayBytes = 1200
	batchSize  = 256 // relays of a group of the log
)

// relays measures what the hasher does with each relay: relay hash, path and leaf hash.
func (r *run) relays() error {
	list := make([]mine.Relay, r.Relays)
	for i := range list {
		list[i] = mine.Relay{Value: bytesOf(i, relayBytes, 0), Target: difficulty.Base, Weight: weight}
	}
	var batch mine.Batch
	if err := sameLeaves(&batch, list); err != nil {
		return err
	}
	book := ours(len(list), func() error {
		byTheBook(list)
		return nil
	})
	one := ours(len(list), func() error {
		for i := range list {
			mine.One(&list[i])
		}
		return nil
	})
	many := ours(len(list), func() error {
		for begin := 0; begin < len(list); begin += batchSize {
			batch.Mine(list[begin:min(begin+batchSize, len(list))])
		}
		return nil
	})
	costs, err := r.compare(book, one, many)
	if err != nil {
		return err
	}
	r.report.add(fmt.Sprintf("hash a relay of %d B, one core", relayBytes), costs[1], "crypto/sha256", costs[0])
	r.report.add(fmt.Sprintf("the same in batches of %d", batchSize), costs[2], "crypto/sha256", costs[0])
	r.figures.RelayHash, r.figures.RelayHashBatch = figure(costs[1].nanoseconds), figure(costs[2].nanoseconds)
	return nil
}

// sameLeaves: the official trie of a single relay has the relay's leaf as its root.
func sameLeaves(batch *mine.Batch, list []mine.Relay) error {
	mined := batch.Mine(list)
	for i := range list {
		key := sha256.Sum256(list[i].Value)
		trie := newOfficialTrie()
		if err := trie.Update(key[:], list[i].Value, weight); err != nil {
			return err
		}
		leaf := mined[i].Leaf.Digest()
		if string(trie.Root()) != string(leaf[:]) || mined[i] != mine.One(&list[i]) {
			return fmt.Errorf("%w: relay %d", errLeaves, i)
		}
	}
	return nil
}

func newOfficialTrie() *smt.SMST {
	return smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(), smt.WithValueHasher(nil))
}

// byTheBook hashes each relay with the standard library: the relay, its hash, and the leaf, put together in a buffer.
func byTheBook(list []mine.Relay) {
	var buf [1 + 32 + relayBytes + 16]byte
	for i := range list {
		hash := sha256.Sum256(list[i].Value)
		path := sha256.Sum256(hash[:])
		leaf := append(append(buf[:1], path[:]...), list[i].Value...)
		leaf = binary.BigEndian.AppendUint64(leaf, list[i].Weight)
		leaf = binary.BigEndian.AppendUint64(leaf, 1)
		sha256.Sum256(leaf)
	}
}

// sha measures the kernel below: inner nodes of a trie, and relays.
func (r *run) sha() error {
	const count = 1024
	for _, n := range []int{113, relayBytes} {
		src := bytesOf(0, n*count, 0)
		digests := make([][32]byte, count)
		sha256x.Equal(digests, src, n)
		for i := range digests {
			if digests[i] != sha256.Sum256(src[i*n:][:n]) {
				return errDigests
			}
		}
		costs, err := r.compare(
			theirs(count, func() error {
				for i := range digests {
					digests[i] = sha256.Sum256(src[i*n:][:n])
				}
				return nil
			}),
			ours(count, func() error {
				sha256x.Equal(digests, src, n)
				return nil
			}))
		if err != nil {
			return err
		}
		r.report.add(fmt.Sprintf("SHA-256 of %d B, %d at once, one core", n, count), costs[1], "crypto/sha256", costs[0])
	}
	return nil
}
