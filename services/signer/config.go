package signer

import (
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/signing"
)

// Config is everything an operator can choose.
type Config struct {
	Observability run.Config `koanf:"observe"`

	Socket   string   `koanf:"socket"`   // path of the unix socket; it is made with mode 0660
	Purposes []string `koanf:"purposes"` // what may be signed: relay (responses), tx (transactions)
	Keys     Keys     `koanf:"keys"`
}

// Keys say where the keys are.
type Keys struct {
	File           string        `koanf:"file"`            // keys, one of 64 hex digits a line or YAML; not readable by everyone
	Dir            string        `koanf:"dir"`             // folder of such files, and of Cosmos keyring exports
	PassphraseFile string        `koanf:"passphrase_file"` // of the keyring exports in the folder
	ReloadEvery    time.Duration `koanf:"reload_every"`    // how often all of it is read again; 0: only at the start
}

// Default signs responses.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9107", LogLevel: "info"},
		Socket:        "/run/lode/signer.sock",
		Purposes:      []string{signing.PurposeRelay},
		Keys:          Keys{ReloadEvery: signing.Default().ReloadEvery},
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// sources are the places with keys, as package signing takes them.
func (c Config) sources() signing.Config {
	return signing.Config{File: c.Keys.File, Dir: c.Keys.Dir, PassphraseFile: c.Keys.PassphraseFile, ReloadEvery: c.Keys.ReloadEvery}
}

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Observability.Validate(), c.sources().Validate()}
	if c.Socket == "" {
		errs = append(errs, errors.New("socket: a path is needed"))
	}
	if len(c.Purposes) == 0 {
		errs = append(errs, errors.New("purposes: at least one is needed"))
	}
	for _, p := range c.Purposes {
		if p != signing.PurposeRelay && p != signing.PurposeTx {
			errs = append(errs, fmt.Errorf("purposes: %q is neither %s nor %s", p, signing.PurposeRelay, signing.PurposeTx))
		}
	}
	return errors.Join(errs...)
}
