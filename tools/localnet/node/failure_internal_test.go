package node

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestFailureWatch(t *testing.T) {
	var out bytes.Buffer
	stopping := make(chan struct{})
	watch := watchFailure(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}), stopping)
	log := slog.New(watch).With("module", "consensus").WithGroup("g")

	log.Info("CONSENSUS FAILURE only in a whisper")
	require.False(t, closed(watch.seen), "only an error is a failure")
	require.Empty(t, out.String(), "below the level")

	log.Error("peer went away")
	require.False(t, closed(watch.seen))
	require.Contains(t, out.String(), "module=consensus")

	log.Error("CONSENSUS FAILURE!!!", "err", "boom")
	require.True(t, closed(watch.seen))
	log.Error("CONSENSUS FAILURE!!!", "err", "again")

	close(stopping)
	out.Reset()
	log.Error("use of closed network connection")
	require.Empty(t, out.String(), "silent once asked to stop")
}

func TestFailureWatchSeesThroughLevel(t *testing.T) {
	off := slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelError + 1})
	watch := watchFailure(off, nil)
	slog.New(watch).Error("CONSENSUS FAILURE!!!")
	require.True(t, closed(watch.seen))
}
