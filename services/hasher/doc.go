// Package hasher turns the relay log into session trees.
//
// A session's tree is a fold over the log: root and proof depend on the set of its leaves alone, so duplicates,
// order, replays and several hashers at once cannot change them. The log is the only truth; what is in memory is
// made again from it at every start.
//
//	on_relay_served.go     →  hash.go, fold.go  →  seal.go  →  emit_session_sealed.go
//	the log, from its start   leaves               roots       one fact for each session
//
//	on_block_committed.go     when to seal: at claim-window open, once the log is folded as far as it reaches then
//	on_session_sealed.go      facts that are already there win over what this process would seal
//	on_claim_ended.go         when to forget a session, and purge.go its part of the log
//	answer_session_prove.go   closest proofs for the submitter
package hasher
