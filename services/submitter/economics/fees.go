package economics

import (
	"slices"
	"sync"
)

// Kind is a kind of message.
type Kind int

// The kinds of messages whose fees are observed.
const (
	Claim Kind = iota
	Proof
	kinds
)

// window is how many transactions the observed fee is the median of.
const window = 31

// Fees is what the last transactions paid for each message; its zero value has seen none. Safe for concurrent use.
type Fees struct {
	mu   sync.Mutex
	paid [kinds][]uint64 // newest last, at most window
}

// Paid notes a transaction's fee for each of its messages, in upokt.
func (f *Fees) Paid(k Kind, upokt uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paid[k] = append(f.paid[k], upokt)
	f.paid[k] = slices.Clone(f.paid[k][max(0, len(f.paid[k])-window):])
}

// Of is the median of what was paid, the lower one of two; false before the first.
func (f *Fees) Of(k Kind) (upokt uint64, seen bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.paid[k]) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(f.paid[k]))
	return sorted[(len(sorted)-1)/2], true
}
