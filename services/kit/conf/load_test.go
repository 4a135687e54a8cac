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

func (sample) Validate() error { return nil }

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

// TestSource: what is written is seen when it is written to its end.
func TestSource(t *testing.T) {
	path := write(t, "max_wait: 7s\n")
	s := conf.NewSource("sample", defaults(), path)
	got, err := s.Read()
	require.NoError(t, err)
	require.Equal(t, 7*time.Second, got.MaxWait)
	require.False(t, s.Changed())
	require.False(t, s.Changed())
	require.NoError(t, os.WriteFile(path, []byte("max_wait: 8s\n"), 0o600))
	require.False(t, s.Changed(), "it may be half of it")
	require.NoError(t, os.WriteFile(path, []byte("max_wait: 80s\n"), 0o600))
	require.False(t, s.Changed())
	require.True(t, s.Changed())
	got, err = s.Read()
	require.NoError(t, err)
	require.Equal(t, 80*time.Second, got.MaxWait)
	require.False(t, s.Changed())
	require.NoError(t, os.Remove(path))
	require.False(t, s.Changed())
	require.True(t, s.Changed())
	_, err = s.Read()
	require.ErrorContains(t, err, "read configuration")
	require.False(t, s.Changed(), "said once")
	none := conf.NewSource("sample", defaults(), "")
	_, err = none.Read()
	require.NoError(t, err)
	require.False(t, none.Changed())
}

func TestDifferences(t *testing.T) {
	a, b := defaults(), defaults()
	require.Empty(t, conf.Differences(a, b))
	b.Backends = map[string]string{}
	require.Empty(t, conf.Differences(a, b), "nothing and none are one")
	a.Backends, b.Backends = map[string]string{"x": "1", "y": "1"}, map[string]string{"y": "2", "z": "1"}
	b.Bus.URL, b.Names, b.MaxWait = "nats://elsewhere", []string{"a", "b"}, 0
	want := []string{"backends", "bus.url", "max_wait", "names"}
	require.Equal(t, want, conf.Differences(a, b))
	require.Equal(t, want, conf.Differences(b, a))
}
