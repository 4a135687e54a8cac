package bus_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

func TestPublishSameIDIsOneMessage(t *testing.T) {
	b := bustest.Start(t, "indexer")
	m := bus.Message{Subject: bus.BlockCommittedSubject, ID: "block/1", Body: &chainv1.Block{Height: 1}}
	first, duplicate, err := b.Publish(t.Context(), m)
	require.NoError(t, err)
	require.False(t, duplicate)
	again, duplicate, err := b.Publish(t.Context(), m)
	require.NoError(t, err)
	require.True(t, duplicate)
	require.Equal(t, first, again)
	last, err := b.LastSequence(t.Context(), bus.StreamChain)
	require.NoError(t, err)
	require.Equal(t, first, last)
}

func TestPublishAfterIsCompareAndSet(t *testing.T) {
	b := bustest.Start(t, "indexer")
	publish := func(height int64, after uint64) (uint64, error) {
		m := bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: height}, After: &after}
		sequence, _, err := b.Publish(t.Context(), m)
		return sequence, err
	}
	one, err := publish(1, 0)
	require.NoError(t, err)
	_, err = publish(2, 0)
	require.ErrorIs(t, err, bus.ErrConflict)
	require.ErrorContains(t, err, "publish lode.block.committed")
	two, err := publish(2, one)
	require.NoError(t, err)

	block := new(chainv1.Block)
	sequence, found, err := b.Last(t.Context(), bus.StreamChain, bus.BlockCommittedSubject, block)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, two, sequence)
	require.Equal(t, int64(2), block.Height, "the loser left nothing")
	require.NoError(t, b.At(t.Context(), bus.StreamChain, one, block))
	require.Equal(t, int64(1), block.Height)
	require.ErrorContains(t, b.At(t.Context(), bus.StreamChain, 99, block), "read CHAIN at 99")
}

func TestPublishNamesTheType(t *testing.T) {
	b := bustest.Start(t, "indexer")
	say(t, b, 1)
	s, err := b.JS.Stream(t.Context(), bus.StreamChain)
	require.NoError(t, err)
	raw, err := s.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "lode.chain.v1.Block", raw.Header.Get(bus.HeaderType))
}

// TestContentIsNamedByItsBytes: equal messages have one name, and are stored once however often they are published.
func TestContentIsNamedByItsBytes(t *testing.T) {
	b := bustest.Start(t, "indexer")
	content := func(height int64) bus.Content {
		c, err := bus.NewContent(bus.BlockCommittedSubject, &chainv1.Block{Height: height})
		require.NoError(t, err)
		return c
	}
	raw, err := proto.Marshal(&chainv1.Block{Height: 1})
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	want := bus.Content{Subject: "lode.block.committed", ID: hex.EncodeToString(sum[:16]), Type: "lode.chain.v1.Block", Data: raw}
	require.Equal(t, want, content(1))
	require.NotEqual(t, want.ID, content(2).ID)
	for again := range 2 {
		sequence, duplicate, err := b.PublishContent(t.Context(), content(1))
		require.NoError(t, err)
		require.Equal(t, uint64(1), sequence)
		require.Equal(t, again > 0, duplicate)
	}
	s, err := b.JS.Stream(t.Context(), bus.StreamChain)
	require.NoError(t, err)
	stored, err := s.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, raw, stored.Data)
	require.Equal(t, want.Type, stored.Header.Get(bus.HeaderType))
}

func TestPublishWithoutStream(t *testing.T) {
	b := bustest.Dial(t, bustest.Server(t), "indexer")
	_, _, err := b.Publish(t.Context(), bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{}})
	require.ErrorContains(t, err, "publish lode.block.committed")
}

func TestLastOfNothing(t *testing.T) {
	b := bustest.Start(t, "indexer")
	_, found, err := b.Last(t.Context(), bus.StreamChain, bus.BlockCommittedSubject, new(chainv1.Block))
	require.NoError(t, err)
	require.False(t, found)
	last, err := b.LastSequence(t.Context(), bus.StreamChain)
	require.NoError(t, err)
	require.Zero(t, last)
}
