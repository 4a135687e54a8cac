package bus_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// change updates a stream behind the declaration's back.
func change(t *testing.T, b *bus.Bus, name string, f func(*jetstream.StreamConfig)) {
	t.Helper()
	s, err := b.JS.Stream(t.Context(), name)
	require.NoError(t, err)
	cfg := s.CachedInfo().Config
	f(&cfg)
	_, err = b.JS.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
}

func TestBindNamesEveryDifference(t *testing.T) {
	b := bustest.Dial(t, bustest.Server(t), "relayer")
	err := b.Bind(t.Context(), bus.StreamRelays, "NONSENSE")
	require.ErrorContains(t, err, "bind stream RELAYS")
	require.ErrorContains(t, err, "lode topology apply")
	require.ErrorContains(t, err, `no stream "NONSENSE" is declared`)

	all := []string{bus.StreamRelays, bus.StreamChain, bus.StreamSessions, bus.StreamClaims, bus.StreamDead}
	require.NoError(t, b.Apply(t.Context(), 1))
	require.NoError(t, b.Bind(t.Context(), all...))

	change(t, b, bus.StreamRelays, func(c *jetstream.StreamConfig) {
		c.Discard, c.Duplicates, c.MaxAge = jetstream.DiscardOld, time.Second, time.Hour
	})
	change(t, b, bus.StreamChain, func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "lode.other") })
	require.EqualError(t, b.Bind(t.Context(), all...),
		"stream RELAYS: discard is DiscardOld, declared DiscardNew\n"+
			"stream RELAYS: duplicate_window is 1s, declared 2m0s\n"+
			"stream RELAYS: max_age is 1h0m0s, declared 0s\n"+
			"stream CHAIN: subjects is [lode.block.* lode.chain.events.* lode.other], declared [lode.block.* lode.chain.events.*]")

	require.NoError(t, b.Apply(t.Context(), 1), "apply mends")
	require.NoError(t, b.Bind(t.Context(), all...))
}

// TestBindLetsOperatorsRaiseLimits: more room and longer memory are no difference.
func TestBindLetsOperatorsRaiseLimits(t *testing.T) {
	b := bustest.Start(t, "relayer")
	change(t, b, bus.StreamRelays, func(c *jetstream.StreamConfig) { c.MaxBytes, c.Duplicates = 16<<30, time.Hour })
	change(t, b, bus.StreamChain, func(c *jetstream.StreamConfig) { c.MaxAge *= 2 })
	require.NoError(t, b.Bind(t.Context(), bus.StreamRelays, bus.StreamChain))
}
