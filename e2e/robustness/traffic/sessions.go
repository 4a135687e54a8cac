// Package traffic says on the bus what the services around a hasher would: relays, heights, ended claims.
package traffic

import (
	"crypto/sha256"
	"fmt"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// The rhythm of sessions, in blocks: short, so that many of them open their claim windows during a run.
const (
	sessionBlocks = 4
	graceBlocks   = 1
	openBlocks    = 3 // from the last block of a session until its claim window is open
	closeBlocks   = 7 // and closes
	endedBlocks   = 9 // until its claim has ended
	lateBlocks    = 1 // behind the opening, in which a relay may still come
)

const (
	suppliers    = 3
	applications = 4
	weight       = 7 // compute units of each relay
)

// endOf is the last block of the session that a height is in.
func endOf(height int64) int64 { return (height + sessionBlocks - 1) / sessionBlocks * sessionBlocks }

// sessionsOf are all sessions that end at a height. Every other application's relays are mined one in two.
func sessionsOf(end int64) (out []*relayv1.Terms) {
	for a := range applications {
		target := difficulty.Base
		if a%2 == 1 {
			target = difficulty.Target{0x80}
		}
		id := sha256.Sum256(fmt.Appendf(nil, "session of application %d until %d", a, end))
		for s := range suppliers {
			out = append(out, &relayv1.Terms{
				Supplier: fmt.Sprint("pokt1supplier", s), Application: fmt.Sprint("pokt1application", a), Service: "llama",
				SessionId: fmt.Sprintf("%x", id), StartHeight: end - sessionBlocks + 1, EndHeight: end, GraceEndHeight: end + graceBlocks,
				ClaimOpenHeight: end + openBlocks, ClaimCloseHeight: end + closeBlocks, ComputeUnitsPerRelay: weight, TargetHash: target[:],
			})
		}
	}
	return out
}
