package hasher

import (
	"context"

	"google.golang.org/protobuf/proto"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
)

// beat says that this hasher is alive.
func (h *Hasher) beat(ctx context.Context) error {
	raw, err := proto.Marshal(&foldv1.Member{Beat: h.beats.Add(1), Partitions: h.workers.loaded(), Leaves: h.workers.leaves()})
	if err != nil {
		return err
	}
	return h.others.Beat(ctx, raw)
}

// goodbye lets others take over at once.
func (h *Hasher) goodbye(ctx context.Context) {
	if err := h.others.Goodbye(ctx); err != nil {
		h.kit.Log.Warn("goodbye not said", "err", err)
	}
}

// wake puts a token into a channel that holds one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
