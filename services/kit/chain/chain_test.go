package chain_test

import (
	"context"
	"testing"
	"time"

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
}
