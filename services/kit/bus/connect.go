package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config says where the bus is.
type Config struct {
	URL       string `koanf:"url"`        // nats://host:port, comma-separated for a cluster
	CredsFile string `koanf:"creds_file"` // NATS credentials; empty: none
}

// Default is a server on this machine.
func Default() Config { return Config{URL: "nats://127.0.0.1:4222"} }

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
		errs = append(errs, fmt.Errorf("bus.url: %q is not a URL with a host", c.URL))
	}
	if c.CredsFile != "" {
		if _, err := os.Stat(c.CredsFile); err != nil {
			errs = append(errs, fmt.Errorf("bus.creds_file: %w", err))
		}
	}
	return errors.Join(errs...)
}

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
	opts := []nats.Option{
		nats.Name("lode-" + service),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(200 * time.Millisecond),
		nats.RetryOnFailedConnect(true),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: we closed the connection
				log.Warn("bus disconnected", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("bus reconnected") }),
	}
	if cfg.CredsFile != "" {
		opts = append(opts, nats.UserCredentials(cfg.CredsFile))
	}
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
		_, err := b.JS.AccountInfo(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for jetstream: %w", errors.Join(ctx.Err(), err))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Close ends the connection; what was published and not acknowledged is unknown.
func (b *Bus) Close() { b.NC.Close() }
