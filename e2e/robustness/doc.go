// Package robustness breaks services while they work, and compares what is left with what should be.
//
//	traffic   says on the bus what relayers, indexer and submitter would: relays, blocks, claims that ended
//	fault     hashers as processes, and a plan by which they are killed, paused and restarted
//	history   what was answered: the only list of what must be paid
//	validate  what follows from a history, by the official library, and whether the bus agrees
//
// The bus is real and stays up. Plan and traffic come from a seed, which each run prints; how they meet is up to the
// machine. A run of minutes: make chaos.
package robustness
