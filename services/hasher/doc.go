// Package hasher turns the relay log into session trees, side by side with other hashers.
//
// The log is divided into partitions, by a hash of supplier and session. A session's tree is a fold over its partition's
// log: root and proof depend on the set of its leaves alone, so duplicates, order, replays and several hashers at once
// cannot change them. That one hasher owns a partition is thrift, never correctness.
//
//	member.go → share.go                      who is alive, and who should own which partition
//	worker.go                                 one goroutine for each partition owned:
//	  emit_fold_committed.go                    take it: from now on former owners can add nothing to its fold log
//	  on_fold_committed.go                      load what was folded by others
//	  on_relay_served.go  →  fold               fold what is new
//	  emit_fold_committed.go                    every few seconds, what has changed
//	  seal.go → emit_session_sealed.go          at claim-window open, once the log is folded as far as it reached then
//	  purge.go                                  what has ended leaves the logs
//	  keep.go → emit_relay_kept.go              but for the relays of lost claims, which are copied before
//	reader.go                                 one consumer hands the log on to all workers; order.go: after an absence,
//	                                          what closes first comes first
//	on_block_committed.go                     when to look for sessions to seal
//	on_claim_ended.go                         which sessions to forget
//	answer_session_prove.go                   closest proofs for the submitter, from any hasher:
//	answer_fold_prove.go                      by its owner, or from the fold log
//
// services/docs/hashing-at-scale.md has the picture.
package hasher
