// Package mine makes leaves of relays: it hashes what the log has of a relay,
// compares the hash with the session's target, and hashes those that pass once
// more into the leaf of the session's trie (protocol relay.md §2, mining.md §1,
// smst.md §1).
//
//	value ─► relay hash ─► below the target? ─► path = SHA-256(relay hash)
//	  │                                                │
//	  └────────────────────────────────────────────────┴─► leaf hash
//
// [One] does it for one relay, a [Batch] for many at once, which on processors
// that hash many messages side by side takes less than half the time. Neither
// allocates in steady state.
package mine
