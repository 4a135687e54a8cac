package submitter

import (
	"errors"
	"time"
)

// Config says what is measured.
type Config struct {
	Bin       string        // folder of the built programs
	Dir       string        // state and logs; empty: a temporary folder, removed unless something was lost
	Suppliers int           // each with one session
	Relays    int           // in each session; eight and more are above mainnet's proof threshold
	BlockTime time.Duration // wait between blocks
	// Drop is which part of broadcasts is answered with success and dropped, 0..1.
	Drop        float64
	RestartNode bool // the node is stopped and started again in the claim window and in the proof window
	Kill        bool // the submitter is killed in the claim window and in the proof window
	Within      time.Duration
}

// Full is a thousand suppliers without faults.
func Full() Config {
	return Config{Bin: "bin", Suppliers: 1000, Relays: 8, BlockTime: 5 * time.Second, Within: 15 * time.Minute}
}

// perService is how many suppliers one service has: as many as fit into one session on mainnet.
const perService = 50

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	fault(c.Suppliers < 2 || c.Suppliers > 1000, "suppliers: must be between 2 and 1000")
	fault(c.Relays < 1 || c.Relays > 10_000, "relays: must be between 1 and 10000")
	fault(c.Drop < 0 || c.Drop >= 1, "drop: must be 0 or more and below 1")
	return errors.Join(errs...)
}
