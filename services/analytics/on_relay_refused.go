package analytics

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// relayRefused hears what relayers refused.
var relayRefused = bus.Durable{Stream: bus.StreamRefusals, Name: "analytics-relay-refused", Filters: []string{bus.RelayRefusedSubject}}

func onRelayRefused(m bus.Msg) ([]ch.Row, error) {
	var report relayv1.Refused
	if err := proto.Unmarshal(m.Data, &report); err != nil {
		return nil, fmt.Errorf("decode report of refused relays: %w", err)
	}
	return rowsOfRefused(&report), nil
}
