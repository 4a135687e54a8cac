// Package session knows where a session lies in time and who is in it.
//
// Time is block height alone. The shared parameters lay a grid of sessions
// over the heights; each session then has its grace period, its claim window,
// its proof window and its settlement, all at fixed distances from its end
// (protocol chain-rules.md §1):
//
//	start … end … grace end … claim open … claim close … proof open … proof close
//	                                              seed block ┘        settlement ┘
//
// Both ends of a window are inside it. Parameters change over time: the
// windows of a session follow the parameters in force at its end, so callers
// pass those, not the latest.
//
// A session's id and the choice of its suppliers are hashes over the block at
// its start ([Preimage], [ID], [Select]).
package session
