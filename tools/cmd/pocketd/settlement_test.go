package main

import (
	"context"
	"encoding/binary"
	"syscall"
	"testing"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

// Heights of the first session under mainnet's parameters.
const (
	claimsOpen = 32
	settlement = 53
)

// The network we describe settles claims: its stakes, module accounts, validator
// and service owner are what the chain's settlement expects. A claim below the
// proof threshold needs a proof once in a hundred times, so most of twenty settle
// without one, and each of them has an outcome.
func TestClaimsSettle(t *testing.T) {
	home, rpc := t.TempDir(), freeAddr(t)
	cfg := localnet.Default()
	cfg.Profile, cfg.Suppliers, cfg.OwnerShare = localnet.ProfileMainnet, 20, 80
	out, err := pocketd(t, "init", "--home", home, "--profile", cfg.Profile, "--suppliers", "20",
		"--owner-share", "80", "--block-time", "200ms", "--rpc-addr", rpc)
	require.NoError(t, err, out)
	n, err := localnet.New(cfg)
	require.NoError(t, err)

	c := start(t, home, rpc)
	c.waitHeight(t, claimsOpen)
	sourceBefore, ownerBefore := balance(t, c, n.Source), balance(t, c, n.Owner)
	header := firstSession(t, c, n)
	for _, s := range n.Suppliers {
		res, err := c.BroadcastTxSync(context.Background(), signed(t, c, s.Account, 1, &prooftypes.MsgCreateClaim{
			SupplierOperatorAddress: s.Address,
			SessionHeader:           header,
			RootHash:                claimRoot(6, 6*n.Service.ComputeUnitsPerRelay),
		}))
		require.NoError(t, err)
		require.Zero(t, res.Code, res.Log)
	}
	c.waitHeight(t, settlement+1) // a block is stored, and counted by status, before it is executed
	settled, expired := outcomes(t, c)
	require.Equal(t, len(n.Suppliers), settled+expired, "every claim has an outcome")
	require.Greater(t, settled, 10)
	require.Greater(t, balance(t, c, n.Source), sourceBefore, "the service's owner earned")
	require.Greater(t, balance(t, c, n.Owner), ownerBefore, "the suppliers' owner earned")
	require.NoError(t, c.stop(t, syscall.SIGTERM))
}

// claimRoot is a claim's root hash: digest, sum and count.
func claimRoot(count, sum uint64) []byte {
	b := make([]byte, 32, 48)
	b = binary.BigEndian.AppendUint64(b, sum)
	return binary.BigEndian.AppendUint64(b, count)
}

func firstSession(t *testing.T, c chain, n localnet.Net) *sessiontypes.SessionHeader {
	t.Helper()
	var resp sessiontypes.QueryGetSessionResponse
	require.NoError(t, c.query("/pocket.session.Query/GetSession", &sessiontypes.QueryGetSessionRequest{
		ApplicationAddress: n.Application.Address, ServiceId: n.Service.ID, BlockHeight: 1,
	}, &resp))
	return resp.Session.Header
}

// outcomes counts the settlement block's events per claim.
func outcomes(t *testing.T, c chain) (settled, expired int) {
	t.Helper()
	height := int64(settlement)
	res, err := c.BlockResults(context.Background(), &height)
	require.NoError(t, err)
	for _, e := range res.FinalizeBlockEvents {
		switch e.Type {
		case "pocket.tokenomics.EventClaimSettled":
			settled++
		case "pocket.tokenomics.EventClaimExpired":
			expired++
		}
	}
	return settled, expired
}

// balance is what the account can spend, in upokt.
func balance(t *testing.T, c chain, a localnet.Account) int64 {
	t.Helper()
	var resp banktypes.QueryBalanceResponse
	require.NoError(t, c.query("/cosmos.bank.v1beta1.Query/Balance",
		&banktypes.QueryBalanceRequest{Address: a.Address, Denom: localnet.Denom}, &resp))
	return resp.Balance.Amount.Int64()
}
