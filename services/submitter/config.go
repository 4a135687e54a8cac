package submitter

import (
	"cmp"
	"errors"
	"fmt"
	stdmath "math"
	"time"

	"cosmossdk.io/math"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/signing"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

// Config is what an operator sets. Every field has a working default except Keys.
type Config struct {
	Observability run.Config   `koanf:"observe"`
	Bus           bus.Config   `koanf:"bus"`
	Chain         chain.Config `koanf:"chain"`

	Keys          signing.Config  `koanf:"keys"`           // supplier operator keys
	KeysFile      string          `koanf:"keys_file"`      // the same as keys.file
	Treasury      treasury.Config `koanf:"treasury"`       // the operators' balances and stakes
	GasPrice      string          `koanf:"gas_price"`      // upokt for a unit of gas, a decimal
	GasAdjustment float64         `koanf:"gas_adjustment"` // simulated gas is multiplied by this
	MaxFeeUpokt   uint64          `koanf:"max_fee_upokt"`  // of one transaction; dearer ones are not sent
	ClaimMargin   float64         `koanf:"claim_margin"`   // a claim is skipped while it is expected to earn less than this many times what it costs in fees; 0: none is
	TxMode        string          `koanf:"tx_mode"`        // unordered; sequence: one by one, each behind the one before; auto: unordered where the chain takes it
	BatchSize     int             `koanf:"batch_size"`     // messages in one transaction
	MaxTxBytes    int             `koanf:"max_tx_bytes"`   // of a transaction of several messages; nodes take a request of 1,000,000 bytes, in which it is a third longer
	MaxTxGas      uint64          `koanf:"max_tx_gas"`     // of a transaction of several messages; 0: no limit
	Parallel      int             `koanf:"parallel"`       // suppliers served at once
	LeaseTTL      time.Duration   `koanf:"lease_ttl"`      // how long a submitter that is not heard keeps its suppliers
	StaleAfter    time.Duration   `koanf:"stale_after"`    // without a new block for so long the submitter is not ready
}

// Default is a submitter on this machine, without keys.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9103", LogLevel: "info"},
		Bus:           bus.Default(),
		Chain:         chain.Default(),
		Keys:          signing.Default(),
		Treasury:      treasury.Default(),
		GasPrice:      "0.00001",
		GasAdjustment: 1.7,
		MaxFeeUpokt:   1_000_000,
		ClaimMargin:   1,
		TxMode:        modeAuto,
		BatchSize:     50,
		MaxTxBytes:    700_000,
		Parallel:      8,
		LeaseTTL:      3 * time.Second,
		StaleAfter:    3 * time.Minute,
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// sources are where keys are.
func (c Config) sources() signing.Config {
	k := c.Keys
	k.File = cmp.Or(k.File, c.KeysFile)
	return k
}

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Observability.Validate(), c.Bus.Validate(), c.Chain.Validate(), c.sources().Validate(), c.Treasury.Validate()}
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	if price, err := math.LegacyNewDecFromStr(c.GasPrice); err != nil || price.IsNegative() {
		errs = append(errs, fmt.Errorf("gas_price: %q is not a decimal of zero or more", c.GasPrice))
	}
	fault(c.KeysFile != "" && c.Keys.File != "", "keys_file: keys.file is set, too")
	fault(c.GasAdjustment < 1, "gas_adjustment: must be at least 1")
	fault(c.MaxFeeUpokt == 0, "max_fee_upokt: must be positive")
	fault(!(c.ClaimMargin >= 0) || stdmath.IsInf(c.ClaimMargin, 1), "claim_margin: must be zero or more")
	fault(c.TxMode != modeAuto && c.TxMode != modeUnordered && c.TxMode != modeSequence, `tx_mode: must be "auto", "unordered" or "sequence"`)
	fault(c.BatchSize <= 0, "batch_size: must be positive")
	fault(c.MaxTxBytes <= 0, "max_tx_bytes: must be positive")
	fault(c.Parallel <= 0, "parallel: must be positive")
	fault(c.LeaseTTL < 3*time.Millisecond || c.LeaseTTL > maxLease, "lease_ttl: must be between 3ms and 30s")
	fault(c.StaleAfter <= 0, "stale_after: must be positive")
	return errors.Join(errs...)
}

// maxLease is half of what bucket lode_submitters remembers.
const maxLease = 30 * time.Second
