// Package indexer turns the chain into messages: every block's events and transactions in order, then the block.
//
//	CometBFT RPC ─► follow ─► fetch (some heights ahead) ─► decode ─► split ─► emit chain.events … ─► emit block.committed
//	                   ▲                                                                                    │
//	                   └───────────── checkpoint: the last block.committed in the stream ◄──────────────────┘
//
// The indexer has no state of its own. Where it stopped is the last block.committed in stream CHAIN; a block is
// published only with that message's sequence as the expected last one of its subject. So each height is said
// exactly once and without a gap, also when two indexers run at once or one is killed between any two steps. The
// parts of a height carry message ids; a part that is said again later than the server's memory for ids is the same
// part, and every reader is idempotent by (height, index).
//
// Who hears a block can have all of its events: they lie before it in the stream.
//
// A node that is away is waited for. A node that answers for another chain, or with a block that does not follow
// the last one, stops the service: no retry can help, and a human must choose the right chain.
package indexer
