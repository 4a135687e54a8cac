package analytics

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// claimChanged hears the phases of our claims.
var claimChanged = bus.Durable{Stream: bus.StreamClaims, Name: "analytics-claim-changed", Filters: []string{bus.ClaimChangedFilter}}

func onClaimChanged(m bus.Msg) ([]ch.Row, error) {
	var change claimv1.Changed
	if err := proto.Unmarshal(m.Data, &change); err != nil {
		return nil, fmt.Errorf("decode claim change: %w", err)
	}
	row, err := rowOfChanged(&change, m.Sequence)
	if err != nil {
		return nil, fmt.Errorf("claim change: %w", err)
	}
	return []ch.Row{row}, nil
}
