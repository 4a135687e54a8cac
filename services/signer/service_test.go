package signer_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/signer"
	"github.com/lodeworks/lode/services/signing"
)

// start runs a signer for one test key until the test ends.
func start(t *testing.T, socket string) keys.Private {
	key, err := keys.NewPrivate(sha256.Sum256([]byte("lode signer test key")))
	require.NoError(t, err)
	secret := key.Secret()
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte(hex.EncodeToString(secret[:])), 0o600))
	cfg := signer.Default()
	cfg.Socket, cfg.Keys.File = socket, file
	require.NoError(t, cfg.Validate())
	s, err := signer.New(t.Context(), cfg, run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	return key
}

func open(t *testing.T, socket string) (set *signing.Set) {
	require.Eventually(t, func() bool {
		var err error
		set, err = signing.Open(t.Context(), signing.Config{Socket: socket}, slog.New(slog.DiscardHandler))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	return set
}

func TestSignsForAnotherProcess(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	key := start(t, socket)
	set := open(t, socket)
	digest := sha256.Sum256([]byte("response"))
	sig, err := set.Signer(key.Address()).SignDigest(t.Context(), digest)
	require.NoError(t, err)
	require.Equal(t, key.SignDigest(digest), sig)
	info, err := os.Stat(socket)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o007, "not for everyone")
}

func TestTakesOverALeftSocketButNotAFileOrALivingOne(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	key := start(t, socket)
	open(t, socket)
	cfg := signer.Default()
	cfg.Socket = socket
	cfg.Keys.File = filepath.Join(dir, "k")
	secret := key.Secret()
	require.NoError(t, os.WriteFile(cfg.Keys.File, []byte(hex.EncodeToString(secret[:])), 0o600))
	second, err := signer.New(t.Context(), cfg, run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	require.NoError(t, err)
	require.ErrorContains(t, second.Run(t.Context()), "another signer")
	cfg.Socket = cfg.Keys.File
	third, err := signer.New(t.Context(), cfg, run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	require.NoError(t, err)
	require.ErrorContains(t, third.Run(t.Context()), "no socket")
}

func TestConfigFaults(t *testing.T) {
	cfg := signer.Default()
	cfg.Socket, cfg.Purposes = "", []string{"everything"}
	err := cfg.Validate()
	for _, fault := range []string{"socket", "purposes", "keys"} {
		require.ErrorContains(t, err, fault)
	}
}
