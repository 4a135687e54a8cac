package bus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// piped runs a pipe; ended is what it ended with.
func piped(t *testing.T, b *bus.Bus, most int64) (p *bus.Pipe, ended <-chan error) {
	t.Helper()
	p = b.Pipe(most)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(cancel)
	return p, done
}

func id(height int64) string {
	if height < 0 {
		return ""
	}
	return fmt.Sprint("block/", height)
}

func block(t *testing.T, height int64) bus.Content {
	t.Helper()
	c, err := bus.Message{Subject: bus.BlockCommittedSubject, ID: id(height), Body: &chainv1.Block{Height: height, Hash: make([]byte, 32)}}.Encode()
	require.NoError(t, err)
	return c
}

// Everything is stored, and told, in the order in which it was published, however little room there is.
func TestPipeKeepsOrder(t *testing.T) {
	const count = 600
	for _, most := range []int64{1, 100, 1 << 20} {
		b := bustest.Start(t, "test")
		p, _ := piped(t, b, most)
		var told []uint64
		for height := range int64(count) {
			require.NoError(t, p.Publish(t.Context(), block(t, height), id(height-1), func(sequence uint64, duplicate bool) error {
				require.False(t, duplicate)
				told = append(told, sequence)
				return nil
			}))
		}
		require.NoError(t, p.Flush(t.Context()))
		require.Len(t, told, count)
		for i, sequence := range told {
			require.Equal(t, uint64(i+1), sequence)
			if i%100 == 0 {
				var got chainv1.Block
				require.NoError(t, b.At(t.Context(), bus.StreamChain, sequence, &got))
				require.Equal(t, int64(i), got.Height)
			}
		}
	}
}

// A message that is not directly behind the one it should be is not stored, nor is any that counts on it.
func TestPipeEndsAtAConflict(t *testing.T) {
	b := bustest.Start(t, "test")
	p, ended := piped(t, b, 1<<20)
	require.NoError(t, p.Publish(t.Context(), block(t, 0), "", nil))
	require.NoError(t, p.Flush(t.Context()))
	_, _, err := b.Publish(t.Context(), bus.Message{Subject: bus.ChainEventsSubject("other"), Body: &chainv1.Events{}})
	require.NoError(t, err)
	for height := int64(1); height < 5; height++ {
		require.NoError(t, p.Publish(t.Context(), block(t, height), id(height-1), nil))
	}
	require.ErrorIs(t, <-ended, bus.ErrConflict)
	_, _, err = b.Publish(t.Context(), bus.Message{Subject: bus.ChainEventsSubject("other"), Body: &chainv1.Events{}}) // behind all of them
	require.NoError(t, err)
	var last chainv1.Block
	_, _, err = b.Last(t.Context(), bus.StreamChain, bus.BlockCommittedSubject, &last)
	require.NoError(t, err)
	require.Zero(t, last.Height)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, p.Flush(ctx), context.Canceled)
}

func TestPipeEndsWithWhatStoredSays(t *testing.T) {
	b := bustest.Start(t, "test")
	p, ended := piped(t, b, 1<<20)
	enough := errors.New("enough")
	c := block(t, 1)
	c.ID = "one"
	require.NoError(t, p.Publish(t.Context(), c, "", nil))
	require.NoError(t, p.Publish(t.Context(), c, "", func(sequence uint64, duplicate bool) error {
		require.True(t, duplicate)
		require.Equal(t, uint64(1), sequence)
		return enough
	}))
	require.ErrorIs(t, <-ended, enough)
}

// What was under way when the server went is unknown: the pipe ends, and no later message was stored without it.
func TestPipeEndsWithTheServer(t *testing.T) {
	server := bustest.NewRestartable(t)
	b := bustest.Dial(t, server.URL(), "test")
	require.NoError(t, b.Apply(t.Context(), 1))
	p, ended := piped(t, b, 1<<20)
	require.NoError(t, p.Publish(t.Context(), block(t, 1), "", nil))
	require.NoError(t, p.Flush(t.Context()))
	server.Stop()
	if p.Publish(t.Context(), block(t, 2), id(1), nil) == nil {
		require.Error(t, <-ended)
	}
	server.Start()
}
