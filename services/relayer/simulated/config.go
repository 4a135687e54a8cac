package simulated

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// Config says who may send simulated relays.
type Config struct {
	Enabled       bool                `koanf:"enabled"`        // false: the header is ignored
	MaxConcurrent int                 `koanf:"max_concurrent"` // simulated relays under way at once
	Freshness     time.Duration       `koanf:"freshness"`      // how far the time in a session id may be from ours
	Identities    map[string]Identity `koanf:"identities"`     // by key id
}

// Identity is one who may send them: a ring pinned here instead of one on chain.
type Identity struct {
	Enabled     bool     `koanf:"enabled"`     // false: refused
	NotAfter    string   `koanf:"not_after"`   // RFC 3339; empty: no end
	MaxPerSec   float64  `koanf:"max_per_sec"` // simulated relays a second; 0: 5
	Application string   `koanf:"application"` // public key of the pretended application, 66 hex digits
	Gateways    []string `koanf:"gateways"`    // public keys that may sign, 66 hex digits each
	Services    []string `koanf:"services"`    // service ids that may be asked
}

// Default allows nobody.
func Default() Config {
	return Config{MaxConcurrent: 32, Freshness: 30 * time.Second, Identities: map[string]Identity{}}
}

// defaultPerSec is what an identity may send when it does not say.
const defaultPerSec = 5

// Validate names every fault at once.
func (c Config) Validate() error {
	if !c.Enabled {
		return nil
	}
	var errs []error
	if c.MaxConcurrent <= 0 || c.Freshness <= 0 {
		errs = append(errs, errors.New("simulated.max_concurrent, simulated.freshness: must be positive"))
	}
	for id, identity := range c.Identities {
		if _, err := identity.pinned(); err != nil {
			errs = append(errs, fmt.Errorf("simulated.identities.%s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

// pinned is an identity with its texts read.
type pinned struct {
	application ring.PublicKey
	members     ring.Set
	notAfter    time.Time // zero: no end
}

func (i Identity) pinned() (p pinned, err error) {
	if i.NotAfter != "" {
		if p.notAfter, err = time.Parse(time.RFC3339, i.NotAfter); err != nil {
			return p, fmt.Errorf("not_after: %w", err)
		}
	}
	if i.MaxPerSec < 0 {
		return p, errors.New("max_per_sec: must not be negative")
	}
	if len(i.Gateways) == 0 || len(i.Services) == 0 {
		return p, errors.New("gateways, services: at least one of each is needed")
	}
	members := make([]ring.PublicKey, 0, 1+len(i.Gateways))
	for _, text := range append([]string{i.Application}, i.Gateways...) {
		key, err := publicKey(text)
		if err != nil {
			return p, err
		}
		members = append(members, key)
	}
	p.application, p.members = members[0], ring.NewSet(members...)
	return p, nil
}

// publicKey reads a key that is a point, and not the one whose private key everybody knows.
func publicKey(text string) (k ring.PublicKey, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(k) {
		return k, fmt.Errorf("public key %.70q: want %d hex digits", text, 2*len(k))
	}
	copy(k[:], raw)
	if k == ring.Placeholder() {
		return k, errors.New("the placeholder ring key is everybody's and may not be pinned")
	}
	if !new(curve.Affine).Decompress((*[33]byte)(&k)) {
		return k, fmt.Errorf("public key %s is not a point", k)
	}
	return k, nil
}
