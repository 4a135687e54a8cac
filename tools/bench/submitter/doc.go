// Package submitter measures the submitter on a real chain of one validator with mainnet's parameters: many suppliers
// have each one session that ends in the same block. The sessions are spread over services of fifty suppliers, as many
// as mainnet puts into one session; every claim is above the proof threshold, so that every one needs its proof.
//
//	relays ─► RELAYS ─► hasher ─► SESSIONS ─► submitter ─► (fault proxy) ─► node ─► judge
//	(tools/served)                                ▲ CHAIN ◄── indexer ◄──────┘
//
// Relays are signed and logged by the services' own code; indexer, hasher, submitter and node are processes of their
// own. What landed is read from the chain's blocks alone, never from what the submitter says.
//
// The faults: a proxy that answers for a node that took a broadcast and drops it, the node restarted in the middle of
// both windows, and the submitter killed in the middle of both.
package submitter
