// Package indexer measures how fast the indexer catches up with a real chain, and what it costs.
//
// First a chain is made: one validator of the official application with short blocks; suppliers serve relays in every
// session, and hasher and submitter claim and prove them, so that most blocks have claims, proofs or settlements.
//
//	relays ─► RELAYS ─► hasher ─► SESSIONS ─► submitter ─► node      (tools/served, tools/stack)
//
// Then all of that is stopped, the node is started again with blocks ten minutes apart, and the indexer, a process of
// its own, is given an empty bus with a file store and every message synced, which is in this process:
//
//	node ─► indexer ─► CHAIN
//
// What is counted is read from CHAIN: blocks in order, and the events they say they have. The time is from the indexer's start to
// the last block's message. Node, indexer and bus share the processors; the table says what each used.
package indexer
