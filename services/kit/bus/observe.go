package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

// lookEvery is how often streams are asked how they are.
const lookEvery = 10 * time.Second

// Observe registers the metrics of the bus and keeps those of the streams that were bound up to date until ctx ends.
func (b *Bus) Observe(ctx context.Context, reg prometheus.Registerer) {
	b.metrics.register(reg)
	for _, name := range b.bound {
		b.metrics.answered.WithLabelValues(name).SetToCurrentTime() // Bind had an answer
		b.metrics.dead.WithLabelValues(name).Add(0)                 // from none to one is an increase, too
	}
	for ctx.Err() == nil {
		for _, name := range b.bound {
			b.look(ctx, name)
		}
		_ = sleep(ctx, lookEvery)
	}
}

// look asks for one stream. No answer leaves what was known, and the time of it.
func (b *Bus) look(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery/2)
	defer cancel()
	s, err := b.JS.Stream(ctx, name)
	if err != nil {
		return
	}
	info, m := s.CachedInfo(), b.metrics
	m.messages.WithLabelValues(name).Set(float64(info.State.Msgs))
	m.bytes.WithLabelValues(name).Set(float64(info.State.Bytes))
	m.limit.WithLabelValues(name).Set(float64(max(info.Config.MaxBytes, 0)))
	m.missing.WithLabelValues(name).Set(float64(missing(info)))
	m.answered.WithLabelValues(name).SetToCurrentTime()
}

// missing counts copies of a stream that could not take over now.
func missing(info *jetstream.StreamInfo) (n int) {
	if info.Cluster == nil {
		return 0
	}
	for _, r := range info.Cluster.Replicas {
		if r.Offline || !r.Current {
			n++
		}
	}
	return n
}

func (b *Bus) connected() float64 {
	if b.NC.IsConnected() {
		return 1
	}
	return 0
}

// expiry is when the certificate of the server on the other end of the connection ends.
func (b *Bus) expiry() float64 {
	state, err := b.NC.TLSConnectionState()
	if err != nil || len(state.PeerCertificates) == 0 {
		return 0
	}
	return float64(state.PeerCertificates[0].NotAfter.Unix())
}
