package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
)

const patience = 30 * time.Second

// watching returns a client that watches the nodes.
func watching(t *testing.T, cfg chain.Config, nodes ...*chaintest.Node) *chain.Client {
	t.Helper()
	cfg.Timeout = 5 * time.Second
	for _, n := range nodes {
		cfg.Nodes = append(cfg.Nodes, n.URL())
	}
	require.NoError(t, cfg.Validate())
	c, err := chain.Dial(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Watch(ctx, slog.New(slog.DiscardHandler), prometheus.NewRegistry()) }()
	t.Cleanup(func() { cancel(); <-ended })
	return c
}

// awaits asserts that the quorum comes above a height, and where it is then.
func awaits(t *testing.T, c *chain.Client, above, want int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := c.Await(ctx, above)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestAwait(t *testing.T) {
	first, second := chaintest.Start(t), chaintest.Start(t)
	c := watching(t, chain.Config{WatchEvery: time.Millisecond}, first, second)
	awaits(t, c, 0, 1)
	first.SetHeight(9)
	second.SetHeight(7)
	awaits(t, c, 1, 7)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Await(ctx, 7)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	second.SetDown(true)
	awaits(t, c, 7, 9)
}

func TestAwaitEndsWhenNoNodeIsOfTheChain(t *testing.T) {
	first, second := chaintest.Start(t), chaintest.Start(t)
	c := watching(t, chain.Config{WatchEvery: time.Millisecond}, first, second)
	awaits(t, c, 0, 1)
	c.Follow("lode-other")
	_, err := c.Await(t.Context(), 1)
	require.ErrorIs(t, err, chain.ErrForeign)
	require.ErrorIs(t, c.Try(t.Context(), func(chain.Node) error { return nil }), chain.ErrForeign)
	second.SetChainID("lode-other")
	second.SetHeight(5)
	require.Eventually(t, func() bool { height, err := c.Await(t.Context(), 1); return err == nil && height == 5 }, patience, time.Millisecond)
}

// New heights are heard from both nodes, without asking; and again after their WebSockets were cut.
func TestHeard(t *testing.T) {
	first, second := chaintest.Start(t), chaintest.Start(t)
	c := watching(t, chain.Config{WatchEvery: time.Hour, Subscribe: true}, first, second)
	awaits(t, c, 0, 1)
	for round := range 2 {
		for _, n := range []*chaintest.Node{first, second} {
			require.Eventually(t, func() bool { return n.Asked("subscribe") > round }, patience, time.Millisecond)
		}
		height := int64(10 * (round + 1))
		first.SetHeight(height + 1)
		second.SetHeight(height)
		awaits(t, c, height-1, height)
		first.CutSubscribers()
		second.CutSubscribers()
	}
	require.Equal(t, 1, first.Asked("status"))
}

// dialed is a client of one node.
func dialed(t *testing.T, cfg chain.Config) *chain.Client {
	t.Helper()
	c, err := chain.Dial(cfg)
	require.NoError(t, err)
	return c
}

// results asks the client's first node for the results of height 1, as strings.
func results(ctx context.Context, c *chain.Client, most int64) (got []string, err error) {
	err = c.Try(ctx, func(n chain.Node) error {
		return n.Results(ctx, 1, most, func(d *json.Decoder) error {
			if _, err := d.Token(); err != nil {
				return err
			}
			for d.More() {
				var one string
				if err := d.Decode(&one); err != nil {
					return err
				}
				got = append(got, one[:1])
			}
			_, err := d.Token()
			return err
		})
	})
	return got, err
}

func TestResults(t *testing.T) {
	n := chaintest.Start(t)
	many := `["` + strings.Repeat(strings.Repeat("a", 50_000)+`","`, 99) + `z"]`
	answer := json.RawMessage(many)
	n.OnHeight("block_results", func(int64) (any, error) { return answer, nil })
	c := dialed(t, n.Config())
	got, err := results(t.Context(), c, 200_000) // the whole has five million
	require.NoError(t, err)
	require.Len(t, got, 100)

	_, err = results(t.Context(), c, 49_000)
	require.ErrorContains(t, err, "one value has more than 49000 bytes")

	n.OnHeight("block_results", func(int64) (any, error) { return nil, errors.New("could not find results") })
	_, err = results(t.Context(), c, 200_000)
	var said *rpctypes.RPCError
	require.ErrorAs(t, err, &said)
	require.Equal(t, "could not find results", said.Data)

	n.SetDown(true)
	_, err = results(t.Context(), c, 200_000)
	require.ErrorContains(t, err, "node "+strings.TrimPrefix(n.URL(), "http://"))
}

func TestAnswersHaveALimit(t *testing.T) {
	n := chaintest.Start(t)
	cfg := n.Config()
	cfg.MaxAnswer = 100
	_, err := dialed(t, cfg).Status(t.Context())
	require.ErrorContains(t, err, "answer has more than max_answer_bytes, 100")
	cfg.MaxAnswer = 1 << 20
	_, err = dialed(t, cfg).Status(t.Context())
	require.NoError(t, err)
}

// A node that takes the question and then says nothing is given up after the timeout, and is down.
func TestResultsOfASilentNode(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			_, _ = conn.Read(make([]byte, 1<<10))
			_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"result\":[\"a\",")
		}
	}()
	c := dialed(t, chain.Config{Nodes: []string{"http://" + l.Addr().String()}, Timeout: 100 * time.Millisecond})
	got, err := results(t.Context(), c, 1000)
	require.ErrorContains(t, err, "nothing came within the timeout")
	require.Equal(t, []string{"a"}, got)
	require.Contains(t, c.Faults()[l.Addr().String()], "does not answer")
}
