package hasher

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/kit/bus"
)

// A hasher that is far behind folds first what can still be claimed, in the order in which that ends, and what comes
// meanwhile behind it; every message once.
func TestFarBehindCatchesUpByDeadline(t *testing.T) {
	w := newWorld(t)
	w.cfg.Partitions = 1
	h := w.idle()
	h.height.Store(27)
	ends := []int64{10, 20, 30} // their claim windows close at 16, 30 and 40
	counts := map[int64]int{}
	var messages []bus.Message
	for i := range farBehind + 50 {
		terms := termsOf("s1", "aa")
		terms.EndHeight = ends[(i/20)%3]
		terms.ClaimCloseHeight = terms.EndHeight + 10
		if terms.EndHeight == 10 {
			terms.ClaimCloseHeight = 16
		}
		messages = append(messages, bus.Message{Subject: w.subject(terms), Body: foldtest.Group(some(i, 1), terms)})
		counts[terms.EndHeight]++
	}
	for _, m := range messages {
		_, _, err := w.bus.Publish(t.Context(), m)
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	ahead := uint64(20 + 5) // the first messages of end height 20 have been folded by another
	out := h.reader.read(ctx, 0, 1, map[int64]uint64{20: ahead})
	go func() { done <- h.reader.run(ctx) }()

	var order []int64
	seen := map[uint64]bool{}
	for f := range out {
		if f.none && !f.alone {
			require.EqualValues(t, len(messages), f.Sequence)
			break
		}
		require.True(t, f.alone)
		if f.none {
			require.EqualValues(t, len(messages), f.Sequence)
			continue
		}
		require.False(t, seen[f.Sequence])
		seen[f.Sequence] = true
		if len(order) == 0 || order[len(order)-1] != f.end {
			order = append(order, f.end)
			w.serve(some(5000+int(f.end), 1), termsOf("s1", "aa")) // new work meanwhile
		}
	}
	require.Equal(t, []int64{20, 30, 10}, order)
	require.Len(t, seen, len(messages)-5)
	for i := range 3 {
		f := <-out
		require.False(t, f.alone, "in order again")
		require.EqualValues(t, len(messages)+1+i, f.Sequence)
	}
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// What waits is folded and sealed whatever way it comes.
func TestFarBehindSealsAll(t *testing.T) {
	w := newWorld(t)
	w.cfg.Partitions = 1
	logs := map[string][]entry{}
	for i := range 2 * farBehind {
		terms := termsOf("s1", fmt.Sprint("x", i%5))
		terms.EndHeight = 10 + int64(i%5)
		log := some(i, 1)
		w.serve(log, terms)
		logs[terms.SessionId] = append(logs[terms.SessionId], log...)
	}
	w.block(22)
	h := w.start()
	h.owns(1)
	for session, log := range logs {
		terms := termsOf("s1", session)
		terms.EndHeight = 10 + int64(session[1]-'0')
		w.requireFact(terms, log)
	}
}
