package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Bus is one connection to NATS and its JetStream.
type Bus struct {
	NC       *nats.Conn
	JS       jetstream.JetStream
	topology Topology
	service  string
	log      *slog.Logger
	metrics  *metrics
	bound    []string // streams that Bind has seen; set before Observe
}

// Connect opens a connection that never gives up reconnecting. It waits for a server that is not there yet until
// ctx ends. service names the client, its durable consumers and its dead letters.
func Connect(ctx context.Context, cfg Config, service string, log *slog.Logger) (*Bus, error) {
	topology, err := Declared()
	if err != nil {
		return nil, err
	}
	opts, err := cfg.access()
	if err != nil {
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	faults := &faults{log: log}
	opts = append(append(opts, faults.options()...),
		nats.Name("lode-"+service),
		nats.CustomInboxPrefix(InboxPrefix(service)),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(200*time.Millisecond),
		nats.RetryOnFailedConnect(true),
		nats.PingInterval(5*time.Second),
		nats.MaxPingsOutstanding(2),
	)
	nc, err := nats.Connect(cfg.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	b := &Bus{NC: nc, topology: topology, service: service, log: log}
	b.metrics = newMetrics(b)
	if b.JS, err = jetstream.New(nc); err != nil {
		nc.Close()
		return nil, fmt.Errorf("open jetstream: %w", err)
	}
	if err := b.awaitServer(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return b, nil
}

// awaitServer returns when JetStream answers.
func (b *Bus) awaitServer(ctx context.Context) error {
	for {
		try, cancel := context.WithTimeout(ctx, 2*time.Second) // servers without a leader do not answer
		_, err := b.JS.AccountInfo(try)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for jetstream: %w", errors.Join(ctx.Err(), err, b.NC.LastError()))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Close ends the connection; what was published and not acknowledged is unknown.
func (b *Bus) Close() { b.NC.Close() }
