package claims

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// forceTries is how often a write is tried that a submitter's own came before.
const forceTries = 20

// Force has an owed claim made whatever it earns and costs: the submitter that acts for it sees it at the next block.
// What is under way or ended already is left alone; that is an error.
func Force(ctx context.Context, b *bus.Bus, supplier, session string) error {
	bucket, err := b.JS.KeyValue(ctx, bus.BucketObligations)
	if err != nil {
		return fmt.Errorf("bind bucket %s: %w", bus.BucketObligations, err)
	}
	key := supplier + "." + session
	for range forceTries {
		entry, err := bucket.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("read obligation %s: %w", key, err)
		}
		o := new(claimv1.Obligation)
		if err := proto.Unmarshal(entry.Value(), o); err != nil {
			return fmt.Errorf("decode obligation %s: %w", key, err)
		}
		if o.Phase != claimv1.Phase_PHASE_SEALED {
			return fmt.Errorf("the claim of %s in session %s is in phase %s", supplier, session, o.Phase)
		}
		if o.Forced {
			return nil
		}
		o.Forced = true
		raw, err := proto.Marshal(o)
		if err != nil {
			return fmt.Errorf("encode obligation %s: %w", key, err)
		}
		_, err = bucket.Update(ctx, key, raw, entry.Revision())
		if err == nil || !bus.IsConflict(err) {
			return err
		}
	}
	return errors.New("the obligation changes too fast")
}
