package main

import (
	"testing"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

func upokt(n int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(localnet.Denom, n)) }

// payment is a signed transfer of 5 upokt; fee in upokt.
func payment(t *testing.T, c chain, from localnet.Account, to string, fee int64) []byte {
	t.Helper()
	return signed(t, c, from, fee, &banktypes.MsgSend{FromAddress: from.Address, ToAddress: to, Amount: upokt(5)})
}

// signed is a transaction of one message for a million gas; fee in upokt.
func signed(t *testing.T, c chain, from localnet.Account, fee int64, msg proto.Message) []byte {
	t.Helper()
	account := baseAccount(t, c, from.Address)
	body := marshal(t, &txtypes.TxBody{Messages: []*codectypes.Any{packed(t, msg)}})
	auth := marshal(t, &txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: packed(t, from.Key.PubKey()),
			ModeInfo: &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{
				Single: &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT},
			}},
			Sequence: account.Sequence,
		}},
		Fee: &txtypes.Fee{Amount: upokt(fee), GasLimit: 1_000_000},
	})
	sig, err := from.Key.Sign(marshal(t, &txtypes.SignDoc{
		BodyBytes: body, AuthInfoBytes: auth, ChainId: localnet.ChainID, AccountNumber: account.AccountNumber,
	}))
	require.NoError(t, err)
	return marshal(t, &txtypes.TxRaw{BodyBytes: body, AuthInfoBytes: auth, Signatures: [][]byte{sig}})
}

// baseAccount is the account as the chain has it.
func baseAccount(t *testing.T, c chain, addr string) authtypes.BaseAccount {
	t.Helper()
	var resp authtypes.QueryAccountResponse
	require.NoError(t, c.query("/cosmos.auth.v1beta1.Query/Account", &authtypes.QueryAccountRequest{Address: addr}, &resp))
	require.Equal(t, "/cosmos.auth.v1beta1.BaseAccount", resp.Account.TypeUrl)
	var account authtypes.BaseAccount
	require.NoError(t, proto.Unmarshal(resp.Account.Value, &account))
	return account
}

func packed(t *testing.T, msg proto.Message) *codectypes.Any {
	t.Helper()
	wrapped, err := codectypes.NewAnyWithValue(msg)
	require.NoError(t, err)
	return wrapped
}

func marshal(t *testing.T, msg proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(msg)
	require.NoError(t, err)
	return b
}
