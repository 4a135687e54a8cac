package bus_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("SUAAAA"), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	secret, open, group := file("secret", 0o600), file("open", 0o604), file("group", 0o640)
	for name, c := range map[string]struct {
		cfg   bus.Config
		fault string
	}{
		"default":           {bus.Default(), ""},
		"cluster":           {bus.Config{URL: "tls://nats-1:4222, tls://nats-2:4222"}, ""},
		"no host":           {bus.Config{URL: "tls://nats-1:4222,nats-2"}, `bus.url: "nats-2" is not`},
		"empty":             {bus.Config{}, "bus.url"},
		"password":          {bus.Config{URL: "nats://a:b@host"}, "no user or password"},
		"seed":              {bus.Config{URL: "nats://host", SeedFile: secret}, ""},
		"seed for a group":  {bus.Config{URL: "nats://host", SeedFile: group}, ""},
		"seed for everyone": {bus.Config{URL: "nats://host", SeedFile: open}, "chmod 600"},
		"no seed":           {bus.Config{URL: "nats://host", SeedFile: filepath.Join(dir, "none")}, "bus.seed_file"},
		"seed is a folder":  {bus.Config{URL: "nats://host", SeedFile: dir}, "not a regular file"},
		"no authority":      {bus.Config{URL: "nats://host", CAFile: filepath.Join(dir, "none")}, "bus.ca_file"},
		"half":              {bus.Config{URL: "nats://host", CertFile: secret}, "both or none"},
		"key for everyone":  {bus.Config{URL: "nats://host", CertFile: secret, KeyFile: open}, "bus.key_file"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.cfg.Validate(); c.fault == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.fault)
			}
		})
	}
}

// TestNoSeed: what is wrong with a file is said without what is in it.
func TestNoSeed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seed")
	require.NoError(t, os.WriteFile(path, []byte("SUANOTASEEDBUTSECRET"), 0o600))
	_, err := bus.Connect(t.Context(), bus.Config{URL: "nats://127.0.0.1:1", SeedFile: path}, "relayer", nil)
	require.ErrorContains(t, err, "holds no seed")
	require.NotContains(t, err.Error(), "SECRET")
}
