package indexer

import (
	"context"
	"fmt"

	"github.com/lodeworks/lode/services/kit/bus"
)

// emitChainEvents says one part of a height. The id makes a repeated part one message, for as long as the server
// remembers ids.
func emitChainEvents(ctx context.Context, b *bus.Bus, p part) error {
	_, _, err := b.Publish(ctx, bus.Message{
		Subject: bus.ChainEventsSubject(p.module),
		ID:      fmt.Sprintf("events/%d/%s/%d", p.events.Height, p.module, p.events.Part),
		Body:    p.events,
	})
	return err
}
