package submitter

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// endings keeps how the chain ended claims of which no obligation is known yet: facts and events come by different
// ways, and to different submitters. Who creates an obligation looks here afterwards; who stores an ending here looks
// for its obligation afterwards. So one of them finds the other.
type endings struct{ bucket jetstream.KeyValue }

func (e endings) put(ctx context.Context, k naturalKey, how ending) error {
	raw, err := proto.Marshal(&claimv1.Obligation{Outcome: how.outcome, Reason: how.reason, SettledUpokt: how.settled})
	if err != nil {
		return fmt.Errorf("encode ending: %w", err)
	}
	if _, err := e.bucket.Put(ctx, k.entry(), raw); err != nil {
		return fmt.Errorf("store ending: %w", err)
	}
	return nil
}

// get reports whether there is one.
func (e endings) get(ctx context.Context, k naturalKey) (ending, bool, error) {
	entry, err := e.bucket.Get(ctx, k.entry())
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return ending{}, false, nil
	}
	if err != nil {
		return ending{}, false, fmt.Errorf("read ending: %w", err)
	}
	o := new(claimv1.Obligation)
	if err := proto.Unmarshal(entry.Value(), o); err != nil {
		return ending{}, false, fmt.Errorf("decode ending: %w", err)
	}
	return ending{outcome: o.Outcome, reason: o.Reason, settled: o.SettledUpokt}, true, nil
}

// drop forgets one that has found its obligation.
func (e endings) drop(ctx context.Context, k naturalKey) error {
	if err := e.bucket.Purge(ctx, k.entry()); err != nil {
		return fmt.Errorf("remove ending: %w", err)
	}
	return nil
}
