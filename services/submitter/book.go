package submitter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// book is the bucket of obligations as this submitter knows it: every open one, whoever acts for it. All writes are
// compare-and-set on the version that the writer has worked with, so whoever has missed a change can store nothing.
type book struct {
	bucket  jetstream.KeyValue
	markers time.Duration // how long others can hear that an obligation was removed

	mu     sync.Mutex
	open   map[string]version // by key
	unsaid map[string]bool    // keys of those whose phase could not be said
}

// version is an obligation as it was stored.
type version struct {
	o        *claimv1.Obligation // never changed; nil: removed here, and the bucket has not said so yet
	revision uint64              // of its entry
}

// errLost is returned when an obligation is not any more what the writer took it for.
var errLost = errors.New("another submitter was first")

func newBook(bucket jetstream.KeyValue) *book {
	return &book{bucket: bucket, markers: 24 * time.Hour, open: map[string]version{}, unsaid: map[string]bool{}}
}

// follow reads the bucket, says that it has, and learns of every change until ctx ends.
func (b *book) follow(ctx context.Context, loaded func()) error {
	return bus.FollowBucket(ctx, b.bucket, loaded, func(e jetstream.KeyValueEntry) error {
		_, err := b.note(e)
		return err
	})
}

// note takes over what the bucket holds, unless something newer is here, and returns what is here then.
func (b *book) note(e jetstream.KeyValueEntry) (*claimv1.Obligation, error) {
	o := new(claimv1.Obligation)
	if e.Operation() == jetstream.KeyValuePut {
		if err := proto.Unmarshal(e.Value(), o); err != nil {
			return nil, fmt.Errorf("decode obligation %s: %w", e.Key(), err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case e.Revision() <= b.open[e.Key()].revision:
	case e.Operation() == jetstream.KeyValuePut:
		b.open[e.Key()] = version{o, e.Revision()}
	default:
		delete(b.open, e.Key())
	}
	return b.open[e.Key()].o, nil
}

// create stores a new obligation. It reports false when there is one already.
func (b *book) create(ctx context.Context, o *claimv1.Obligation) (bool, error) {
	raw, err := proto.Marshal(o)
	if err != nil {
		return false, fmt.Errorf("encode obligation: %w", err)
	}
	key := keyOf(o.Terms)
	revision, err := b.bucket.Create(ctx, key, raw)
	if bus.IsConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store obligation %s: %w", key, err)
	}
	b.keep(key, version{o, revision})
	return true, nil
}

// store replaces an obligation by the next version of it. It fails with errLost when somebody else has changed it
// since the writer got it from the book.
func (b *book) store(ctx context.Context, was, next *claimv1.Obligation) error {
	key := keyOf(was.Terms)
	b.mu.Lock()
	known := b.open[key]
	b.mu.Unlock()
	if known.o != was {
		return fmt.Errorf("store obligation %s: %w", key, errLost)
	}
	raw, err := proto.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode obligation: %w", err)
	}
	revision, err := b.bucket.Update(ctx, key, raw, known.revision)
	if bus.IsConflict(err) {
		return fmt.Errorf("store obligation %s: %w", key, errLost)
	}
	if err != nil {
		return fmt.Errorf("store obligation %s: %w", key, err)
	}
	b.keep(key, version{next, revision})
	return nil
}

// know replaces what is known of an obligation by what says more than its entry: it is stored with the next change, or
// lost with the process.
func (b *book) know(was, next *claimv1.Obligation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if key := keyOf(was.Terms); b.open[key].o == was {
		b.open[key] = version{next, b.open[key].revision}
	}
}

// remove forgets an obligation that has ended and been said. It reports false when somebody else has done so.
func (b *book) remove(ctx context.Context, o *claimv1.Obligation) (bool, error) {
	key := keyOf(o.Terms)
	b.mu.Lock()
	known := b.open[key]
	b.mu.Unlock()
	if known.o != o {
		return false, nil
	}
	err := b.bucket.Purge(ctx, key, jetstream.LastRevision(known.revision), jetstream.PurgeTTL(b.markers))
	if bus.IsConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove obligation %s: %w", key, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[key].revision == known.revision {
		b.open[key] = version{nil, known.revision} // until the bucket says so: what it says meanwhile is older
	}
	delete(b.unsaid, key)
	return true, nil
}

// keep notes what was just stored, unless the bucket has told of something newer. It may have told of the same.
func (b *book) keep(key string, v version) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v.revision >= b.open[key].revision {
		b.open[key] = v
	}
}

// get returns the obligation with the key, nil when there is none.
func (b *book) get(key string) *claimv1.Obligation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[key].o
}

// bySupplier lists the open obligations of each supplier.
func (b *book) bySupplier() map[string][]*claimv1.Obligation {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string][]*claimv1.Obligation{}
	for _, v := range b.open {
		if v.o != nil {
			out[v.o.Terms.Supplier] = append(out[v.o.Terms.Supplier], v.o)
		}
	}
	return out
}

// find returns the obligation that the chain names so, as far as it is known here.
func (b *book) find(k naturalKey) *claimv1.Obligation {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.open {
		if v.o != nil && naturalKeyOf(v.o.Terms) == k {
			return v.o
		}
	}
	return nil
}

// ask is find in the bucket itself.
func (b *book) ask(ctx context.Context, k naturalKey) (*claimv1.Obligation, error) {
	list, err := b.bucket.ListKeysFiltered(ctx, k.supplier+".*")
	if err != nil {
		return nil, fmt.Errorf("list obligations of %s: %w", k.supplier, err)
	}
	defer func() { _ = list.Stop() }()
	for key := range list.Keys() {
		if _, err := b.reload(ctx, key); err != nil {
			return nil, err
		}
	}
	return b.find(k), nil
}

// reload reads one obligation from the bucket, nil when there is none.
func (b *book) reload(ctx context.Context, key string) (*claimv1.Obligation, error) {
	e, err := b.bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read obligation %s: %w", key, err)
	}
	return b.note(e)
}

// saying notes whether an obligation's phase could be said.
func (b *book) saying(key string, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if failed {
		b.unsaid[key] = true
		return
	}
	delete(b.unsaid, key)
}

// isUnsaid tells whether the phase has still to be said.
func (b *book) isUnsaid(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unsaid[key]
}
