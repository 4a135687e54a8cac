package analytics

import (
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// claimEnded hears how our claims ended.
var claimEnded = bus.Durable{Stream: bus.StreamClaims, Name: "analytics-claim-ended", Filters: []string{bus.ClaimEndedFilter}}

// onClaimEnded stores the last state of a claim: the same words, the same table.
func onClaimEnded(m bus.Msg) ([]ch.Row, error) { return onClaimChanged(m) }
