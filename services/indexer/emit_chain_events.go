package indexer

import (
	"context"
	"fmt"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// chainEvents is the message of one part of a height. The id makes a repeated part one message, for as long as the server
// remembers ids.
func chainEvents(module string, part *chainv1.Events) (bus.Content, error) {
	return bus.Message{
		Subject: bus.ChainEventsSubject(module),
		ID:      fmt.Sprintf("events/%d/%s/%d", part.Height, module, part.Part),
		Body:    part,
	}.Encode()
}

// emitChainEvents says one part of a height, only if the stream's last message has the id behind; empty: whatever it has.
func emitChainEvents(ctx context.Context, p *bus.Pipe, part bus.Content, behind string) error {
	return p.Publish(ctx, part, behind, nil)
}
