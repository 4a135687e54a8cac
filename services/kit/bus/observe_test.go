package bus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// A service's metrics say how the streams are that it binds, that its consumer comes on, and what went to DEAD.
func TestObserve(t *testing.T) {
	b := bustest.Start(t, "hasher")
	require.NoError(t, b.Bind(t.Context(), bus.StreamRelays, bus.StreamDead))
	for range 3 {
		_, err := b.JS.Publish(t.Context(), "lode.relay.served.0.1", make([]byte, 1000))
		require.NoError(t, err)
	}
	consuming, done := context.WithCancel(t.Context())
	require.ErrorIs(t, b.Consume(consuming, bus.Durable{Stream: bus.StreamRelays, Name: "hasher-test"}, func(_ context.Context, m bus.Msg) error {
		if m.Sequence > 1 {
			done()
			return nil
		}
		return bus.Poison(errors.New("no relay"))
	}), context.Canceled)

	reg := prometheus.NewRegistry()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Observe(ctx, reg); close(ended) }()
	require.Eventually(t, func() bool {
		return value(t, reg, "lode_bus_stream_messages", "RELAYS") == 3 && value(t, reg, "lode_bus_stream_messages", "DEAD") >= 0
	}, 10*time.Second, 5*time.Millisecond)
	stop()
	<-ended
	require.Greater(t, value(t, reg, "lode_bus_stream_bytes", "RELAYS"), 3000.0)
	require.EqualValues(t, 8<<30, value(t, reg, "lode_bus_stream_limit_bytes", "RELAYS"))
	require.Zero(t, value(t, reg, "lode_bus_stream_replicas_missing", "RELAYS"))
	require.Zero(t, value(t, reg, "lode_bus_dead_total", "DEAD"))
	require.InDelta(t, time.Now().Unix(), value(t, reg, "lode_bus_stream_answered_timestamp_seconds", "RELAYS"), 60)
	require.Equal(t, 1.0, value(t, reg, "lode_bus_connected", ""))
	require.Zero(t, value(t, reg, "lode_bus_certificate_expiry_timestamp_seconds", ""))
	require.Equal(t, 1.0, value(t, reg, "lode_bus_dead_total", "RELAYS"))
	require.InDelta(t, time.Now().Unix(), value(t, reg, "lode_bus_consumer_progress_timestamp_seconds", "hasher-test"), 60)
}

// value is that of the metric with the one label's value; -1 when it is not there.
func value(t *testing.T, reg *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if label == "" || len(m.GetLabel()) == 1 && m.GetLabel()[0].GetValue() == label {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return -1
}
