package submitter

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// book holds every open obligation, in memory and in the bucket. What is in the bucket is what survives: it is
// written before anything is broadcast. One submitter owns the bucket.
type book struct {
	bucket jetstream.KeyValue

	mu   sync.Mutex
	open map[string]*claimv1.Obligation // by key; values are replaced, never changed
	// unmatched are endings of our suppliers' claims that came before their obligation, by natural key.
	unmatched map[naturalKey]ending
}

// naturalKey is how the chain's events name a claim.
type naturalKey struct {
	supplier, application, service string
	end                            int64
}

// maxUnmatched bounds the endings kept for obligations that are not known yet.
const maxUnmatched = 10_000

func keyOf(t *relayv1.Terms) string { return t.Supplier + "." + t.SessionId }

func naturalKeyOf(t *relayv1.Terms) naturalKey {
	return naturalKey{t.Supplier, t.Application, t.Service, t.EndHeight}
}

func headerOf(t *relayv1.Terms) *sessiontypes.SessionHeader {
	return &sessiontypes.SessionHeader{
		ApplicationAddress: t.Application, ServiceId: t.Service, SessionId: t.SessionId,
		SessionStartBlockHeight: t.StartHeight, SessionEndBlockHeight: t.EndHeight,
	}
}

// load reads the bucket.
func (b *book) load(ctx context.Context) error {
	keys, err := b.bucket.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list obligations: %w", err)
	}
	for _, key := range keys {
		entry, err := b.bucket.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read obligation %s: %w", key, err)
		}
		o := new(claimv1.Obligation)
		if err := proto.Unmarshal(entry.Value(), o); err != nil {
			return fmt.Errorf("decode obligation %s: %w", key, err)
		}
		b.open[key] = o
	}
	return nil
}

// store writes an obligation to the bucket, then keeps it in memory.
func (b *book) store(ctx context.Context, o *claimv1.Obligation) error {
	raw, err := proto.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode obligation: %w", err)
	}
	key := keyOf(o.Terms)
	if _, err := b.bucket.Put(ctx, key, raw); err != nil {
		return fmt.Errorf("store obligation %s: %w", key, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[key] = o
	return nil
}

// remove forgets an obligation that has ended and been said.
func (b *book) remove(ctx context.Context, t *relayv1.Terms) error {
	key := keyOf(t)
	if err := b.bucket.Delete(ctx, key); err != nil {
		return fmt.Errorf("remove obligation %s: %w", key, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, key)
	delete(b.unmatched, naturalKeyOf(t))
	return nil
}

// get returns the obligation with the key, nil when there is none.
func (b *book) get(key string) *claimv1.Obligation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[key]
}

// bySupplier lists the open obligations of each supplier.
func (b *book) bySupplier() map[string][]*claimv1.Obligation {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string][]*claimv1.Obligation{}
	for _, o := range b.open {
		out[o.Terms.Supplier] = append(out[o.Terms.Supplier], o)
	}
	return out
}

// find returns the obligation that the chain names so; when there is none yet, the ending is kept for it.
func (b *book) find(k naturalKey, e ending) *claimv1.Obligation {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.open {
		if naturalKeyOf(o.Terms) == k {
			return o
		}
	}
	if len(b.unmatched) < maxUnmatched {
		b.unmatched[k] = e
	}
	return nil
}

// unmatchedBy returns an ending that came before its obligation.
func (b *book) unmatchedBy(k naturalKey) (ending, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.unmatched[k]
	return e, ok
}

// with returns a changed copy: what is in the book is never changed in place.
func with(o *claimv1.Obligation, change func(*claimv1.Obligation)) *claimv1.Obligation {
	c := proto.CloneOf(o)
	change(c)
	return c
}
