// Package indexer turns the chain into messages: every block's events and transactions in order, then the block.
//
//	nodes ─► the quorum's height ─► fetch (some heights ahead) ─► read, decode, split ─► say: chain.events …, block.committed
//	                                   ▲                                                                  │
//	                                   └── checkpoint: the last block.committed in the stream ◄───────────┘
//
// The indexer has no state of its own. Where it stopped is the last block.committed in stream CHAIN. Each message is
// stored only directly behind the one before it ([line]), so each height is said exactly once and without a gap, also when two
// indexers run at once or one is killed between any two steps. The parts of a height carry message ids; a part that is said again
// later than the server's memory for ids is the same part, and every reader is idempotent by (height, index).
//
// Who hears a block can have all of its events: they lie before it in the stream.
//
// A height is of one node that has all of it; nodes that are away, behind, or do not fit what the stream holds are passed
// over, and waited for when none is left. If all nodes answer and none fits, the service ends: no retry can help, and a human must
// choose the right chain. Memory does not depend on the size of a block ([reader], [splitter]).
//
// Why: docs/adr/0015.
package indexer
