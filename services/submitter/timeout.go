package submitter

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Unordered transactions: the pair (signer, timeout) is what the chain knows them by, and the timeout may lie at
// most ten minutes after the block time. What is left to the ten minutes is for nodes that are a block behind.
const (
	timeoutAfter  = 9 * time.Minute
	timeoutSpread = time.Second
)

// timeouts gives each transaction another timeout: the next nanosecond of the spread, from a random one on, so that
// neither another transaction at the same block nor one before a restart has the same.
type timeouts struct{ last atomic.Uint64 }

func newTimeouts() *timeouts {
	t := new(timeouts)
	t.last.Store(rand.Uint64N(uint64(timeoutSpread)))
	return t
}

// after returns a timeout for a transaction that is built at the block of this time.
func (t *timeouts) after(block time.Time) time.Time {
	return block.Add(timeoutAfter + time.Duration(t.last.Add(1)%uint64(timeoutSpread)))
}
