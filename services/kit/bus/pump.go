package bus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// delivery is one step of an iterator; after an error there is no other.
type delivery struct {
	msg jetstream.Msg
	err error
}

// pump hands on what the iterator gives until ctx ends. The iterator recovers by itself when the server goes away,
// and hears of nothing else meanwhile: who waits for it must not wait in it.
func pump(ctx context.Context, it jetstream.MessagesContext) <-chan delivery {
	out := make(chan delivery)
	context.AfterFunc(ctx, it.Stop)
	go func() {
		for {
			m, err := it.Next(jetstream.NextContext(ctx))
			if errors.Is(err, jetstream.ErrNoHeartbeat) || errors.Is(err, nats.ErrTimeout) {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case out <- delivery{m, err}:
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}
