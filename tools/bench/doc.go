// Package bench measures the hot path: ours and the official libraries in one
// process, on the same inputs, in turn.
//
//	inputs ──► agree? ──► round 1: ours │ theirs   round 2: ours │ theirs   …  ──► medians, ratio
//
// The official libraries are ring-go for ring signatures, the key of the Cosmos
// SDK and the decred library below it for supplier signatures, smt for tries,
// and crypto/sha256. Before anything is timed both sides must give the same
// verdicts, signatures, leaves, roots and proofs; a difference is an error, not
// a figure.
//
// A round works through many different inputs, so that neither branch
// prediction nor caches know them by heart, and is preceded by a garbage
// collection, so that no side pays for the other's memory. What is compared
// takes turns within a round, so that both see the same noise of the machine.
//
// services/docs/hot-path.md explains what is measured here.
package bench
