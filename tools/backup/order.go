package backup

import (
	"slices"

	"github.com/lodeworks/lode/services/kit/bus"
)

// last are the streams that are copied after all others, and after the buckets.
//
// A hasher's steps (FOLDS) name positions in RELAYS and are followed by facts in SESSIONS: older steps are folded again,
// newer ones would point at nothing. A submitter acknowledges SESSIONS and CHAIN after it has stored the obligation: an older
// bucket would have lost it. CLAIMS is said after the bucket is stored. ClickHouse comes last: analytics acknowledges a
// message after its rows are stored, and rows that come twice are one.
var (
	first = []string{bus.StreamFolds, bus.StreamRelays, bus.StreamSessions, bus.StreamChain}
	last  = []string{bus.StreamClaims, bus.StreamEvidence, bus.StreamDead}
)

// order are the names of the streams behind all that is declared, as they are copied.
func order(t bus.Topology) []string {
	names := slices.Clone(first)
	for _, b := range t.Buckets {
		names = append(names, "KV_"+b.Name)
	}
	names = append(names, last...)
	for _, s := range t.Streams { // one that is new and has no place yet
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}
