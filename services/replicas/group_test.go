package replicas_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/replicas"
)

// member is one replica that follows the others until the test ends.
func member(t *testing.T, bucket jetstream.KeyValue, name string, lease time.Duration) (*replicas.Group, chan struct{}) {
	changed := make(chan struct{}, 100)
	g := replicas.New(bucket, name, lease, func() { changed <- struct{}{} })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Follow(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
	return g, changed
}

func newBucket(t *testing.T) jetstream.KeyValue {
	b := bustest.Dial(t, bustest.Server(t), "test")
	kv, err := b.JS.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "members"})
	require.NoError(t, err)
	return kv
}

func TestWhoHasNotHeardItselfKnowsOfNobody(t *testing.T) {
	kv := newBucket(t)
	a, changed := member(t, kv, "a", time.Minute)
	_, err := kv.Put(t.Context(), "b", nil)
	require.NoError(t, err)
	<-changed
	require.Empty(t, a.Names())
	require.NoError(t, a.Beat(t.Context(), []byte("x")))
	<-changed
	require.Equal(t, map[string]string{"a": "x", "b": ""}, a.Alive())
}

func TestLeaseIsByTheBusClock(t *testing.T) {
	kv := newBucket(t)
	a, changed := member(t, kv, "a", 50*time.Millisecond)
	b, _ := member(t, kv, "b", time.Minute)
	require.NoError(t, b.Beat(t.Context(), nil))
	<-changed
	require.NoError(t, a.Beat(t.Context(), nil))
	<-changed
	first := a.Names()
	require.Contains(t, first, "a")
	time.Sleep(60 * time.Millisecond) // the bus's clock goes on; this replica has heard nothing of it yet
	require.Equal(t, first, a.Names(), "without a beat time stands still")
	require.NoError(t, a.Beat(t.Context(), []byte("again")))
	require.Eventually(t, func() bool { return a.Alive()["a"] == "again" }, 10*time.Second, time.Millisecond)
	require.Equal(t, []string{"a"}, a.Names())
	require.Eventually(t, func() bool { return len(b.Names()) == 2 }, 10*time.Second, time.Millisecond, "a longer lease")
}

func TestGoodbyeIsAtOnce(t *testing.T) {
	kv := newBucket(t)
	a, changed := member(t, kv, "a", time.Hour)
	b, _ := member(t, kv, "b", time.Hour)
	require.NoError(t, a.Beat(t.Context(), nil))
	require.NoError(t, b.Beat(t.Context(), nil))
	<-changed
	<-changed
	require.Equal(t, []string{"a", "b"}, a.Names())
	require.NoError(t, b.Goodbye(t.Context()))
	<-changed
	require.Equal(t, []string{"a"}, a.Names())
	require.NotEqual(t, replicas.Name(), replicas.Name())
}
