package stack_test

import (
	"testing"

	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

// TestOrderedOnly: on a chain that takes no unordered transactions everything is claimed, proven and paid all the same,
// by transactions one behind the other.
func TestOrderedOnly(t *testing.T) {
	w := startWorld(t, scenarioNet(t), func(c *localnet.NodeConfig) { c.OrderedOnly = true })
	suppliers := w.net.SuppliersOf(sampled)[:3]
	one := w.nextSession(t, 1)
	for _, s := range suppliers {
		w.serve(t, one, s, many) // worth a proof
	}
	two := w.nextSession(t, one+1)
	for _, s := range suppliers {
		w.serve(t, two, s, few)
	}
	lines := w.settled(t, 2*len(suppliers))
	for _, s := range suppliers {
		checkPaid(t, lines.of(s, one), many, units)
		checkPaid(t, lines.of(s, two), few, units)
	}
	require.Zero(t, w.refused(t))
	ordered := w.transactions(t)
	require.GreaterOrEqual(t, len(ordered), 3*len(suppliers), "two claims and a proof of each supplier")
	for _, body := range ordered {
		require.False(t, body.Unordered)
	}
}

// transactions are those in blocks.
func (w *world) transactions(t *testing.T) (list []txtypes.TxBody) {
	t.Helper()
	for height := int64(1); height <= w.awaitHeight(t, 1); height++ {
		block, err := w.node.Block(t.Context(), height)
		require.NoError(t, err)
		for _, raw := range block.Block.Txs {
			var outer txtypes.TxRaw
			var body txtypes.TxBody
			require.NoError(t, outer.Unmarshal(raw))
			require.NoError(t, body.Unmarshal(outer.BodyBytes))
			list = append(list, body)
		}
	}
	return list
}
