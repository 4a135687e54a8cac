package bus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

var blocksOnly = []string{bus.BlockCommittedSubject}

// fold folds in the background and reports the heights.
func fold(t *testing.T, b *bus.Bus, from uint64) (heights chan int64, stop func() error) {
	t.Helper()
	heights = make(chan int64, 1000)
	stop = background(t, func(ctx context.Context) error {
		return b.Fold(ctx, bus.StreamChain, blocksOnly, from, func(m bus.Msg) error { heights <- heightOf(t, m); return nil })
	})
	return heights, stop
}

func TestFoldFromSequence(t *testing.T) {
	b := bustest.Start(t, "hasher")
	say(t, b, 10, 20, 30)
	for from, want := range map[uint64][]int64{0: {10, 20, 30}, 1: {10, 20, 30}, 3: {30}, 4: nil} {
		heights, stop := fold(t, b, from)
		for _, h := range want {
			require.Equal(t, h, next(t, heights), "from %d", from)
		}
		require.ErrorIs(t, stop(), context.Canceled)
		require.Empty(t, heights)
	}
}

func TestFoldStopsOnError(t *testing.T) {
	b := bustest.Start(t, "hasher")
	say(t, b, 1, 2, 3)
	broken := errors.New("broken")
	err := b.Fold(t.Context(), bus.StreamChain, blocksOnly, 0, func(m bus.Msg) error {
		if m.Sequence == 2 {
			return broken
		}
		return nil
	})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "fold CHAIN at 2")
}

// TestFoldSurvivesServerRestart: in order, each once, across a server that goes away and comes back.
func TestFoldSurvivesServerRestart(t *testing.T) {
	srv := bustest.NewRestartable(t)
	b := bustest.Dial(t, srv.URL(), "hasher")
	require.NoError(t, b.Apply(t.Context(), 1))
	say(t, b, 1, 2)
	heights, stop := fold(t, b, 0)
	require.Equal(t, int64(1), next(t, heights))
	require.Equal(t, int64(2), next(t, heights))
	srv.Stop()
	srv.Start()
	require.Eventually(t, func() bool { return b.Bind(t.Context(), bus.StreamChain) == nil }, patience, often)
	say(t, b, 3, 4)
	require.Equal(t, int64(3), next(t, heights))
	require.Equal(t, int64(4), next(t, heights))
	require.ErrorIs(t, stop(), context.Canceled)
	require.Empty(t, heights)
}

// TestFoldEndsWhileItRecovers: a service can shut down while its bus is back but has not got its streams.
func TestFoldEndsWhileItRecovers(t *testing.T) {
	srv := bustest.NewRestartable(t)
	b := bustest.Dial(t, srv.URL(), "hasher")
	require.NoError(t, b.Apply(t.Context(), 1))
	say(t, b, 1)
	heights, stop := fold(t, b, 0)
	require.Equal(t, int64(1), next(t, heights))
	srv.Stop()
	require.Eventually(t, func() bool { return !b.NC.IsConnected() }, patience, often)
	sent := b.NC.Stats().OutMsgs
	srv.Dir = t.TempDir()
	srv.Start()
	require.Eventually(t, func() bool { return b.NC.Stats().OutMsgs > sent }, patience, often, "it tries to recover")
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(5 * time.Second):
		require.Fail(t, "the fold waits for the server")
	}
}

// TestReplayThenFold: while others publish, a replay and the fold after it see every message exactly once.
func TestReplayThenFold(t *testing.T) {
	b := bustest.Start(t, "hasher")
	head, err := b.Replay(t.Context(), bus.StreamChain, blocksOnly, func(bus.Msg) error { return errors.New("nothing is there") })
	require.NoError(t, err)
	require.Zero(t, head)

	const before, after = 600, 610 // more than the client takes at once
	for h := int64(1); h <= before; h++ {
		say(t, b, h)
	}
	var got []int64
	published := make(chan struct{})
	head, err = b.Replay(t.Context(), bus.StreamChain, blocksOnly, func(m bus.Msg) error {
		if len(got) == 0 { // more comes while the replay runs
			go func() {
				defer close(published)
				for h := int64(before + 1); h <= after; h++ {
					_, _, err := b.Publish(t.Context(), bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: h}})
					require.NoError(t, err)
				}
			}()
			next(t, published)
		}
		got = append(got, heightOf(t, m))
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, uint64(before), head)
	require.Len(t, got, before)
	heights, _ := fold(t, b, head+1)
	for len(got) < after {
		got = append(got, next(t, heights))
	}
	for i, h := range got {
		require.Equal(t, int64(i+1), h)
	}
}

func TestReplayFailsWithItsHandler(t *testing.T) {
	b := bustest.Start(t, "hasher")
	say(t, b, 1)
	broken := errors.New("broken")
	_, err := b.Replay(t.Context(), bus.StreamChain, blocksOnly, func(bus.Msg) error { return broken })
	require.ErrorIs(t, err, broken)
}

func TestFloorWaitsForAll(t *testing.T) {
	b := bustest.Start(t, "analytics")
	say(t, b, 1, 2)
	passed := func(sequence uint64, services ...string) bool {
		t.Helper()
		floor, err := b.Floor(t.Context(), bus.StreamChain, services)
		require.NoError(t, err)
		return floor >= sequence
	}
	require.False(t, passed(1, "analytics"), "who has not begun has passed nothing")
	require.True(t, passed(1), "nobody is waited for")

	cfg := jetstream.ConsumerConfig{Durable: "analytics-blocks", AckPolicy: jetstream.AckExplicitPolicy}
	c, err := b.JS.CreateConsumer(t.Context(), bus.StreamChain, cfg)
	require.NoError(t, err)
	require.False(t, passed(1, "analytics"))
	m, err := c.Next()
	require.NoError(t, err)
	require.False(t, passed(1, "analytics"), "delivered is not acknowledged")
	require.NoError(t, m.DoubleAck(t.Context()))
	require.True(t, passed(1, "analytics"))
	require.False(t, passed(2, "analytics"))
	require.False(t, passed(1, "analytics", "submitter"))

	cfg.Durable = "submitter-blocks"
	_, err = b.JS.CreateConsumer(t.Context(), bus.StreamChain, cfg)
	require.NoError(t, err)
	require.False(t, passed(1, "analytics"), "a durable consumer counts also when nobody named it")
}

func TestPurgeUpTo(t *testing.T) {
	b := bustest.Start(t, "hasher")
	say(t, b, 1, 2)
	_, _, err := b.Publish(t.Context(), bus.Message{Subject: bus.ChainEventsSubject("proof"), Body: &chainv1.Events{Height: 2}})
	require.NoError(t, err)
	say(t, b, 3)
	require.NoError(t, b.Purge(t.Context(), bus.StreamChain, bus.BlockCommittedSubject, 2))
	heights, _ := fold(t, b, 0)
	require.Equal(t, int64(3), next(t, heights))
	require.Equal(t, uint64(2), sizeOf(t, b, bus.StreamChain), "other subjects stay")
	last, err := b.LastSequence(t.Context(), bus.StreamChain)
	require.NoError(t, err)
	require.Equal(t, uint64(4), last)
}
