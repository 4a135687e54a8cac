package signing

import (
	"errors"
	"time"
)

// Config says where keys are. All that is set counts together.
type Config struct {
	File           string        `koanf:"file"`            // keys, one of 64 hex digits a line or YAML; not readable by everyone
	Dir            string        `koanf:"dir"`             // folder of such files, and of Cosmos keyring exports
	PassphraseFile string        `koanf:"passphrase_file"` // of the keyring exports in the folder
	Socket         string        `koanf:"socket"`          // unix socket of a signer service
	ReloadEvery    time.Duration `koanf:"reload_every"`    // how often all of it is read again; 0: only at the start
}

// Default reads again every ten seconds.
func Default() Config { return Config{ReloadEvery: 10 * time.Second} }

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.File == "" && c.Dir == "" && c.Socket == "" {
		errs = append(errs, errors.New("keys: file, dir or socket: a place with keys is needed"))
	}
	if c.ReloadEvery < 0 {
		errs = append(errs, errors.New("keys.reload_every: must not be negative"))
	}
	return errors.Join(errs...)
}
