package drill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// TestPlanRollsEverything that compose runs of images of ours, and does all else that a drill is for.
func TestPlanRollsEverything(t *testing.T) {
	rolled, done := map[string]bool{}, map[Kind]int{}
	for _, f := range Plan() {
		done[f.Kind]++
		if f.Kind == Roll {
			rolled[f.Service] = true
		}
	}
	for _, kind := range []Kind{KillLeader, Kill, Cut, Restart, Roll} {
		require.Positive(t, done[kind], kind)
	}
	ours := map[string]bool{}
	for _, name := range []string{"compose.yaml", "compose.local.yaml"} {
		var file struct {
			Services map[string]struct{ Image string }
		}
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "compose", name))
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(raw, &file))
		for service, s := range file.Services {
			if strings.HasSuffix(s.Image, ":${LODE_TAG:-latest}") && service != "topology" {
				ours[service] = true
			}
		}
	}
	require.Equal(t, ours, rolled)
}

func TestEveryServiceIsLookedAt(t *testing.T) {
	require.Equal(t, ":9464/readyz", health("hasher-3"))
	require.Equal(t, ":8222/healthz", health("nats-2"))
	require.Equal(t, ":26657/status", health("chain"))
}

func TestLeader(t *testing.T) {
	got, err := leaderIn([]byte(`{"account_details":[{"stream_detail":[{"name":"CHAIN","cluster":{"leader":"nats-1"}}]},
		{"stream_detail":[{"name":"RELAYS","cluster":{"leader":"nats-2"}}]}]}`))
	require.NoError(t, err)
	require.Equal(t, "nats-2", got)
	_, err = leaderIn([]byte(`{"account_details":[{"stream_detail":[{"name":"RELAYS","cluster":{}}]}]}`))
	require.ErrorIs(t, err, errNoLeader)
	_, err = leaderIn([]byte("not JSON"))
	require.Error(t, err)
}

func line(session, supplier string, served, settled uint64, residues ...ledger.Residue) ledger.Line {
	l := ledger.Line{Key: ledger.Key{Session: session, Supplier: supplier}, State: ledger.Settled, Residues: residues, Balanced: len(residues) == 0}
	l.Served, l.Settled = served, settled
	return l
}

func TestSettle(t *testing.T) {
	whole := []ledger.Line{line("a", "x", 3, 3), line("a", "y", 4, 4), line("b", "x", 5, 5)}
	for name, c := range map[string]struct {
		answered map[string]int
		lines    []ledger.Line
		lost     uint64
		faults   []string
	}{
		"all":                               {map[string]int{"a": 7, "b": 5}, whole, 0, nil},
		"more served than answered":         {map[string]int{"a": 6, "b": 5}, whole, 0, nil},
		"answered and not settled":          {map[string]int{"a": 9, "b": 5}, whole, 2, []string{"session a: 9 relays answered, 7 settled"}},
		"a session that the ledger has not": {map[string]int{"a": 7, "c": 1}, whole, 1, []string{"session c: 1 relays answered, 0 settled"}},
		"late, and nobody was answered": {
			map[string]int{"a": 2}, []ledger.Line{line("a", "x", 3, 2, ledger.Residue{Cause: ledger.CauseLate, Relays: 1})}, 0, []string{"session a of x"},
		},
		"missing without a name": {
			map[string]int{"a": 2}, []ledger.Line{line("a", "x", 3, 2, ledger.Residue{Cause: ledger.CauseLostFromLog, Relays: 1})}, 1, []string{"session a of x"},
		},
	} {
		r, err := settle(c.answered, c.lines)
		require.Equal(t, c.lost, r.Lost, name)
		if len(c.faults) == 0 {
			require.NoError(t, err, name)
		}
		for _, text := range c.faults {
			require.ErrorContains(t, err, text, name)
		}
	}
	r, err := settle(map[string]int{"a": 7, "b": 5}, whole)
	require.NoError(t, err)
	require.Equal(t, Result{Relays: 12, Settled: 12}, r)
}

func TestGaps(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(0, 0).Add(time.Duration(ms) * time.Millisecond) }
	var g gaps
	g.begin(at(0))
	g.answer(at(10))
	g.answer(at(40))
	g.mark(at(50))
	require.Equal(t, 20*time.Millisecond, g.marked(at(60)), "nobody has been answered since before the mark")
	g.answer(at(70))
	g.mark(at(75))
	g.answer(at(80))
	require.Equal(t, 10*time.Millisecond, g.marked(at(80)))
	require.Equal(t, 100*time.Millisecond, g.end(at(180)), "nobody was answered to the end")
	g.answer(at(400))
	require.Equal(t, 100*time.Millisecond, g.longest)
}
