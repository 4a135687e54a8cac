package exposure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// errDisconnected is returned without waiting while there is no connection.
var errDisconnected = errors.New("the bus is not connected")

// Key names an account.
type Key struct{ Supplier, Session string }

func (k Key) String() string { return k.Supplier + "." + k.Session }

// bucket is the part of the bus that all relayers share.
type bucket struct {
	kv        jetstream.KeyValue
	name      string // ours, in grants
	connected func() bool
	// remove drops what a key had up to a revision, without a trace.
	remove  func(ctx context.Context, key string, upTo uint64) error
	log     *slog.Logger
	metrics Metrics
}

// openBucket binds the bucket; it never creates it. name is the incarnation of this relayer.
func openBucket(ctx context.Context, b *bus.Bus, name string, log *slog.Logger, m Metrics) (*bucket, error) {
	kv, err := b.JS.KeyValue(ctx, bus.BucketMeter)
	if err != nil {
		return nil, fmt.Errorf("bind bucket %s: %w (has `lode topology apply` run?)", bus.BucketMeter, err)
	}
	return &bucket{
		kv: kv, name: name, connected: b.NC.IsConnected, log: log, metrics: m,
		remove: func(ctx context.Context, key string, upTo uint64) error {
			return b.Purge(ctx, "KV_"+bus.BucketMeter, "$KV."+bus.BucketMeter+"."+key, upTo)
		},
	}, nil
}

// view is an entry as it was last seen. The zero view is an entry that is not there.
type view struct {
	grants   []*relayv1.Grant
	revision uint64
}

// of returns what the named relayer holds, and what all others do.
func (v view) of(name string) (ours, others uint64) {
	for _, g := range v.grants {
		if g.GetRelayer() == name {
			ours = plus(ours, g.GetUpokt())
		} else {
			others = plus(others, g.GetUpokt())
		}
	}
	return ours, others
}

// with is the entry in which the named relayer holds ours.
func (v view) with(name string, ours uint64, forgetAt int64) *relayv1.Exposure {
	e := &relayv1.Exposure{ForgetHeight: forgetAt, Grants: make([]*relayv1.Grant, 0, len(v.grants)+1)}
	for _, g := range v.grants {
		if g.GetRelayer() != name {
			e.Grants = append(e.Grants, g)
		}
	}
	if ours > 0 {
		e.Grants = append(e.Grants, &relayv1.Grant{Relayer: name, Upokt: ours})
	}
	return e
}

// exchange makes our grant what plan says for what others hold, and returns both. It begins with the entry as last
// seen, which costs one write when nobody else wrote, and goes on until one of its writes is the next of the key. After
// an error it is not known whether our grant was written, or will be yet. certain is what the bucket has for sure:
// anything above it needs a write of its own, after which no earlier one can arrive.
func (b *bucket) exchange(ctx context.Context, e *entry, certain uint64, plan func(others uint64) uint64) (ours, others uint64, err error) {
	if !b.connected() { // the client would keep the write and send it later
		return 0, 0, errDisconnected
	}
	for fresh := false; ; fresh = true {
		had, others := e.seen.of(b.name)
		ours := plan(others)
		write := ours != had || ours > certain
		if write {
			done, err := b.write(ctx, e, ours)
			if done || err != nil {
				return ours, others, err
			}
		} else if fresh {
			return ours, others, nil
		}
		if err := b.read(ctx, e.key, &e.seen); err != nil {
			return 0, 0, err
		}
		if fresh && write { // a replica may be behind, or many write at once
			if err := pause(ctx); err != nil {
				return 0, 0, err
			}
		}
	}
}

// write replaces the entry as seen; done is false when it has changed since.
func (b *bucket) write(ctx context.Context, e *entry, ours uint64) (done bool, err error) {
	next := e.seen.with(b.name, ours, e.ForgetAt)
	raw, err := proto.Marshal(next)
	if err != nil {
		return false, fmt.Errorf("encode exposure: %w", err)
	}
	var revision uint64
	if e.seen.revision == 0 {
		revision, err = b.kv.Create(ctx, e.key.String(), raw)
	} else {
		revision, err = b.kv.Update(ctx, e.key.String(), raw, e.seen.revision)
	}
	switch {
	case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		b.metrics.Conflicts.Inc()
		return false, nil
	case err != nil:
		return false, fmt.Errorf("store exposure %s: %w", e.key, err)
	}
	e.seen = view{next.Grants, revision}
	return true, nil
}

// read looks the entry up. One that can't be read counts as empty: whoever lives writes its grant into it again.
func (b *bucket) read(ctx context.Context, key Key, v *view) error {
	entry, err := b.kv.Get(ctx, key.String())
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		*v = view{}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read exposure %s: %w", key, err)
	}
	e, err := decode(entry.Value())
	if err != nil {
		b.metrics.Unreadable.Inc()
		b.log.Error("exposure is not readable", "key", key.String(), "err", err)
	}
	*v = view{e.GetGrants(), entry.Revision()}
	return nil
}

func decode(raw []byte) (*relayv1.Exposure, error) {
	e := new(relayv1.Exposure)
	if err := proto.Unmarshal(raw, e); err != nil {
		return nil, fmt.Errorf("decode exposure: %w", err)
	}
	return e, nil
}

// collect removes the entries of sessions that are over at a height. Any relayer may, and all do.
func (b *bucket) collect(ctx context.Context, height int64) error {
	watch, err := b.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("list exposures: %w", err)
	}
	defer func() { _ = watch.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case entry := <-watch.Updates():
			if entry == nil { // that was all
				return nil
			}
			e, err := decode(entry.Value())
			if err != nil || e.GetForgetHeight() >= height {
				continue
			}
			if err := b.remove(ctx, entry.Key(), entry.Revision()); err != nil {
				return fmt.Errorf("remove exposure %s: %w", entry.Key(), err)
			}
		}
	}
}

// pause lets others write.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(5 * time.Millisecond)):
		return nil
	}
}
