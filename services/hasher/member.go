package hasher

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// beat says that this hasher is alive.
func (h *Hasher) beat(ctx context.Context) error {
	raw, err := proto.Marshal(&foldv1.Member{Beat: h.beats.Add(1), Partitions: h.workers.loaded(), Leaves: h.workers.leaves()})
	if err != nil {
		return err
	}
	if _, err := h.members.Put(ctx, h.self, raw); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// followMembers notes beats and goodbyes until ctx ends.
func (h *Hasher) followMembers(ctx context.Context) error {
	watch, err := h.members.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("watch %s: %w", bus.BucketHashers, err)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-watch.Updates():
			if !ok {
				return fmt.Errorf("watch %s: ended", bus.BucketHashers)
			}
			if e != nil {
				h.noteMember(e)
			}
		}
	}
}

func (h *Hasher) noteMember(e jetstream.KeyValueEntry) {
	h.shareMu.Lock()
	defer h.shareMu.Unlock()
	if e.Operation() == jetstream.KeyValuePut {
		if _, known := h.roster.last[e.Key()]; !known {
			wake(h.uneven)
		}
		h.roster.heard(e.Key(), e.Created())
		return
	}
	h.roster.gone(e.Key())
	wake(h.uneven)
}

// goodbye lets others take over at once.
func (h *Hasher) goodbye(ctx context.Context) {
	if err := h.members.Delete(ctx, h.self); err != nil {
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
