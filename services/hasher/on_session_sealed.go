package hasher

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onSessionSealed adopts one sealed fact.
func (h *Hasher) onSessionSealed(m bus.Msg) error {
	fact := new(sessionv1.Sealed)
	if err := proto.Unmarshal(m.Data, fact); err != nil {
		return fmt.Errorf("decode sealed fact: %w", err)
	}
	if fact.Terms == nil {
		return errors.New("sealed fact without terms")
	}
	return h.state.adopt(fact)
}

// adoptExisting reads the fact that was there before ours and takes it.
func (h *Hasher) adoptExisting(ctx context.Context, k key) error {
	fact := new(sessionv1.Sealed)
	_, found, err := h.bus.Last(ctx, bus.StreamSessions, bus.SessionSealedSubject(k.supplier, k.session), fact)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("the sealed fact that won is not in the stream")
	}
	return h.state.adopt(fact)
}
