package submitter

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// fuse ends a submitter's process at its n-th act: a write to a bucket, a message to a stream, or a transaction that
// reaches a node.
type fuse struct {
	at    int32 // 0: never
	after bool  // the act is done, and the submitter does not hear that it is
	acts  atomic.Int32
	blown atomic.Bool
	end   func() // the process
}

var errBlown = errors.New("the process has ended")

// act does what the submitter wants, unless it is dead before.
func (f *fuse) act(do func() error) error {
	if f.acts.Add(1) != f.at {
		return do()
	}
	f.blown.Store(true)
	if f.after {
		_ = do()
	}
	f.end()
	return errBlown
}

// fit puts the fuse into what a submitter writes with.
func (f *fuse) fit(s *Submitter) {
	s.book.bucket = fusedBucket{s.book.bucket, f}
	s.endings.bucket = fusedBucket{s.endings.bucket, f}
	s.bus.JS = fusedStreams{s.bus.JS, f}
}

type fusedBucket struct {
	jetstream.KeyValue
	f *fuse
}

func (b fusedBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (revision uint64, err error) {
	err = b.f.act(func() (err error) { revision, err = b.KeyValue.Create(ctx, key, value, opts...); return })
	return revision, err
}

func (b fusedBucket) Update(ctx context.Context, key string, value []byte, known uint64) (revision uint64, err error) {
	err = b.f.act(func() (err error) { revision, err = b.KeyValue.Update(ctx, key, value, known); return })
	return revision, err
}

func (b fusedBucket) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	err = b.f.act(func() (err error) { revision, err = b.KeyValue.Put(ctx, key, value); return })
	return revision, err
}

func (b fusedBucket) Delete(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	return b.f.act(func() error { return b.KeyValue.Delete(ctx, key, opts...) })
}

func (b fusedBucket) Purge(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	return b.f.act(func() error { return b.KeyValue.Purge(ctx, key, opts...) })
}

type fusedStreams struct {
	jetstream.JetStream
	f *fuse
}

func (j fusedStreams) PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (ack *jetstream.PubAck, err error) {
	err = j.f.act(func() (err error) { ack, err = j.JetStream.PublishMsg(ctx, m, opts...); return })
	return ack, err
}

// fused is a world whose first submitter has a fuse.
type fused struct {
	*world
	f        *fuse
	s        *running
	sessions []*sealed
}

// newFused seals two sessions of one supplier.
func newFused(t *testing.T, at int, after bool) *fused {
	w := &fused{world: newWorld(t, always), f: &fuse{at: int32(at), after: after}}
	w.next = w.f.fit
	w.s = w.start()
	w.f.end = func() { w.s.bus.Close(); w.s.stop() }
	w.next = nil
	w.chain.receive = func([]byte) (take bool) {
		_ = w.f.act(func() error { take = true; return nil })
		return take
	}
	for _, name := range []string{"a", "b"} {
		w.sessions = append(w.sessions, newSession(t, supplier(t, 0), name, 3))
	}
	w.hash(w.sessions...)
	return w
}

// await waits for something of the submitter that lives. When the first has ended, another takes its place, once the
// bus has forgotten the dead one.
func (w *fused) await(what string, ok func() bool) {
	w.t.Helper()
	eventually(w.t, func() bool {
		if w.dying() {
			select {
			case err := <-w.s.done:
				require.Error(w.t, err)
				w.s = w.start()
			default:
			}
			return false
		}
		return len(w.s.alive()) == 1 && ok() && !w.dying() // it may have died of what was waited for
	}, what)
}

// dying tells that the first submitter's process has ended, and that no other has taken its place.
func (w *fused) dying() bool {
	_, first := w.s.book.bucket.(fusedBucket)
	return first && w.f.blown.Load()
}

// live serves the sessions to their end.
func (w *fused) live() {
	w.t.Helper()
	w.seal(w.sessions...)
	each := func(ok func(z *sealed) bool) func() bool {
		return func() bool {
			for _, z := range w.sessions {
				if !ok(z) {
					return false
				}
			}
			return true
		}
	}
	w.await("owed", each(func(z *sealed) bool { return w.s.book.get(keyOf(z.terms)) != nil }))
	for w.chain.node.Height() < proofClose {
		height := w.block()
		w.await(fmt.Sprint("height ", height), func() bool { return int64(testutil.ToFloat64(w.s.metrics.served)) >= height })
	}
	w.await("ended", each(func(z *sealed) bool {
		_, found, err := w.bus.Last(w.t.Context(), bus.StreamClaims, bus.ClaimEndedSubject(z.terms.Supplier, z.terms.SessionId), new(claimv1.Changed))
		return err == nil && found && w.s.book.get(keyOf(z.terms)) == nil
	}))
}

// check compares with a life that nothing disturbed.
func (w *fused) check() {
	w.t.Helper()
	for _, z := range w.sessions {
		o := w.ended(w.s, z)
		require.Equal(w.t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
		require.Equal(w.t, []claimv1.Phase{
			claimv1.Phase_PHASE_SEALED, claimv1.Phase_PHASE_CLAIMED, claimv1.Phase_PHASE_PROOF_DUE, claimv1.Phase_PHASE_PROVEN,
		}, w.phases(z))
	}
	sent := map[string]int{}
	for _, in := range w.chain.included() {
		for _, m := range in.tx.messages {
			sent[fmt.Sprint(m.header.SessionId, m.create != nil)]++
		}
	}
	require.Len(w.t, sent, 2*len(w.sessions))
	for what, n := range sent {
		require.Equal(w.t, 1, n, "claims and proofs of %s in blocks", what)
	}
}

// Whatever was the submitter's last act, done or not: the next one brings every claim to the same end, and no claim or
// proof comes on chain twice.
func TestKilledAtEveryAct(t *testing.T) {
	whole := newFused(t, 0, false)
	whole.live()
	whole.check()
	acts := int(whole.f.acts.Load())
	require.Greater(t, acts, 20)
	for at := 1; at <= acts; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d of %d, done %v", at, acts, after), func(t *testing.T) {
				t.Parallel()
				w := newFused(t, at, after)
				w.live()
				w.check()
				require.True(t, w.f.blown.Load())
			})
		}
	}
}
