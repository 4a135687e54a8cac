// Package difficulty decides which relays count, and what each counts for.
//
// A service has a target: a relay goes into the session's tree if its hash is
// below it, and each relay in a tree then stands for multiplier relays served,
// where multiplier = (2^256 − 1) / target (protocol mining.md §1). The chain
// moves the target after every settlement so that the number of relays mined
// stays near a goal; [NextEMA] and [NextTarget] are that rule
// (protocol chain-rules.md §14).
//
// A session keeps the target that was in force at its start. Fractions are
// exact; nothing here rounds except where the chain does.
package difficulty
