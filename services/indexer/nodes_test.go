package indexer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/cometbft/cometbft/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/run"
)

// twoNodes is a world with a second node.
func twoNodes(t *testing.T, tip int64) (w *world, second *fakeNode, cfg indexer.Config) {
	w = newWorld(t, tip)
	second = newNode(t, tip)
	cfg = w.config()
	cfg.Chain.Nodes = append(cfg.Chain.Nodes, second.URL())
	cfg.Chain.MaxLag = 100
	return w, second, cfg
}

// Nothing is said that only one of two nodes has.
func TestHeightIsTheQuorums(t *testing.T) {
	w, second, cfg := twoNodes(t, 1205)
	stop := w.start(cfg)
	w.read(1205)
	w.node.SetHeight(1221)
	second.SetHeight(1210)
	w.read(1210)
	require.Equal(t, int64(1210), w.newest())
	second.SetHeight(1221)
	got := w.read(1221)
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(got)
}

// The node in use goes away and comes back, and so does the other: nothing is missing, nothing there twice.
func TestNodesFailInTurn(t *testing.T) {
	w, second, cfg := twoNodes(t, 1203)
	stop := w.start(cfg)
	w.read(1203)
	for height := int64(1204); height <= 1221; height++ {
		w.node.SetDown(height%4 == 0)
		second.SetDown(height%4 == 2)
		w.node.SetHeight(height)
		second.SetHeight(height)
		w.read(height)
	}
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(w.read(1221))
}

// A node that is of a fork, or whose answers do not belong together, is passed over for one that is not.
func TestOtherNodeIsAskedWhenAnAnswerDoesNotFit(t *testing.T) {
	results := func(instead func(w *world, height int64) any) func(*world) {
		return func(w *world) {
			w.node.spoil = func(method string, height int64, answer any) any {
				if method == "block_results" {
					return instead(w, height)
				}
				return answer
			}
		}
	}
	cases := map[string]func(*world){
		"a fork":                    func(w *world) { w.node.chain.build(w.t, "fork") },
		"results of another height": results(func(w *world, _ int64) any { return w.node.chain.results(1213) }),
		"no results":                results(func(*world, int64) any { return json.RawMessage(`{}`) }),
		"not even JSON":             results(func(*world, int64) any { return json.RawMessage(`{"height":"1206"`) }),
		"other transactions": func(w *world) {
			w.node.spoil = func(method string, height int64, answer any) any {
				if method == "block" && height == 1213 {
					block := *w.node.chain.headers[height]
					block.Block = &types.Block{Header: block.Block.Header, LastCommit: block.Block.LastCommit}
					return &block
				}
				return answer
			}
		},
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			w, second, cfg := twoNodes(t, 1205)
			stop := w.start(cfg)
			w.read(1205)
			w.node.change(func() { spoil(w) })
			w.node.SetHeight(1221)
			second.SetHeight(1221)
			got := w.read(1221)
			require.ErrorIs(t, stop(), context.Canceled)
			w.node.change(func() { w.node.chain.build(t, "") })
			w.check(got)
		})
	}
}

// A state that no other block was made on: the results of the block before are not the chain's.
func TestStateThatTheNextBlockWasNotMadeOn(t *testing.T) {
	w := newWorld(t, 1221)
	w.node.spoil = func(method string, height int64, answer any) any {
		if method == "block_results" && height == 1210 {
			return json.RawMessage(bytes.Replace(answer.(json.RawMessage), []byte(`"app_hash":"`), []byte(`"app_hash":"AAAA`), 1))
		}
		return answer
	}
	s, err := indexer.New(t.Context(), w.config(), kit())
	require.NoError(t, err)
	require.ErrorContains(t, s.Run(t.Context()), "block 1211 was made on state")
	require.Equal(t, int64(1210), w.newest())
}

// New blocks are heard without asking, again after every loss of the WebSocket; asking finds what nobody said.
func TestNewBlocksAreHeard(t *testing.T) {
	w := newWorld(t, 1203)
	cfg := w.config()
	cfg.Chain.WatchEvery = 2 * time.Second
	stop := w.start(cfg)
	w.read(1203)
	for height := int64(1204); height <= 1221; height++ {
		if height%6 == 0 {
			w.node.CutSubscribers()
		}
		w.node.SetHeight(height)
		w.read(height)
	}
	require.GreaterOrEqual(t, w.node.Asked("subscribe"), 3)
	require.Less(t, w.node.Asked("status"), 18)
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(w.read(1221))
}

// Heights that are too large to be held are said as they come.
func TestLargeHeights(t *testing.T) {
	w := newWorld(t, 1221)
	cfg := w.config()
	cfg.FetchAhead, cfg.AheadBytes, cfg.MaxPartBytes = 2, 8<<10, 4<<10
	stop := w.start(cfg)
	got := w.read(1221)
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(got)
	require.Positive(t, w.metric("lode_indexer_large_total"))
}

// No new height is no progress, whoever still answers.
func TestStale(t *testing.T) {
	w := newWorld(t, 1205)
	cfg := w.config()
	cfg.StaleAfter = 200 * time.Millisecond
	k, log := kit(), &lines{}
	k.Log = slog.New(slog.NewTextHandler(log, nil))
	s, err := indexer.New(t.Context(), cfg, k)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	ready := func(want int) func() bool {
		return func() bool {
			answer := httptest.NewRecorder()
			k.Health.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			return answer.Code == want
		}
	}
	w.read(1205)
	require.Eventually(t, ready(http.StatusServiceUnavailable), patience, time.Millisecond)
	require.Eventually(t, func() bool { return log.has("no new height") }, patience, time.Millisecond)
	w.node.SetHeight(1206)
	require.Eventually(t, ready(http.StatusOK), patience, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// The bus goes away in the middle, again and again.
func TestBusRestarts(t *testing.T) {
	server := bustest.NewRestartable(t)
	w := &world{t: t, url: server.URL(), bus: bustest.Dial(t, server.URL(), "test"), node: newNode(t, 1201)}
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	stop := w.start(w.config())
	for height := int64(1201); height < 1221; height += 4 {
		w.read(height)
		w.node.SetHeight(height + 4)
		server.Stop()
		server.Start()
	}
	got := w.read(1221)
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(got)
}

func kit() run.Kit {
	return run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()}
}

// lines is a log.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.Bytes(), []byte(text))
}
