package chain

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Config says which nodes to ask.
type Config struct {
	Nodes      []string      `koanf:"nodes"`            // CometBFT RPC addresses, http://host:port; the node in use is asked until another one is better
	Timeout    time.Duration `koanf:"timeout"`          // of one request to one node
	ChainID    string        `koanf:"chain_id"`         // nodes of another chain are not asked; empty: of another than most nodes
	WatchEvery time.Duration `koanf:"watch_every"`      // how often each node is asked how it is; 0: never, and only failures tell
	MaxLag     int64         `koanf:"max_lag"`          // blocks behind the highest known height at which a node is passed over; 0: none is
	Subscribe  bool          `koanf:"subscribe"`        // hear of new blocks over each node's WebSocket, beside asking
	MaxAnswer  int64         `koanf:"max_answer_bytes"` // of one answer that is held whole; 0: whatever the node sends
	Quorum     int           `koanf:"quorum"`           // nodes that must have a height before it counts; 0: most of those that are well
}

// Default is a node on this machine.
func Default() Config {
	return Config{Nodes: []string{"http://127.0.0.1:26657"}, Timeout: 10 * time.Second, WatchEvery: time.Second, MaxLag: 2, MaxAnswer: 256 << 20}
}

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	fault(len(c.Nodes) == 0, "chain.nodes: at least one node is needed")
	for i, n := range c.Nodes {
		u, err := url.Parse(n)
		fault(err != nil || u.Host == "", "chain.nodes: %q is not a URL with a host", n)
		fault(slices.Contains(c.Nodes[:i], n), "chain.nodes: %q is there twice", n)
	}
	fault(c.Timeout <= 0, "chain.timeout: must be positive")
	fault(c.WatchEvery < 0, "chain.watch_every: must not be negative")
	fault(c.MaxLag < 0, "chain.max_lag: must not be negative")
	fault(c.MaxAnswer < 0, "chain.max_answer_bytes: must not be negative")
	fault(c.Subscribe && c.WatchEvery <= 0, "chain.subscribe: needs watch_every, for a WebSocket can be lost")
	fault(c.Quorum < 0 || c.Quorum > len(c.Nodes), "chain.quorum: must be between 0 and the number of nodes")
	return errors.Join(errs...)
}
