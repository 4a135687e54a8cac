package fold

import "github.com/lodeworks/lode/services/pocket/mine"

// maxTogether is how many relays are hashed together; a relayer's groups have no more.
const maxTogether = 256

// hashing collects relays, hashes them together and hands each to its tree, in their order. Its room is kept.
type hashing struct {
	batch  mine.Batch
	relays []mine.Relay
	trees  []*tree // of each relay
	places []Place // of each relay
	counts counts  // of all that were flushed
}

// add takes a relay that its tree has logged; it is in the tree after the next flush.
func (h *hashing) add(t *tree, value []byte, at Place) {
	if len(h.relays) == maxTogether {
		h.flush()
	}
	h.relays = append(h.relays, mine.Relay{Value: value, Target: t.target, Weight: t.terms.ComputeUnitsPerRelay})
	h.trees = append(h.trees, t)
	h.places = append(h.places, at)
}

func (h *hashing) flush() {
	mined := h.batch.Mine(h.relays)
	for i := range mined {
		h.trees[i].add(&mined[i], h.places[i], &h.counts)
	}
	clear(h.relays) // the group is not kept alive, nor is a tree
	clear(h.trees)
	h.relays, h.trees, h.places = h.relays[:0], h.trees[:0], h.places[:0]
}
