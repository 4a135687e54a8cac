package hasher

import (
	"context"
	"fmt"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// emitRelayKept copies what a message of the log holds of a session whose claim was lost. After a restart it may be said
// again: its log sequence tells.
func (h *Hasher) emitRelayKept(ctx context.Context, k fold.Key, kept *relayv1.Kept) error {
	_, _, err := h.bus.Publish(ctx, bus.Message{
		Subject: bus.RelayKeptSubject(k.Supplier, k.Session), ID: fmt.Sprintf("kept/%s/%s/%d", k.Supplier, k.Session, kept.LogSequence), Body: kept,
	})
	return err
}
