package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// keysOfTheLastLine are what programs read, in this order.
var keysOfTheLastLine = []string{
	"ring_verify_2", "ring_verify_3", "ring_verify_5", "ring_verify_2_portable", "ring_verify_2_adx", "ring_verify_cold_2",
	"tier", "ring_sign_2", "supplier_sign", "relay_hash_ns", "relay_hash_batch_ns", "trie_100k", "trie_root_1m_seconds",
	"trie_proof_1m_ms", "bytes_per_leaf",
}

// TestQuick goes through everything: Run is an error where ours and the official libraries do not agree.
func TestQuick(t *testing.T) {
	var out bytes.Buffer
	cfg := Quick()
	cfg.Large = 20_000
	require.NoError(t, Run(cfg, &out, io.Discard))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last := lines[len(lines)-1]
	var figures map[string]any
	require.NoError(t, json.Unmarshal([]byte(last), &figures))
	require.Len(t, figures, len(keysOfTheLastLine))
	at := 0
	for _, key := range keysOfTheLastLine {
		require.Contains(t, figures, key)
		next := strings.Index(last, `"`+key+`"`)
		require.GreaterOrEqual(t, next, at)
		at = next
		if key != "tier" && key != "ring_verify_2_adx" && key != "bytes_per_leaf" { // of a small session the last says nothing
			require.Positive(t, figures[key], key)
		}
	}
	require.Equal(t, curve.Best().String(), figures["tier"])
	require.Equal(t, curve.Best() >= curve.ADX, figures["ring_verify_2_adx"].(float64) > 0)
	for _, what := range []string{"verify, ring of 5, cold", "sign, ring of 2", "supplier, verify", "SHA-256 of 113 B", "root of 20000 leaves"} {
		require.Contains(t, out.String(), what)
	}
}

func TestFigures(t *testing.T) {
	for v, want := range map[figure]string{0: "0", 63.4567: "63.5", 0.123456: "0.123", 1234.5: "1234", 9.99: "9.99"} {
		got, err := json.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestMedian(t *testing.T) {
	costs := []cost{{3, 1, 0}, {1, 2, 0}, {2, 9, 7}}
	require.Equal(t, cost{2, 2, 0}, median(costs))
	require.Equal(t, cost{2, 1.5, 0}, median(costs[:2]))
	require.InDelta(t, 5, cost{nanoseconds: 2}.times(cost{nanoseconds: 10}), 1e-9)
}
