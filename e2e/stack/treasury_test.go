package stack_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/localnet"
)

// treasuryNet is the demo's chain with three suppliers, where no claim below the threshold is asked for its proof.
func treasuryNet(t *testing.T) localnet.Net {
	t.Helper()
	cfg := localnet.Default()
	cfg.Suppliers, cfg.Service.ComputeUnitsPerRelay = 3, units
	net, err := localnet.New(cfg)
	require.NoError(t, err)
	limit := sdk.NewInt64Coin(localnet.Denom, threshold)
	net.Profile.Proof.ProofRequestProbability, net.Profile.Proof.ProofRequirementThreshold = 0, &limit
	return net
}

// treasuryOf has the submitter pay for operators from the account of the suppliers' owner.
func treasuryOf(t *testing.T, net localnet.Net, settings map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "treasury.hex")
	require.NoError(t, os.WriteFile(file, []byte(net.Owner.KeyHex()), 0o600))
	settings["ACCOUNT"], settings["KEYS_FILE"], settings["EVERY"] = net.Owner.Address, file, "300ms"
	for key, value := range settings {
		t.Setenv("LODE_SUBMITTER_TREASURY_"+key, value)
	}
}

// empty has an operator give away all that it has.
func (w *world) empty(t *testing.T, s localnet.Supplier) {
	t.Helper()
	all := sdk.NewCoins(sdk.NewCoin(localnet.Denom, w.balance(t, s.Account).SubRaw(sendFee)))
	w.send(t, s.Account, &banktypes.MsgSend{FromAddress: s.Address, ToAddress: w.net.Source.Address, Amount: all})
}

// paidFrom reads from the chain's blocks how many messages of a type an account's transactions had, and what they gave
// each address.
func (w *world) paidFrom(t *testing.T, a localnet.Account, url string) (messages int, given map[string]int64) {
	t.Helper()
	given = map[string]int64{}
	for height := int64(1); height < w.awaitHeight(t, 1); height++ {
		block, err := w.node.Block(t.Context(), height)
		require.NoError(t, err)
		for _, raw := range block.Block.Txs {
			var outer txtypes.TxRaw
			var body txtypes.TxBody
			require.NoError(t, outer.Unmarshal(raw))
			require.NoError(t, body.Unmarshal(outer.BodyBytes))
			for _, m := range body.Messages {
				if m.TypeUrl != url {
					continue
				}
				messages++
				var send banktypes.MsgMultiSend
				if url == "/cosmos.bank.v1beta1.MsgMultiSend" {
					require.NoError(t, send.Unmarshal(m.Value))
					require.Equal(t, a.Address, send.Inputs[0].Address)
				}
				for _, out := range send.Outputs {
					given[out.Address] += out.Coins.AmountOf(localnet.Denom).Int64()
				}
			}
		}
	}
	return messages, given
}

// An operator that has nothing is topped up, once, and its claim and proof land and are paid. Of two submitters one pays.
func TestTreasuryTopsUp(t *testing.T) {
	const below, to = 1_000, 50_000
	net := treasuryNet(t)
	treasuryOf(t, net, map[string]string{"TOP_UP_BELOW": strconv.Itoa(below), "TOP_UP_TO": strconv.Itoa(to), "MAX_PER_DAY": "1000000"})
	w := startWorld(t, net)
	poor, other := w.net.Suppliers[0], w.net.Suppliers[1]
	w.empty(t, poor)
	await(t, "the top-up", func(context.Context) (bool, bool) { return true, w.balance(t, poor.Account).Int64() == to })
	one := w.nextSession(t, w.awaitHeight(t, 1))
	w.serve(t, one, poor, many)
	w.serve(t, one, other, few)
	for _, l := range w.settled(t, 2) {
		require.Equal(t, ledger.Settled, l.State, "%+v", l)
		require.True(t, l.Whole(), "%+v", l)
	}
	require.True(t, w.proven(t)[poor.Address])
	n, given := w.paidFrom(t, w.net.Owner, "/cosmos.bank.v1beta1.MsgMultiSend")
	require.Equal(t, 1, n)
	require.Equal(t, map[string]int64{poor.Address: to}, given)
	require.Zero(t, w.refused(t))
}

// An operator that has nothing and is granted its fees claims, and is paid, and has spent nothing.
func TestTreasuryGrantsFees(t *testing.T) {
	net := treasuryNet(t)
	treasuryOf(t, net, map[string]string{"FEEGRANT": "true"})
	w := startWorld(t, net)
	poor, other := w.net.Suppliers[0], w.net.Suppliers[1]
	w.empty(t, poor)
	before := w.balance(t, w.net.Owner)
	await(t, "the grants", func(context.Context) (bool, bool) {
		n, _ := w.paidFrom(t, w.net.Owner, "/cosmos.feegrant.v1beta1.MsgGrantAllowance")
		return true, n == len(w.net.Suppliers)
	})
	one := w.nextSession(t, w.awaitHeight(t, 1))
	w.serve(t, one, poor, few)
	w.serve(t, one, other, few)
	earned := map[string]string{}
	for _, l := range w.settled(t, 2) {
		require.Equal(t, ledger.Settled, l.State, "%+v", l)
		require.True(t, l.Whole(), "%+v", l)
		earned[l.Supplier] = l.EarnedUpokt.String()
	}
	require.Equal(t, earned[poor.Address], w.balance(t, poor.Account).String(), "no fee was its own")
	require.True(t, w.balance(t, w.net.Owner).LT(before))
	n, _ := w.paidFrom(t, w.net.Owner, "/cosmos.feegrant.v1beta1.MsgGrantAllowance")
	require.Equal(t, len(w.net.Suppliers), n)
	require.Zero(t, w.refused(t))
}
