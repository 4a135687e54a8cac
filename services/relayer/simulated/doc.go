// Package simulated admits relays that only try the way out: they take the whole path of a relay, with a real signature,
// a real backend and a signed answer, and are never metered, logged or paid (relay.md §12). Operators and gateways check
// a relayer with them.
//
// The ring of a simulated relay is pinned in the configuration instead of read from the chain, and its session is a time:
//
//	Pocket-Simulation-Key-Id: <key id>
//	session id simv1:<unix seconds>:<16 hex digits>, heights 1 to 2, application = address of the pinned key
//
// In order: a free slot, the identity, application, service, freshness, signature, rate, and last that the signature was
// not used before. The replay memory comes after signature and rate, so only who may send can fill it, and no faster than
// it forgets: it is never full before its time.
package simulated
