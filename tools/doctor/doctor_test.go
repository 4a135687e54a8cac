package doctor_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/doctor"
	"github.com/lodeworks/lode/tools/secrets"
)

// lines are the doctor's findings about a check, as it prints them.
func lines(t *testing.T, all []doctor.Finding, check string) string {
	t.Helper()
	var picked []doctor.Finding
	for _, f := range all {
		if f.Check == check {
			picked = append(picked, f)
		}
		require.Equal(t, f.Level == doctor.OK, f.Do == "", "%v: what is not well says what to do", f)
	}
	var out bytes.Buffer
	require.NoError(t, doctor.Print(&out, picked))
	require.Equal(t, len(picked), strings.Count(out.String(), "\n"), "a line each")
	return out.String()
}

// TestBus: a hasher's way to a real, secured server, well and with the faults that deployments have. The whole of a
// deployment, well, is looked at in each smoke run.
func TestBus(t *testing.T) {
	keys, config := t.TempDir(), t.TempDir()
	require.NoError(t, secrets.Make(keys, []string{"127.0.0.1"}))
	s, err := bus.EmbeddedSecured(t.TempDir(), -1, secrets.Door(keys))
	require.NoError(t, err)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	file := filepath.Join(config, "hasher-1.yaml")
	write := func(seed string) {
		text := fmt.Sprintf("observe: {listen: \"127.0.0.1:0\"}\nbus: {url: %q, seed_file: %q, ca_file: %q}\n", s.ClientURL(), filepath.Join(keys, seed), filepath.Join(keys, secrets.CAFile))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	look := func(dir string) []doctor.Finding {
		files, err := doctor.Files(config)
		require.NoError(t, err)
		return doctor.Look(t.Context(), files, dir)
	}

	write("hasher.nk")
	found := look(keys)
	require.True(t, doctor.Failed(found))
	require.Contains(t, lines(t, found, "bus"), "ok    bus         hasher-1: let in by lode")
	require.Contains(t, lines(t, found, "streams"), "run `lode topology apply`")

	operator, err := bus.Connect(t.Context(), secrets.Client(keys, secrets.Operator, s.ClientURL()), secrets.Operator, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(operator.Close)
	require.NoError(t, operator.Apply(t.Context(), 1))
	found = look(keys)
	require.False(t, doctor.Failed(found), "%v", found)
	require.Contains(t, lines(t, found, "streams"), "RELAYS: 0 of 8589934592 bytes")
	require.Contains(t, lines(t, found, "tls"), "server of hasher-1: good until")
	require.Contains(t, lines(t, look(""), "streams"), "give --secrets")

	write("relayer.nk")
	require.Contains(t, lines(t, look(keys), "bus"), "ermissions", "another service's seed")
	write("none.nk")
	require.Contains(t, lines(t, look(keys), "config"), "bus.seed_file")
}
