package hasher

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onRelayServed folds the relay log from its first message, for as long as the service runs.
func (h *Hasher) onRelayServed(ctx context.Context) error {
	head, err := h.bus.LastSequence(ctx, bus.StreamRelays)
	if err != nil {
		return err
	}
	if empty, err := h.bus.Empty(ctx, bus.StreamRelays); err != nil {
		return err
	} else if empty {
		h.progress(head)
	}
	fold := h.burying(ctx, bus.StreamRelays, h.foldGroup)
	return h.bus.Fold(ctx, bus.StreamRelays, []string{bus.RelayServedFilter}, 0, func(m bus.Msg) error {
		if err := fold(m); err != nil {
			return err
		}
		reached := m.Sequence
		if m.Pending == 0 { // what lies between this message and the head found at the start has been purged
			reached = max(reached, head)
		}
		h.progress(reached)
		return nil
	})
}

// foldGroup folds one group. A group with a fault goes to DEAD: it holds no relay we can count.
func (h *Hasher) foldGroup(m bus.Msg) error {
	g := new(relayv1.ServedGroup)
	if err := proto.Unmarshal(m.Data, g); err != nil {
		return fmt.Errorf("decode relay group: %w", err)
	}
	if err := h.state.fold(m.Subject, m.Sequence, g); err != nil {
		return fmt.Errorf("fold relay group: %w", err)
	}
	h.metrics.folded.Add(float64(len(g.Relays)))
	h.metrics.lag.Set(float64(m.Pending))
	return nil
}

// progress notes how far the log is folded and wakes whoever waits to seal.
func (h *Hasher) progress(sequence uint64) {
	h.state.advance(sequence)
	h.wakeUp()
}
