package chain_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
)

const paramsPath = "/pocket.shared.Query/Params"

// twoNodes returns two nodes whose answers differ, and a client that asks the first one first.
func twoNodes(t *testing.T) (first, second *chaintest.Node, c *chain.Client) {
	t.Helper()
	first, second = chaintest.Start(t), chaintest.Start(t)
	for length, n := range map[uint64]*chaintest.Node{10: first, 20: second} {
		chaintest.On(n, paramsPath, func(*sharedtypes.QueryParamsRequest) (chaintest.Wire, error) {
			return &sharedtypes.QueryParamsResponse{Params: sharedtypes.Params{NumBlocksPerSession: length}}, nil
		})
		n.SetHeight(int64(length))
	}
	c, err := chain.Dial(chain.Config{Nodes: []string{first.URL(), second.URL()}, Timeout: 5 * time.Second})
	require.NoError(t, err)
	return first, second, c
}

func sessionLength(ctx context.Context, c *chain.Client) (uint64, error) {
	res, err := sharedtypes.NewQueryClient(c).Params(ctx, &sharedtypes.QueryParamsRequest{})
	if err != nil {
		return 0, err
	}
	return res.Params.NumBlocksPerSession, nil
}

func TestFailover(t *testing.T) {
	first, second, c := twoNodes(t)
	ask := func(want uint64) {
		t.Helper()
		got, err := sessionLength(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	ask(10)
	first.SetDown(true)
	ask(20)
	asked := first.Asked("down")
	ask(20)
	require.Equal(t, asked, first.Asked("down"), "a node that failed is not asked again while another answers")
	first.SetDown(false)
	second.SetDown(true)
	ask(10)
	first.SetDown(true)
	_, err := sessionLength(t.Context(), c)
	require.ErrorContains(t, err, "query "+paramsPath)
}

// watched is a client of the nodes that watches them.
func watched(t *testing.T, nodes ...*chaintest.Node) *chain.Client {
	t.Helper()
	cfg := chain.Default()
	cfg.Nodes, cfg.WatchEvery = nil, 2*time.Millisecond
	for _, n := range nodes {
		cfg.Nodes = append(cfg.Nodes, n.URL())
	}
	c, err := chain.Dial(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Watch(ctx, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return c
}

// TestWatchedNodes: requests go to a node that is well, and go back to it; before any of them has failed.
func TestWatchedNodes(t *testing.T) {
	first, second := chaintest.Start(t), chaintest.Start(t)
	first.SetHeight(100)
	second.SetHeight(100)
	c := watched(t, first, second)
	ills := func(want int) {
		t.Helper()
		require.Eventually(t, func() bool {
			n := 0
			for _, fault := range c.Faults() {
				if fault != "" {
					n++
				}
			}
			height, known := c.QuorumHeight()
			return n == want && (known && height == 100 || want == 2)
		}, 10*time.Second, time.Millisecond)
	}
	asks := func(want *chaintest.Node) {
		t.Helper()
		before := want.Asked("block")
		_, err := c.Block(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, before+1, want.Asked("block"))
	}
	asks(first)
	for _, trouble := range []struct{ begin, end func(*chaintest.Node) }{
		{func(n *chaintest.Node) { n.SetDown(true) }, func(n *chaintest.Node) { n.SetDown(false) }},
		{func(n *chaintest.Node) { n.SetHeight(90) }, func(n *chaintest.Node) { n.SetHeight(100) }},
		{func(n *chaintest.Node) { n.SetCatchingUp(true) }, func(n *chaintest.Node) { n.SetCatchingUp(false) }},
	} {
		trouble.begin(first)
		ills(1)
		asks(second)
		trouble.end(first)
		ills(0)
		asks(second) // which is in use now
		trouble.begin(second)
		ills(1)
		asks(first)
		trouble.end(second)
		ills(0)
	}
	second.SetChainID("another")
	ills(1)
	first.SetDown(true)
	ills(2)
	_, err := c.Block(t.Context(), 1)
	require.Error(t, err, "a node of another chain is not asked, even when no other answers")
}

// TestRefusalIsFinal: what the chain refuses is not asked elsewhere, be it by a query's code or by an RPC error.
func TestRefusalIsFinal(t *testing.T) {
	first, second, c := twoNodes(t)
	chaintest.On(first, paramsPath, func(*sharedtypes.QueryParamsRequest) (chaintest.Wire, error) {
		return nil, chaintest.NotFound("parameters")
	})
	_, err := sessionLength(t.Context(), c)
	var refused *chain.QueryError
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.NotFound())
	require.ErrorContains(t, err, "parameters: not found")

	_, err = c.Block(t.Context(), 15) // the second node has it
	require.ErrorContains(t, err, "ask for block 15")
	require.Zero(t, second.Asked("block")+second.Asked(paramsPath))
}

func TestStatusBlockBroadcast(t *testing.T) {
	node := chaintest.Start(t)
	node.SetHeight(7)
	c, err := chain.Dial(node.Config())
	require.NoError(t, err)
	s, err := c.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(7), s.SyncInfo.LatestBlockHeight)
	b, err := c.Block(t.Context(), 6)
	require.NoError(t, err)
	require.Equal(t, chaintest.BlockHash(6), []byte(b.BlockID.Hash))
	require.Equal(t, int64(6), b.Block.Height)

	node.OnBroadcast(func(tx []byte) (uint32, string) { return 19, "have " + string(tx) })
	r, err := c.Broadcast(t.Context(), []byte("tx"))
	require.NoError(t, err)
	require.Equal(t, uint32(19), r.Code)
	require.Equal(t, "have tx", r.Log)
}

// TestCancelledIsNotFailover: a caller that left is no reason to ask the next node.
func TestCancelledIsNotFailover(t *testing.T) {
	first, second, c := twoNodes(t)
	ctx, cancel := context.WithCancel(t.Context())
	chaintest.On(first, paramsPath, func(*sharedtypes.QueryParamsRequest) (chaintest.Wire, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	_, err := sessionLength(ctx, c)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, second.Asked("abci_query"))
}

func TestNotAMessage(t *testing.T) {
	_, _, c := twoNodes(t)
	require.ErrorContains(t, c.Invoke(t.Context(), paramsPath, "text", "text"), "must be protobuf messages")
	_, err := c.NewStream(t.Context(), nil, paramsPath)
	require.Error(t, err)
}

func TestConfigNamesEveryFault(t *testing.T) {
	require.NoError(t, chain.Default().Validate())
	err := chain.Config{Nodes: []string{"localhost"}}.Validate()
	require.ErrorContains(t, err, `"localhost" is not a URL with a host`)
	require.ErrorContains(t, err, "chain.timeout")
	require.ErrorContains(t, chain.Config{Timeout: 1}.Validate(), "at least one node")
	err = chain.Config{Nodes: []string{"http://a", "http://a"}, Timeout: 1, WatchEvery: -1, MaxLag: -1, Quorum: 3}.Validate()
	for _, fault := range []string{`"http://a" is there twice`, "chain.watch_every", "chain.max_lag", "chain.quorum"} {
		require.ErrorContains(t, err, fault)
	}
}

// taking makes the nodes answer broadcasts with a code each, and returns a client of them.
func taking(t *testing.T, codes ...uint32) (list []*chaintest.Node, c *chain.Client) {
	t.Helper()
	cfg := chain.Default()
	cfg.Nodes = nil
	for _, code := range codes {
		n := chaintest.Start(t)
		n.OnBroadcast(func([]byte) (uint32, string) { return code, "answer" })
		list = append(list, n)
		cfg.Nodes = append(cfg.Nodes, n.URL())
	}
	c, err := chain.Dial(cfg)
	require.NoError(t, err)
	return list, c
}

func nameOf(n *chaintest.Node) string { return strings.TrimPrefix(n.URL(), "http://") }

// verdicts are those of a transaction's answers, by the node's place in the list.
func verdicts(list []*chaintest.Node, answers []chain.Answer) map[int]chain.Verdict {
	out := map[int]chain.Verdict{}
	for _, a := range answers {
		out[slices.IndexFunc(list, func(n *chaintest.Node) bool { return nameOf(n) == a.Node })] = a.Verdict
	}
	return out
}

func TestSend(t *testing.T) {
	tx := []byte("tx")
	t.Run("to the first alone", func(t *testing.T) {
		list, c := taking(t, 0, 0)
		require.Equal(t, map[int]chain.Verdict{0: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{})))
	})
	t.Run("elsewhere", func(t *testing.T) {
		list, c := taking(t, 0, 0)
		require.Equal(t, map[int]chain.Verdict{1: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{Tried: []string{nameOf(list[0])}})))
	})
	t.Run("in turn", func(t *testing.T) {
		list, c := taking(t, 0, 0, 0)
		var tried []string
		for i := range 7 {
			answers := c.Send(t.Context(), tx, chain.Spread{Tried: tried})
			require.Equal(t, map[int]chain.Verdict{i % 3: chain.Taken}, verdicts(list, answers))
			tried = append(tried, answers[0].Node)
		}
	})
	t.Run("no elsewhere", func(t *testing.T) {
		list, c := taking(t, 0)
		require.Equal(t, map[int]chain.Verdict{0: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{Tried: []string{nameOf(list[0])}})))
	})
	t.Run("a refusal is final", func(t *testing.T) {
		list, c := taking(t, 5, 0)
		answers := c.Send(t.Context(), tx, chain.Spread{})
		require.Equal(t, map[int]chain.Verdict{0: chain.Refused}, verdicts(list, answers))
		require.Equal(t, "node "+nameOf(list[0])+": sdk 5: answer", answers[0].String())
	})
	t.Run("past one that is down", func(t *testing.T) {
		list, c := taking(t, 0, 0)
		list[0].SetDown(true)
		require.Equal(t, map[int]chain.Verdict{0: chain.Unknown, 1: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{})))
		require.Equal(t, map[int]chain.Verdict{1: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{Tried: []string{nameOf(list[1])}})),
			"one that is well is better than one that is down, tried or not")
	})
	t.Run("past one without room", func(t *testing.T) {
		list, c := taking(t, 0, 0)
		list[0].SetBroadcastError("mempool is full: number of txs 5000 (max: 5000)")
		require.Equal(t, map[int]chain.Verdict{0: chain.Unknown, 1: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{})))
	})
	t.Run("to all", func(t *testing.T) {
		list, c := taking(t, 0, 5, 0, 0)
		list[2].SetDown(true)
		require.Equal(t, map[int]chain.Verdict{0: chain.Taken, 1: chain.Refused, 2: chain.Unknown, 3: chain.Taken},
			verdicts(list, c.Send(t.Context(), tx, chain.Spread{All: true})))
		require.Equal(t, map[int]chain.Verdict{0: chain.Taken, 1: chain.Refused, 3: chain.Taken}, verdicts(list, c.Send(t.Context(), tx, chain.Spread{All: true})))
	})
	t.Run("to none", func(t *testing.T) {
		list, c := taking(t, 0, 0)
		list[0].SetDown(true)
		list[1].SetDown(true)
		answers := c.Send(t.Context(), tx, chain.Spread{})
		require.Equal(t, map[int]chain.Verdict{0: chain.Unknown, 1: chain.Unknown}, verdicts(list, answers))
		require.Contains(t, answers[0].String(), "did not take it")
	})
	t.Run("what it has already counts as taken", func(t *testing.T) {
		list, c := taking(t, 0)
		list[0].SetBroadcastError("tx already exists in cache")
		require.Equal(t, chain.Taken, c.Send(t.Context(), tx, chain.Spread{})[0].Verdict)
		list[0].SetBroadcastError("Tx too large. Max size is 1, but got 2")
		require.Equal(t, chain.Refused, c.Send(t.Context(), tx, chain.Spread{})[0].Verdict)
		list[0].SetBroadcastError("")
		list[0].OnBroadcast(func([]byte) (uint32, string) {
			return 18, "failed to add unordered nonce: sender x has already used timeout 7"
		})
		require.Equal(t, chain.Taken, c.Send(t.Context(), tx, chain.Spread{})[0].Verdict)
		list[0].OnBroadcast(func([]byte) (uint32, string) { return 18, "unordered tx ttl exceeds 10m0s" })
		require.Equal(t, chain.Refused, c.Send(t.Context(), tx, chain.Spread{})[0].Verdict)
	})
}
