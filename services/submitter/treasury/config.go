package treasury

import (
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/signing"
)

// Config says what is watched, and which account pays for operators.
type Config struct {
	Every          time.Duration  `koanf:"every"`            // between two looks at the operators' balances and stakes; 0: none
	AlarmWindows   int            `koanf:"alarm_windows"`    // an operator that cannot pay the fees of so many windows is an alarm
	Account        string         `koanf:"account"`          // address that pays for operators; empty: none
	Keys           signing.Config `koanf:"keys"`             // where its key is; nobody else's need be there
	TopUpBelow     uint64         `koanf:"top_up_below"`     // upokt; an operator that has less gets from account; 0: none does
	TopUpTo        uint64         `koanf:"top_up_to"`        // upokt that it has then
	MaxPerDay      uint64         `koanf:"max_per_day"`      // upokt that all operators together get on one day of block time (UTC)
	Feegrant       bool           `koanf:"feegrant"`         // account pays the fees of operators' claims and proofs, by allowances that it grants
	FeegrantPerDay uint64         `koanf:"feegrant_per_day"` // upokt in fees that one operator may have paid so in 24 hours
}

// Default watches, and pays nothing.
func Default() Config {
	return Config{Every: 5 * time.Minute, AlarmWindows: 10, Keys: signing.Default(), FeegrantPerDay: 1_000_000}
}

// Pays tells whether an account pays for operators.
func (c Config) Pays() bool { return c.Account != "" }

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New("treasury."+text))
		}
	}
	fault(c.Every < 0, "every: must not be negative")
	fault(c.AlarmWindows < 0, "alarm_windows: must not be negative")
	if !c.Pays() {
		fault(c.TopUpBelow > 0 || c.Feegrant, "account: needed for top_up_below and feegrant")
		return errors.Join(errs...)
	}
	if _, err := keys.ParseAddress(c.Account); err != nil {
		errs = append(errs, fmt.Errorf("treasury.account: %w", err))
	}
	fault(c.Every == 0, "every: account pays only what is seen")
	fault(c.TopUpBelow > 0 && c.TopUpTo < c.TopUpBelow, "top_up_to: must be at least top_up_below")
	fault(c.TopUpBelow > 0 && c.MaxPerDay == 0, "max_per_day: needed for top_up_below")
	fault(c.Feegrant && c.FeegrantPerDay == 0, "feegrant_per_day: must be positive")
	if err := c.Keys.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("treasury: %w", err))
	}
	return errors.Join(errs...)
}
