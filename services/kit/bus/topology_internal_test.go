package bus

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/schemas"
)

func TestDeclared(t *testing.T) {
	topology, err := Declared()
	require.NoError(t, err)
	for _, name := range []string{StreamChain, StreamClaims, StreamDead, StreamRelays, StreamSessions} {
		s, err := topology.Stream(name)
		require.NoError(t, err)
		require.NotEmpty(t, s.Subjects)
	}
	require.Equal(t, BucketObligations, topology.Buckets[0].Name)
	require.Equal(t, SessionProveSubject, topology.Requests[0].Pattern)
	relays, err := topology.Stream(StreamRelays)
	require.NoError(t, err)
	require.Equal(t, RelayServedFilter, Wildcard(relays.Subjects[0].Pattern))
	require.Equal(t, []string{"partition", "end_height"}, Tokens(relays.Subjects[0].Pattern))
}

func TestAddRefusesUnknownKeys(t *testing.T) {
	for _, file := range []string{"kv.yaml", "requests.yaml", "relays.yaml"} {
		require.ErrorContains(t, new(Topology).add(file, []byte("nonsense: 1")), "nonsense")
		require.Error(t, new(Topology).add(file, nil))
	}
}

// FuzzAdd: the parser of a stream file does not panic, and its filters have no variable part left.
func FuzzAdd(f *testing.F) {
	files, err := schemas.Bus.ReadDir("bus")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := schemas.Bus.ReadFile("bus/" + file.Name())
		require.NoError(f, err)
		f.Add(file.Name(), raw)
	}
	f.Fuzz(func(t *testing.T, file string, raw []byte) {
		var topology Topology
		if err := topology.add(file, raw); err != nil {
			return
		}
		for _, s := range topology.Streams {
			cfg := s.config(1)
			require.Len(t, cfg.Subjects, len(s.Subjects))
			for i, sub := range s.Subjects {
				require.Empty(t, Tokens(cfg.Subjects[i]))
				if tokens := Tokens(sub.Pattern); len(tokens) > 0 {
					require.Equal(t, len(tokens), strings.Count(cfg.Subjects[i], "*")-strings.Count(sub.Pattern, "*"))
				} else {
					require.True(t, strings.HasSuffix(cfg.Subjects[i], "*"), "an exact subject can be pushed to")
				}
			}
		}
	})
}
