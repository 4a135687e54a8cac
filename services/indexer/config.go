package indexer

import (
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
)

// Config is everything an operator can choose.
type Config struct {
	Shell run.Config `koanf:"observe"`
	Bus   bus.Config `koanf:"bus"`
	// Chain names the nodes. They must keep block results. Its chain_id is the chain to follow; empty: that of most
	// nodes at the first start, and only that one later.
	Chain chain.Config `koanf:"chain"`
	// StartHeight is where a first start begins: 1 is the whole chain, 0 the node's newest block. Later starts go
	// on after the last block in the stream.
	StartHeight int64 `koanf:"start_height"`
	// StaleAfter is how long the indexer stays ready without a new height.
	StaleAfter time.Duration `koanf:"stale_after"`
	// FetchAhead is how many heights are fetched at once while catching up.
	FetchAhead int `koanf:"fetch_ahead"`
	// AheadBytes bounds what they are held in until their turn, encoded. A height with more than its share is
	// fetched again when it is its turn, and said as it comes: it may have any size.
	AheadBytes int64 `koanf:"ahead_bytes"`
	// MaxPartBytes bounds one message of events, encoded.
	MaxPartBytes int `koanf:"max_part_bytes"`
}

// Default follows a node on this machine from height 1.
func Default() Config {
	nodes := chain.Default()
	nodes.Timeout, nodes.WatchEvery, nodes.Subscribe = 30*time.Second, 500*time.Millisecond, true
	return Config{
		Shell:        run.Config{Listen: "127.0.0.1:9105", LogLevel: "info"},
		Bus:          bus.Default(),
		Chain:        nodes,
		StartHeight:  1,
		StaleAfter:   3 * time.Minute,
		FetchAhead:   16,
		AheadBytes:   128 << 20,
		MaxPartBytes: 512 << 10,
	}
}

// Observe is what the shell uses.
func (c Config) Observe() run.Config { return c.Shell }

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Shell.Validate(), c.Bus.Validate(), c.Chain.Validate()}
	within := func(field string, ok bool, bounds string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: must be %s", field, bounds))
		}
	}
	within("start_height", c.StartHeight >= 0, "0 or more")
	within("chain.watch_every", c.Chain.WatchEvery > 0, "above 0: it finds new heights")
	within("stale_after", c.StaleAfter > 0, "positive")
	within("fetch_ahead", c.FetchAhead >= 1 && c.FetchAhead <= 256, "1 to 256")
	within("ahead_bytes", c.AheadBytes >= int64(c.FetchAhead)*4<<10, "4096 or more for each height fetched at once")
	within("max_part_bytes", c.MaxPartBytes >= 4<<10 && c.MaxPartBytes <= bus.MaxPayload/2, "4096 to 16777216")
	return errors.Join(errs...)
}
