package main

import (
	"context"
	"strconv"
	"syscall"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

// One node through its life: it serves the network it was initialised with,
// takes transactions, survives kill -9, and stops when asked.
func TestNode(t *testing.T) {
	home, rpc := t.TempDir(), freeAddr(t)
	out, err := pocketd(t, "init", "--home", home, "--block-time", "200ms", "--rpc-addr", rpc,
		"--supplier-url", "http://127.0.0.1:7001", "--supplier-url", "http://127.0.0.1:7002")
	require.NoError(t, err, out)
	n, err := localnet.New(localnet.Default())
	require.NoError(t, err)
	require.Contains(t, out, n.Application.Address)

	c := start(t, home, rpc)
	c.waitHeight(t, 3)
	t.Run("session", func(t *testing.T) { checkSession(t, c, n) })
	t.Run("params", func(t *testing.T) { checkParams(t, c) })
	t.Run("ring keys", func(t *testing.T) { checkRingKeys(t, c, n) })
	t.Run("supply", func(t *testing.T) { checkSupply(t, c, n) })
	t.Run("transactions", func(t *testing.T) { checkTransactions(t, c, n) })

	before := c.waitHeight(t, 1)
	require.Error(t, c.stop(t, syscall.SIGKILL))
	c = start(t, home, rpc)
	c.waitHeight(t, before+2)
	require.EqualValues(t, 1, baseAccount(t, c, n.Source.Address).Sequence, "what was committed before the kill is kept")

	out, err = pocketd(t, "init", "--home", home, "--suppliers", "3")
	require.Error(t, err)
	require.Contains(t, out, "another network")
	require.NoError(t, c.stop(t, syscall.SIGTERM))
}

func checkSession(t *testing.T, c chain, n localnet.Net) {
	var resp sessiontypes.QueryGetSessionResponse
	require.NoError(t, c.query("/pocket.session.Query/GetSession", &sessiontypes.QueryGetSessionRequest{
		ApplicationAddress: n.Application.Address, ServiceId: n.Service.ID,
	}, &resp))
	require.Len(t, resp.Session.SessionId, 64)
	require.EqualValues(t, 10, resp.Session.NumBlocksPerSession)
	require.Equal(t, []string{n.Gateway.Address}, resp.Session.Application.DelegateeGatewayAddresses)
	urls := map[string]string{}
	for _, s := range resp.Session.Suppliers {
		require.Len(t, s.Services[0].Endpoints, 2)
		urls[s.OperatorAddress] = s.Services[0].Endpoints[0].Url
	}
	require.Equal(t, map[string]string{
		n.Suppliers[0].Address: "http://127.0.0.1:7001",
		n.Suppliers[1].Address: "http://127.0.0.1:7002",
	}, urls)
}

func checkParams(t *testing.T, c chain) {
	var resp sharedtypes.QueryParamsAtHeightResponse
	require.NoError(t, c.query("/pocket.shared.Query/ParamsAtHeight", &sharedtypes.QueryParamsAtHeightRequest{Height: 1}, &resp))
	require.Equal(t, localnet.Demo().Shared, resp.Params)
}

func checkRingKeys(t *testing.T, c chain, n localnet.Net) {
	for _, a := range n.Accounts() {
		account := baseAccount(t, c, a.Address)
		require.Equal(t, a.Key.PubKey().Bytes(), account.PubKey.Value[2:], "a key is its 33 bytes after tag and length")
	}
}

func checkSupply(t *testing.T, c chain, n localnet.Net) {
	var resp banktypes.QuerySupplyOfResponse
	require.NoError(t, c.query("/cosmos.bank.v1beta1.Query/SupplyOf", &banktypes.QuerySupplyOfRequest{Denom: localnet.Denom}, &resp))
	p := n.Profile
	wallets := int64(len(n.Accounts())) * 10_000_000_000
	staked := p.ApplicationStake + p.GatewayStake + 2*p.SupplierStake + 1_000_000_000_000
	require.Equal(t, strconv.FormatInt(wallets+staked, 10), resp.Amount.Amount.String(), "nothing is minted by the passing of blocks")
}

func checkTransactions(t *testing.T, c chain, n localnet.Net) {
	ctx := context.Background()
	tx := payment(t, c, n.Source, n.Owner.Address, 1)
	var simulated txtypes.SimulateResponse
	require.NoError(t, c.query("/cosmos.tx.v1beta1.Service/Simulate", &txtypes.SimulateRequest{TxBytes: tx}, &simulated))
	require.NotZero(t, simulated.GasInfo.GasUsed)

	refused, err := c.BroadcastTxSync(ctx, payment(t, c, n.Gateway, n.Owner.Address, 0))
	require.NoError(t, err)
	require.EqualValues(t, 13, refused.Code, "no fee: %s", refused.Log)

	sent, err := c.BroadcastTxSync(ctx, tx)
	require.NoError(t, err)
	require.Zero(t, sent.Code, sent.Log)
	require.Eventually(t, func() bool {
		res, err := c.Tx(ctx, cmttypes.Tx(tx).Hash(), false)
		return err == nil && res.TxResult.Code == 0 && len(res.TxResult.Events) > 0
	}, patience, 20*time.Millisecond, "the payment was not included")
	require.EqualValues(t, 1, baseAccount(t, c, n.Source.Address).Sequence)
}

// The largest network under mainnet's parameters.
func TestMainnetProfileWithManySuppliers(t *testing.T) {
	home, rpc := t.TempDir(), freeAddr(t)
	out, err := pocketd(t, "init", "--home", home, "--profile", "mainnet", "--suppliers", "1000",
		"--owner-share", "80", "--block-time", "200ms", "--rpc-addr", rpc)
	require.NoError(t, err, out)
	require.Contains(t, out, "and 990 more suppliers")
	c := start(t, home, rpc)
	c.waitHeight(t, 3)
	n, err := localnet.New(localnet.Default())
	require.NoError(t, err)
	var resp sessiontypes.QueryGetSessionResponse
	require.NoError(t, c.query("/pocket.session.Query/GetSession", &sessiontypes.QueryGetSessionRequest{
		ApplicationAddress: n.Application.Address, ServiceId: n.Service.ID,
	}, &resp))
	require.Len(t, resp.Session.Suppliers, 50)
	require.Zero(t, resp.Session.Header.SessionEndBlockHeight%20, "sessions of 20 blocks")
	require.NoError(t, c.stop(t, syscall.SIGTERM))
}

func TestCommandLineFaults(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"no home":      {[]string{"start"}, `required flag(s) "home"`},
		"empty home":   {[]string{"start", "--home", t.TempDir()}, "was the home initialised?"},
		"bad profile":  {[]string{"init", "--home", t.TempDir(), "--profile", "moon"}, `no profile "moon"`},
		"bad block":    {[]string{"init", "--home", t.TempDir(), "--block-time", "1ms"}, "block time"},
		"unknown verb": {[]string{"dance", "--home", t.TempDir()}, "unknown command"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := pocketd(t, tc.args...)
			require.Error(t, err)
			require.Contains(t, out, tc.want)
		})
	}
}
