package signer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/signing"
)

// Name is how the service is called in configuration and metrics.
const Name = "signer"

// Signer is the service.
type Signer struct {
	cfg     Config
	kit     run.Kit
	keys    *signing.Set
	metrics *metrics
}

// New reads the keys.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Signer, error) {
	set, err := signing.Open(ctx, cfg.sources(), kit.Log)
	if err != nil {
		return nil, err
	}
	return &Signer{cfg: cfg, kit: kit, keys: set, metrics: newMetrics(kit.Metrics)}, nil
}

// Run answers until ctx ends.
func (s *Signer) Run(ctx context.Context) error {
	ln, err := listen(s.cfg.Socket)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { s.keys.Watch(ctx); return nil })
	group.Go(func() error {
		srv := &http.Server{
			Handler: signing.Handler(s.keys, s.cfg.Purposes, s.done), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		}
		return run.Serve(ctx, ln, srv, s.kit.Log)
	})
	return group.Wait()
}

func (s *Signer) done(outcome string) {
	s.metrics.requests.WithLabelValues(outcome).Inc()
	if outcome != "signed" {
		s.kit.Log.Warn("signature refused", "outcome", outcome)
	}
}

// listen opens the socket. One that a killed signer left behind is removed; one that answers is not.
func listen(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("socket %s: another signer answers on it", path)
	}
	if err := removeSocket(path); err != nil {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

func removeSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("socket %s: there is a file that is no socket", path)
	}
	return os.Remove(path)
}
