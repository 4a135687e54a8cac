package conf_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/conf"
)

type sample struct {
	Bus struct {
		URL string `koanf:"url"`
	} `koanf:"bus"`
	MaxWait  time.Duration     `koanf:"max_wait"`
	Names    []string          `koanf:"names"`
	Backends map[string]string `koanf:"backends"`
}

func defaults() sample {
	s := sample{MaxWait: 5 * time.Second, Names: []string{"a"}}
	s.Bus.URL = "nats://localhost"
	return s
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestLoadLayers(t *testing.T) {
	path := write(t, "max_wait: 7s\nbackends: {llm: http://x}\n")
	t.Setenv("LODE_SAMPLE_BUS_URL", "nats://elsewhere")
	t.Setenv("LODE_SAMPLE_NAMES", "b,c")
	got, err := conf.Load("sample", defaults(), path)
	require.NoError(t, err)
	require.Equal(t, "nats://elsewhere", got.Bus.URL)
	require.Equal(t, 7*time.Second, got.MaxWait)
	require.Equal(t, []string{"b", "c"}, got.Names)
	require.Equal(t, map[string]string{"llm": "http://x"}, got.Backends)
}

func TestLoadRefusesUnknownKey(t *testing.T) {
	_, err := conf.Load("sample", defaults(), write(t, "max_wiat: 7s\n"))
	require.ErrorContains(t, err, "max_wiat")
	_, err = conf.Load("sample", defaults(), write(t, "bus: {ulr: x}\n"))
	require.ErrorContains(t, err, "ulr")
}

func TestPrintedConfigurationLoadsBack(t *testing.T) {
	text, err := conf.YAML(defaults())
	require.NoError(t, err)
	got, err := conf.Load("sample", sample{}, write(t, string(text)))
	require.NoError(t, err)
	require.Equal(t, defaults().Bus, got.Bus)
	require.Equal(t, defaults().MaxWait, got.MaxWait)
}
