package relayer

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lineByLine cuts a whole stream as the batcher does: the slow twin.
func lineByLine(all []byte) (batches [][]byte, pending []byte) {
	var batch []byte
	lines := 0
	for line := range bytes.Lines(all) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		batch = append(batch, line...)
		if lines++; lines == batchLines || len(batch) >= batchBytes {
			batches, batch, lines = append(batches, batch), nil, 0
		}
	}
	return batches, batch
}

// TestBatcherLikeItsTwin: however the stream comes in pieces, what is full is the same, and nothing is lost.
func TestBatcherLikeItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 60_000))
		var all []byte
		for range rapid.IntRange(0, 300).Draw(t, "lines") {
			all = append(append(all, bytes.Repeat([]byte("x"), length.Draw(t, "length"))...), '\n')
		}
		all = append(all, bytes.Repeat([]byte("y"), length.Draw(t, "end"))...)
		want, pending := lineByLine(all)
		var b batcher
		var got [][]byte
		for left := all; len(left) > 0; {
			n := min(len(left), rapid.IntRange(1, 200_000).Draw(t, "piece"))
			b.add(left[:n])
			left = left[n:]
			for batch := b.full(); batch != nil; batch = b.full() {
				got = append(got, bytes.Clone(batch))
			}
		}
		require.Equal(t, want, got)
		require.Equal(t, len(pending) > 0, b.pending())
		require.Equal(t, string(pending), string(b.flush()))
		require.Equal(t, string(all), string(b.all))
		require.False(t, b.pending())
	})
}
