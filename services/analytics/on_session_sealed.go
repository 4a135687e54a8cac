package analytics

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// sessionSealed hears the sealed trees.
var sessionSealed = bus.Durable{Stream: bus.StreamSessions, Name: "analytics-session-sealed", Filters: []string{bus.SessionSealedFilter}}

func onSessionSealed(m bus.Msg) ([]ch.Row, error) {
	var fact sessionv1.Sealed
	if err := proto.Unmarshal(m.Data, &fact); err != nil {
		return nil, fmt.Errorf("decode sealed session: %w", err)
	}
	row, err := rowOfSealed(&fact, m.Sequence)
	if err != nil {
		return nil, fmt.Errorf("sealed session: %w", err)
	}
	return []ch.Row{row}, nil
}
