package upstream

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func some(n int) []*endpoint {
	var all []*endpoint
	for i := range n {
		all = append(all, &endpoint{name: fmt.Sprintf("gpu-%d", i)})
	}
	return all
}

// highest is the slow twin: the endpoint with the highest number for a key.
func highest(all []*endpoint, key string) *endpoint {
	best := all[0]
	for _, e := range all[1:] {
		if score(e.name, key) > score(best.name, key) {
			best = e
		}
	}
	return best
}

// TestAffinity: a key has one order whatever order the endpoints are given in; without its first endpoint it goes to
// the second, and keys of others do not move.
func TestAffinity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := some(rapid.IntRange(2, 9).Draw(t, "endpoints"))
		key := rapid.String().Draw(t, "key")
		order := byAffinity(slices.Clone(all), key)
		require.ElementsMatch(t, all, order)
		require.Same(t, highest(all, key), order[0])
		mixed := rapid.Permutation(all).Draw(t, "mixed")
		require.Equal(t, order, byAffinity(mixed, key))
		gone := rapid.IntRange(0, len(all)-1).Draw(t, "gone")
		left := slices.DeleteFunc(slices.Clone(order), func(e *endpoint) bool { return e == all[gone] })
		require.Equal(t, left, byAffinity(slices.Delete(slices.Clone(all), gone, gone+1), key))
	})
}

// TestAffinityIsEven: each of n endpoints has its share of many keys, give or take a fifth.
func TestAffinityIsEven(t *testing.T) {
	const keys = 20_000
	all, had := some(5), map[string]int{}
	for i := range keys {
		had[byAffinity(slices.Clone(all), fmt.Sprint("session ", i))[0].name]++
	}
	for _, e := range all {
		require.InEpsilon(t, keys/5, had[e.name], 0.2)
	}
}

// TestAffinityYieldsToLoad: an endpoint far above the mean comes last.
func TestAffinityYieldsToLoad(t *testing.T) {
	all := some(3)
	first := byAffinity(slices.Clone(all), "key")[0]
	first.load.Store(spare)
	require.Same(t, first, byAffinity(slices.Clone(all), "key")[0])
	first.load.Store(10 * spare)
	require.Same(t, first, byAffinity(slices.Clone(all), "key")[2])
}

func TestKeys(t *testing.T) {
	for _, c := range [][2]string{
		{`{"model":"m","messages":[{"role":"system"}],"n":1}`, `[{"role":"sy`},
		{`{"prompt" : "once upon a time","messages":[]}`, `"once upon a`},
		{"{\"x\":{\"prompt\":1},\n \"input\":\n\"a\"}", `"a"}`},
		{`{"model":"m"}`, ""}, {`[]`, ""}, {``, ""}, {`{"a":`, ""}, {`{"a" 1}`, ""}, {"{\"messages\"", ""},
	} {
		require.Equal(t, c[1], string(prefix([]byte(c[0]), 12)), c[0])
	}
	g := &group{cfg: GroupConfig{Strategy: sessionAffinity}}
	require.Equal(t, "s", g.key(&Call{SessionID: "s", Body: []byte(`{"prompt":"p"}`)}))
}

func TestParseRPC(t *testing.T) {
	for s, want := range map[string]RPC{
		"": "", "0": "", "1": GRPC, "2": WebSocket, "3": JSONRPC, "4": REST, "5": CometBFT, "6": "", "-1": "",
		" grpc ": GRPC, "WebSocket": WebSocket, "stream": Stream, "soap": "",
	} {
		require.Equal(t, want, ParseRPC(s), s)
	}
}

// FuzzPrefix: a prefix is a part of the body, of at most the length asked for.
func FuzzPrefix(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[1]}`), 5)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		n = max(0, min(n, 1<<20))
		got := prefix(body, n)
		require.LessOrEqual(t, len(got), n)
		require.Contains(t, string(body), string(got))
	})
}
