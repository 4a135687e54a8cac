package submitter

import (
	"fmt"
	"testing"

	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
)

// Every broadcast is answered as a node answers it; the node sees those that are not dropped, and every other call.
func TestProxyDropsSilently(t *testing.T) {
	node := chaintest.Start(t)
	p, err := startProxy(node.URL(), 0.3)
	require.NoError(t, err)
	t.Cleanup(p.close)
	cfg := chain.Default()
	cfg.Nodes = []string{p.url}
	client, err := chain.Dial(cfg)
	require.NoError(t, err)

	const sent = 200
	for i := range sent {
		tx := []byte(fmt.Sprint("transaction ", i))
		res, err := client.Broadcast(t.Context(), tx)
		require.NoError(t, err)
		require.Zero(t, res.Code)
		require.EqualValues(t, types.Tx(tx).Hash(), res.Hash)
	}
	_, err = client.Status(t.Context())
	require.NoError(t, err)

	seen, dropped := p.counts()
	require.Equal(t, sent, seen)
	require.InDelta(t, 0.3*sent, dropped, 30)
	require.Equal(t, sent-dropped, node.Asked("broadcast_tx_sync"))
	require.Equal(t, 1, node.Asked("status"))
}
