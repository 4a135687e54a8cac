package admission

import (
	"hash/maphash"
	"sync"
)

// ID names an item within this process. Who does not know the process's seed can't make two items of one ID; that two
// meet by chance is as likely as guessing 64 bits.
type ID uint64

var seed = maphash.MakeSeed()

// IDOf names the item that consists of the parts.
func IDOf(hash [32]byte, rest []byte) ID {
	var h maphash.Hash
	h.SetSeed(seed)
	_, _ = h.Write(hash[:])
	_, _ = h.Write(rest)
	return ID(h.Sum64())
}

// Memory knows the latest items that were added: at least half as many as it has room for. It is two sets, of which the
// older one is dropped when the younger one is full, so that forgetting costs nothing per item.
type Memory struct {
	mu         sync.Mutex
	young, old map[ID]struct{}
	half       int
}

// NewMemory returns a Memory with room for items, about 20 bytes each.
func NewMemory(items int) *Memory { return &Memory{young: map[ID]struct{}{}, half: max(1, items/2)} }

// Has tells whether the item is known.
func (m *Memory) Has(id ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.has(id)
}

func (m *Memory) has(id ID) bool {
	if _, ok := m.young[id]; ok {
		return true
	}
	_, ok := m.old[id]
	return ok
}

// Add makes the item known, and tells whether it was not before: of several that add the same one, one is told so.
func (m *Memory) Add(id ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.has(id) {
		return false
	}
	if len(m.young) >= m.half {
		m.old, m.young = m.young, map[ID]struct{}{}
	}
	m.young[id] = struct{}{}
	return true
}

// Remove makes the item unknown.
func (m *Memory) Remove(id ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, id)
	delete(m.old, id)
}
