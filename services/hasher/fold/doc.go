// Package fold is what a partition of the relay log comes to: pure state, without bus, clock or goroutines.
//
// A partition holds the sessions that hash to it; a session's tree is the set of its mined relays. Folding a message of
// the log is idempotent and what it yields does not depend on who folds, so that a partition can move between hashers,
// or be folded by two at once, at any time:
//
//	relay log ──Fold──► Partition ──Changes──► fold log      what is new since the last step
//	                        ▲                      │
//	                        └────────Load──────────┘         another process goes on
//
// Every end height of the partition is a span: the unit of purging, and of catching up (the span whose claim window
// closes first comes first). All of the partition is folded up to one position in the log, and in the middle of
// catching up some spans farther.
package fold
