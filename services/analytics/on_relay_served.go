package analytics

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// relayServed hears the relay log.
var relayServed = bus.Durable{Stream: bus.StreamRelays, Name: "analytics-relay-served", Filters: []string{bus.RelayServedFilter}}

func onRelayServed(m bus.Msg) ([]ch.Row, error) {
	var group relayv1.ServedGroup
	if err := proto.Unmarshal(m.Data, &group); err != nil {
		return nil, fmt.Errorf("decode relay group: %w", err)
	}
	return rowsOfGroup(&group, m.Sequence)
}
