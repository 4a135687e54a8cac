package relayer

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// recorder keeps what is published; each publish waits for one value of let.
type recorder struct {
	let     chan struct{}
	started chan struct{}
	mu      sync.Mutex
	stored  []*relayv1.ServedGroup
	to      []string
}

func (r *recorder) PublishContent(ctx context.Context, c bus.Content) (uint64, bool, error) {
	r.started <- struct{}{}
	select {
	case <-r.let:
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
	g := new(relayv1.ServedGroup)
	if err := proto.Unmarshal(c.Data, g); err != nil {
		return 0, false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stored = append(r.stored, g)
	r.to = append(r.to, c.Subject)
	return uint64(len(r.stored)), false, nil
}

func newLog(t *testing.T) (*relayLog, *recorder, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	r := &recorder{let: make(chan struct{}), started: make(chan struct{}, 1000)}
	return &relayLog{
		bus: r, incarnation: "one", partitions: 1, limit: 10_000, log: slog.New(slog.DiscardHandler),
		metrics: newMetrics(prometheus.NewRegistry()), lanes: map[laneKey]*lane{}, ctx: ctx,
	}, r, cancel
}

func terms(session string, end int64) *relayv1.Terms {
	return &relayv1.Terms{Supplier: "s", SessionId: session, EndHeight: end, ClaimOpenHeight: end + 3}
}

// put queues n relays of a session and returns the groups they are in.
func (l *relayLog) put(t *relayv1.Terms, n, size int) (groups []*group) {
	for range n {
		groups = append(groups, l.enqueue(t, &relayv1.Served{Relay: make([]byte, size)}))
	}
	return groups
}

// TestGroupsFillWhileOneIsStored: the first relay goes alone, at once; all that come meanwhile go together, as far
// as a group takes them.
func TestGroupsFillWhileOneIsStored(t *testing.T) {
	l, r, _ := newLog(t)
	groups := l.put(terms("a", 10), 1, 1)
	<-r.started
	groups = append(groups, l.put(terms("a", 10), maxGroupRelays, 1)...)
	groups = append(groups, l.put(terms("b", 10), 3, maxGroupBytes/2)...)
	close(r.let)
	for _, g := range groups {
		<-g.done
		require.NoError(t, g.err)
	}
	require.Len(t, r.stored, 4)
	var sizes []int
	numbers := map[string]uint64{}
	for _, g := range r.stored {
		sizes = append(sizes, len(g.Relays))
		for _, served := range g.Relays {
			session := g.Terms[served.Terms].SessionId
			numbers[session]++
			require.Equal(t, numbers[session], served.Number)
		}
	}
	require.Equal(t, []int{1, maxGroupRelays, 2, 1}, sizes, "by number, then by bytes")
	require.NoError(t, l.room())
}

// TestLanesDoNotWaitForEachOther: sessions that end at another height are another subject.
func TestLanesDoNotWaitForEachOther(t *testing.T) {
	l, r, _ := newLog(t)
	l.put(terms("a", 10), 1, 1)
	<-r.started
	l.put(terms("b", 20), 1, 1)
	<-r.started // while the other is still under way
	close(r.let)
	require.Eventually(t, func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.to) == 2 }, patience, often)
	require.ElementsMatch(t, []string{"lode.relay.served.0.10", "lode.relay.served.0.20"}, r.to)
}

// TestPublishingEndsWithTheService: nobody waits for ever.
func TestPublishingEndsWithTheService(t *testing.T) {
	l, r, stop := newLog(t)
	groups := l.put(terms("a", 10), 1, 1)
	<-r.started
	groups = append(groups, l.put(terms("a", 10), 1, 1)...)
	stop()
	for _, g := range groups {
		<-g.done
		require.ErrorIs(t, g.err, context.Canceled)
		require.ErrorContains(t, g.err, "store relay group")
	}
}

// TestForgetKeepsWhatIsNeeded: a lane goes when its sessions take no more relays and nothing waits in it.
func TestForgetKeepsWhatIsNeeded(t *testing.T) {
	l, r, _ := newLog(t)
	g := l.put(terms("a", 10), 1, 1)[0]
	<-r.started
	l.forget(1000)
	require.Len(t, l.lanes, 1, "busy")
	close(r.let)
	<-g.done
	l.forget(23)
	require.Len(t, l.lanes, 1, "a late reply may still come")
	require.Eventually(t, func() bool { l.forget(24); return len(l.lanes) == 0 }, patience, often)
}

func TestPartitionOf(t *testing.T) {
	require.Equal(t, uint32(0), partitionOf("supplier/session", 1))
	seen := map[uint32]bool{}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		p := partitionOf(id, 64)
		require.Less(t, p, uint32(64))
		require.Equal(t, p, partitionOf(id, 64))
		seen[p] = true
	}
	require.Greater(t, len(seen), 4)
	require.Equal(t, uint32(14), partitionOf("supplier/session", 64), "the same for ever")
}
