package blocks_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/blocks"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

func say(t *testing.T, b *bus.Bus, height int64) {
	t.Helper()
	_, _, err := b.Publish(t.Context(), bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: height}})
	require.NoError(t, err)
}

// follow follows in the background; the returned function stops it and returns its error.
func follow(t *testing.T, b *bus.Bus) (heights chan int64, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	heights, ended := make(chan int64, 100), make(chan error, 1)
	go func() {
		ended <- blocks.Follow(ctx, b, func(block *chainv1.Block) error { heights <- block.Height; return nil })
	}()
	return heights, func() error { cancel(); return <-ended }
}

func next(t *testing.T, heights <-chan int64) int64 {
	t.Helper()
	select {
	case h := <-heights:
		return h
	case <-time.After(20 * time.Second):
		require.FailNow(t, "no block came")
		return 0
	}
}

func TestFollowFromTheNewest(t *testing.T) {
	b := bustest.Start(t, "relayer")
	say(t, b, 1)
	say(t, b, 2)
	heights, stop := follow(t, b)
	require.Equal(t, int64(2), next(t, heights), "the newest first, without those before it")
	say(t, b, 3)
	say(t, b, 4)
	require.Equal(t, int64(3), next(t, heights))
	require.Equal(t, int64(4), next(t, heights))
	require.ErrorIs(t, stop(), context.Canceled)
	require.Empty(t, heights)
}

func TestFollowBeforeTheFirst(t *testing.T) {
	b := bustest.Start(t, "relayer")
	heights, stop := follow(t, b)
	say(t, b, 1)
	require.Equal(t, int64(1), next(t, heights))
	require.ErrorIs(t, stop(), context.Canceled)
}

func TestFollowFails(t *testing.T) {
	b := bustest.Start(t, "relayer")
	broken := errors.New("broken")
	say(t, b, 1)
	require.ErrorIs(t, blocks.Follow(t.Context(), b, func(*chainv1.Block) error { return broken }), broken)

	_, err := b.JS.Publish(t.Context(), bus.BlockCommittedSubject, []byte("\xff"))
	require.NoError(t, err)
	require.ErrorContains(t, blocks.Follow(t.Context(), b, func(*chainv1.Block) error { return nil }), "read newest block")
}
