package bus_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

var durable = bus.Durable{Stream: bus.StreamChain, Name: "analytics-block-committed", Filters: []string{bus.BlockCommittedSubject}}

// consume runs a consumer whose handler reports each height and then answers with outcome.
func consume(t *testing.T, b *bus.Bus, outcome func(height int64) error) (heights chan int64, stop func() error) {
	t.Helper()
	heights = make(chan int64, 100)
	stop = background(t, func(ctx context.Context) error {
		return b.Consume(ctx, durable, func(_ context.Context, m bus.Msg) error {
			h := heightOf(t, m)
			heights <- h
			return outcome(h)
		})
	})
	return heights, stop
}

// settled waits until the durable has nothing left to do.
func settled(t *testing.T, b *bus.Bus) {
	t.Helper()
	last, err := b.LastSequence(t.Context(), bus.StreamChain)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		floor, err := b.Floor(t.Context(), bus.StreamChain, []string{"analytics"})
		return err == nil && floor >= last
	}, patience, often)
}

func TestConsumeAcknowledgesInOrder(t *testing.T) {
	b := bustest.Start(t, "analytics")
	say(t, b, 1, 2, 3)
	heights, stop := consume(t, b, func(int64) error { return nil })
	for want := int64(1); want <= 3; want++ {
		require.Equal(t, want, next(t, heights))
	}
	settled(t, b)
	require.ErrorIs(t, stop(), context.Canceled)

	say(t, b, 4)
	heights, _ = consume(t, b, func(int64) error { return nil })
	require.Equal(t, int64(4), next(t, heights), "what was acknowledged does not come again")
}

// TestConsumeRetryHoldsBack: the message comes again before those behind it, after Retry and after any other error.
func TestConsumeRetryHoldsBack(t *testing.T) {
	b := bustest.Start(t, "analytics")
	say(t, b, 1, 2)
	failures := map[int64][]error{
		1: {bus.Retry(errors.New("not yet"), time.Millisecond)},
		2: {errors.New("of no class")},
	}
	heights, _ := consume(t, b, func(h int64) error {
		if left := failures[h]; len(left) > 0 {
			failures[h] = left[1:]
			return left[0]
		}
		return nil
	})
	for _, want := range []int64{1, 1, 2, 2} {
		require.Equal(t, want, next(t, heights))
	}
	settled(t, b)
}

func TestConsumePoisonGoesToDead(t *testing.T) {
	b := bustest.Start(t, "analytics")
	say(t, b, 1, 2)
	heights, _ := consume(t, b, func(h int64) error {
		if h == 1 {
			return bus.Poison(errors.New("no such thing"))
		}
		return nil
	})
	require.Equal(t, int64(1), next(t, heights))
	require.Equal(t, int64(2), next(t, heights), "poison holds nothing back")
	settled(t, b)
	dead, err := b.JS.Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	require.Equal(t, uint64(1), dead.CachedInfo().State.Msgs)
	m, err := dead.GetLastMsgForSubject(t.Context(), bus.DeadSubject("analytics", "chain"))
	require.NoError(t, err)
	require.Equal(t, "no such thing", m.Header.Get("Lode-Error"))
	require.Equal(t, bus.BlockCommittedSubject, m.Header.Get("Lode-Subject"))
	require.Equal(t, int64(1), heightOf(t, bus.Msg{Data: m.Data}))

	require.NoError(t, b.Bury(t.Context(), bus.StreamChain, bus.Msg{Sequence: 1}, errors.New("again")))
	require.Equal(t, uint64(1), sizeOf(t, b, bus.StreamDead), "buried once, whoever tries")
}

// TestConsumeParallel: messages are handled side by side, and each has its own outcome.
func TestConsumeParallel(t *testing.T) {
	b := bustest.Start(t, "analytics")
	say(t, b, 1, 2, 3)
	var together sync.WaitGroup // all of 2 and 3 are under way at once, or the test never ends
	together.Add(2)
	handled := make(chan int64, 8)
	background(t, func(ctx context.Context) error {
		d := bus.Durable{Stream: bus.StreamChain, Name: "analytics-block-committed"}
		return b.ConsumeParallel(ctx, d, 8, func(_ context.Context, m bus.Msg) error {
			h := heightOf(t, m)
			defer func() { handled <- h }()
			if h == 1 {
				return bus.Poison(errors.New("no such thing"))
			}
			together.Done()
			together.Wait()
			return nil
		})
	})
	var got []int64
	for range 3 {
		got = append(got, next(t, handled))
	}
	require.ElementsMatch(t, []int64{1, 2, 3}, got)
	settled(t, b)
	require.Equal(t, uint64(1), sizeOf(t, b, bus.StreamDead))
}

func sizeOf(t *testing.T, b *bus.Bus, stream string) uint64 {
	t.Helper()
	s, err := b.JS.Stream(t.Context(), stream)
	require.NoError(t, err)
	return s.CachedInfo().State.Msgs
}

// TestConsumeStopLeavesTheMessage: it comes again after a restart.
func TestConsumeStopLeavesTheMessage(t *testing.T) {
	b := bustest.Start(t, "analytics")
	say(t, b, 1)
	short := durable
	short.AckWait = 50 * time.Millisecond
	broken := errors.New("disk is full")
	err := b.Consume(t.Context(), short, func(context.Context, bus.Msg) error { return bus.Stop(broken) })
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "consumer analytics-block-committed")

	heights := make(chan int64, 1)
	background(t, func(ctx context.Context) error {
		return b.Consume(ctx, short, func(_ context.Context, m bus.Msg) error { heights <- heightOf(t, m); return nil })
	})
	require.Equal(t, int64(1), next(t, heights))
}

func TestConsumeBatchesTakesWhatIsThere(t *testing.T) {
	b := bustest.Start(t, "analytics")
	var want []int64
	for h := range int64(25) {
		want = append(want, h)
	}
	say(t, b, want...)
	batches := make(chan []int64, 100)
	background(t, func(ctx context.Context) error {
		return b.ConsumeBatches(ctx, durable, 10, func(_ context.Context, ms []bus.Msg) error {
			var batch []int64
			for _, m := range ms {
				batch = append(batch, heightOf(t, m))
			}
			batches <- batch
			return nil
		})
	})
	var got []int64
	for len(got) < len(want) {
		batch := next(t, batches)
		require.LessOrEqual(t, len(batch), 10)
		got = append(got, batch...)
	}
	require.Equal(t, want, got)
	settled(t, b)
}

// TestConsumeSurvivesServerRestart: messages that were not acknowledged come again, the others do not.
func TestConsumeSurvivesServerRestart(t *testing.T) {
	srv := bustest.NewRestartable(t)
	b := bustest.Dial(t, srv.URL(), "analytics")
	require.NoError(t, b.Apply(t.Context(), 1))
	say(t, b, 1)
	heights, _ := consume(t, b, func(int64) error { return nil })
	require.Equal(t, int64(1), next(t, heights))
	settled(t, b)
	srv.Stop()
	srv.Start()
	require.Eventually(t, func() bool { return b.Bind(t.Context(), bus.StreamChain) == nil }, patience, often)
	say(t, b, 2)
	require.Equal(t, int64(2), next(t, heights))
}
