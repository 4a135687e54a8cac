package signing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// Set is the keys that there are now. It is safe for concurrent use.
type Set struct {
	cfg     Config
	log     *slog.Logger
	remote  *Remote // nil without a socket
	signers atomic.Pointer[map[string]Signer]
}

// Open reads all keys, to sign responses with. It fails if there is none, or one of the places cannot be read.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*Set, error) {
	return OpenFor(ctx, cfg, PurposeRelay, log)
}

// OpenFor is Open for signatures of another purpose.
func OpenFor(ctx context.Context, cfg Config, purpose string, log *slog.Logger) (*Set, error) {
	s := &Set{cfg: cfg, log: log}
	if cfg.Socket != "" {
		s.remote = NewRemote(cfg.Socket, purpose)
	}
	found, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.signers.Store(&found)
	return s, nil
}

// Signer returns the key of a supplier operator address, or nil.
func (s *Set) Signer(address string) Signer { return (*s.signers.Load())[address] }

// Addresses are those that there are keys for, in order.
func (s *Set) Addresses() []string { return slices.Sorted(maps.Keys(*s.signers.Load())) }

// Watch reads all keys again every so often until ctx ends. A reading that fails changes nothing.
func (s *Set) Watch(ctx context.Context) {
	if s.cfg.ReloadEvery == 0 {
		return
	}
	tick := time.NewTicker(s.cfg.ReloadEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Reload(ctx)
		}
	}
}

// Reload reads all keys again and tells what is new. It reports false when what was there stays because of an error.
func (s *Set) Reload(ctx context.Context) bool {
	found, err := s.read(ctx)
	if err != nil {
		s.log.Error("keys cannot be read again; those that were there stay", "err", err)
		return false
	}
	before := *s.signers.Swap(&found)
	for address := range found {
		if before[address] == nil {
			s.log.Info("key is new", "supplier", address)
		}
	}
	for address := range before {
		if found[address] == nil {
			s.log.Warn("key is gone", "supplier", address)
		}
	}
	return true
}

func (s *Set) read(ctx context.Context) (map[string]Signer, error) {
	found, err := loadFiles(s.cfg)
	if err != nil {
		return nil, err
	}
	if s.remote != nil {
		there, err := s.remote.Signers(ctx)
		if err != nil {
			return nil, err
		}
		for address, signer := range there {
			if found[address] != nil {
				return nil, fmt.Errorf("%w: the key of %s is in a file and behind the socket", keys.ErrKeyFile, address)
			}
			found[address] = signer
		}
	}
	if len(found) == 0 {
		return nil, errors.New("there are no keys")
	}
	return found, nil
}
