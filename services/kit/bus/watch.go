package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// hearEvery is how often a watch is compared with its bucket.
const hearEvery = 5 * time.Second

// errDeaf is returned when a bucket has moved on and its watch has not said so.
var errDeaf = errors.New("the watch has gone silent")

// FollowBucket reads a bucket, says that it has, and hands on every change until ctx ends or apply fails. A watch that
// does not say what the bucket has stored long ago is made anew: then what the bucket holds is handed on once more, so
// apply must bear hearing the same revision, or an older one, again.
func FollowBucket(ctx context.Context, bucket jetstream.KeyValue, loaded func(), apply func(jetstream.KeyValueEntry) error) error {
	return followBucket(ctx, bucket, hearEvery, loaded, apply)
}

func followBucket(ctx context.Context, bucket jetstream.KeyValue, every time.Duration, loaded func(), apply func(jetstream.KeyValueEntry) error) error {
	loaded = sync.OnceFunc(loaded)
	for {
		if err := watchBucket(ctx, bucket, every, loaded, apply); !errors.Is(err, errDeaf) {
			return err
		}
	}
}

// watchBucket follows by one watch, until it is deaf.
func watchBucket(ctx context.Context, bucket jetstream.KeyValue, every time.Duration, loaded func(), apply func(jetstream.KeyValueEntry) error) error {
	last, err := lastRevision(ctx, bucket) // what was stored before may be gone, and is not waited for
	if err != nil {
		return err
	}
	watch, err := bucket.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("watch %s: %w", bucket.Bucket(), err)
	}
	defer func() { _ = watch.Stop() }()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	heard, ready, stirred := last, false, false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-watch.Updates():
			stirred = true
			switch {
			case !ok && ctx.Err() != nil:
				return ctx.Err()
			case !ok:
				return fmt.Errorf("watch %s: ended", bucket.Bucket())
			case e == nil:
				ready = true
				loaded()
			default:
				heard = max(heard, e.Revision())
				if err := apply(e); err != nil {
					return err
				}
			}
		case <-ticker.C:
			if !stirred && (heard < last || !ready) {
				return errDeaf
			}
			stirred = false
			if now, err := lastRevision(ctx, bucket); err == nil { // a bus that does not answer says nothing about the watch
				last = now
			}
		}
	}
}

func lastRevision(ctx context.Context, bucket jetstream.KeyValue) (uint64, error) {
	status, err := bucket.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask bucket %s: %w", bucket.Bucket(), err)
	}
	s, ok := status.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return 0, fmt.Errorf("ask bucket %s: its status is a %T", bucket.Bucket(), status)
	}
	return s.StreamInfo().State.LastSeq, nil
}
