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
	// Chain names the nodes. They must keep block results. A settlement block's results can be very large: leave
	// the timeout room.
	Chain chain.Config `koanf:"chain"`
	// ChainID is the chain to follow; empty: whatever the node says at the first start, and only that one later.
	ChainID string `koanf:"chain_id"`
	// StartHeight is where a first start begins: 1 is the whole chain, 0 the node's newest block. Later starts go
	// on after the last block in the stream.
	StartHeight int64 `koanf:"start_height"`
	// PollInterval is how often the node is asked for its height while there is nothing to fetch. It adds, on
	// average, half of itself to the lag behind the chain.
	PollInterval time.Duration `koanf:"poll_interval"`
	// FetchAhead is how many heights are fetched at once while catching up.
	FetchAhead int `koanf:"fetch_ahead"`
	// MaxPartBytes bounds one message of events, encoded.
	MaxPartBytes int `koanf:"max_part_bytes"`
}

// Default follows a node on this machine from height 1.
func Default() Config {
	nodes := chain.Default()
	nodes.Timeout = 30 * time.Second
	return Config{
		Shell:        run.Config{Listen: "127.0.0.1:9105", LogLevel: "info"},
		Bus:          bus.Default(),
		Chain:        nodes,
		StartHeight:  1,
		PollInterval: 100 * time.Millisecond,
		FetchAhead:   8,
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
	within("poll_interval", c.PollInterval >= time.Millisecond && c.PollInterval <= time.Minute, "1ms to 1m")
	within("fetch_ahead", c.FetchAhead >= 1 && c.FetchAhead <= 256, "1 to 256")
	within("max_part_bytes", c.MaxPartBytes >= 4<<10 && c.MaxPartBytes <= bus.MaxPayload/2, "4096 to 16777216")
	return errors.Join(errs...)
}
