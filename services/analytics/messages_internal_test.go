package analytics

import (
	"testing"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/x/authz"
	gogoproto "github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// txOf is a transaction of messages.
func txOf(t testing.TB, code uint32, messages ...gogoproto.Message) *chainv1.Tx {
	body := &txtypes.TxBody{}
	for _, m := range messages {
		body.Messages = append(body.Messages, anyOf(t, m))
	}
	inner, err := body.Marshal()
	require.NoError(t, err)
	raw, err := (&txtypes.TxRaw{BodyBytes: inner}).Marshal()
	require.NoError(t, err)
	return &chainv1.Tx{Index: 2, Code: code, Raw: raw}
}

func anyOf(t testing.TB, m gogoproto.Message) *codectypes.Any {
	value, err := gogoproto.Marshal(m)
	require.NoError(t, err)
	return &codectypes.Any{TypeUrl: "/" + gogoproto.MessageName(m), Value: value}
}

var (
	aHeader = &sessiontypes.SessionHeader{ApplicationAddress: "a", ServiceId: "llm", SessionId: "id", SessionStartBlockHeight: 1, SessionEndBlockHeight: 10}
	aClaim  = &prooftypes.MsgCreateClaim{SupplierOperatorAddress: "s", SessionHeader: aHeader, RootHash: []byte{0xab}}
	aProof  = &prooftypes.MsgSubmitProof{SupplierOperatorAddress: "s", SessionHeader: aHeader, Proof: []byte{1}}
)

func TestMessagesTellWhatNoEventTells(t *testing.T) {
	share := &tokenomicstypes.MsgUpdateParam{Authority: "gov", Name: "global_inflation_per_claim",
		AsType: &tokenomicstypes.MsgUpdateParam_AsFloat{AsFloat: 0.25}}
	exec := &authz.MsgExec{Grantee: "dao", Msgs: []*codectypes.Any{anyOf(t, share),
		anyOf(t, &sharedtypes.MsgUpdateParams{Authority: "gov", Params: sharedtypes.DefaultParams()})}}
	service := &servicetypes.MsgAddService{OwnerAddress: "o", Service: sharedtypes.Service{Id: "llm", Name: "Model", ComputeUnitsPerRelay: 9, OwnerAddress: "o"}}
	move := &servicetypes.MsgTransferService{OwnerAddress: "o", ServiceId: "llm", NewOwnerAddress: "n"}
	rows, err := rowsOfMessages(&chainv1.Events{Height: 5}, txOf(t, 0, aClaim, exec, service, move, aProof))
	require.NoError(t, err)

	claims, updates := []*claimMessageRow{}, map[string]*paramUpdateRow{}
	var services []*serviceRow
	for _, r := range rows {
		switch row := r.(type) {
		case *claimMessageRow:
			claims = append(claims, row)
		case *paramUpdateRow:
			updates[row.Module+"."+row.Name] = row
		case *serviceRow:
			services = append(services, row)
		}
	}
	require.Len(t, claims, 2)
	require.Equal(t, []any{"claim", "s", "id", int64(10), "ab", uint32(2)},
		[]any{claims[0].Kind, claims[0].Supplier, claims[0].SessionID, claims[0].SessionEndHeight, claims[0].Root, claims[0].Of})
	require.Equal(t, []any{"proof", uint32(4)}, []any{claims[1].Kind, claims[1].MsgIndex})
	require.Equal(t, []any{uint64(9), "n"}, []any{services[0].ComputeUnitsPerRelay, services[1].Owner})
	got := updates["tokenomics.global_inflation_per_claim"]
	require.Equal(t, []any{"0.25", "gov", uint32(1), uint32(1)}, []any{got.Value, got.Authority, got.MsgIndex, got.Inner})
	require.Equal(t, []any{`"10"`, uint32(2)}, []any{updates["shared.num_blocks_per_session"].Value, updates["shared.num_blocks_per_session"].Inner})
}

// Of a transaction that failed only claims and proofs count: they cost a fee.
func TestFailedMessages(t *testing.T) {
	rows, err := rowsOfMessages(&chainv1.Events{Height: 5}, txOf(t, 1, aClaim, &servicetypes.MsgAddService{}))
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, uint32(1), rows[0].(*claimMessageRow).Code)
	rows, err = rowsOfMessages(&chainv1.Events{}, &chainv1.Tx{Code: 2, Raw: []byte("no transaction")})
	require.NoError(t, err, "the chain refused it, too")
	require.Empty(t, rows)
	_, err = rowsOfMessages(&chainv1.Events{}, &chainv1.Tx{Raw: []byte("no transaction")})
	require.Error(t, err)
	deep := gogoproto.Message(aClaim)
	for range maxNesting + 1 {
		deep = &authz.MsgExec{Msgs: []*codectypes.Any{anyOf(t, deep)}}
	}
	_, err = rowsOfMessages(&chainv1.Events{}, txOf(t, 0, deep))
	require.ErrorContains(t, err, "in each other")
}

func FuzzMessages(f *testing.F) {
	f.Add(txOf(f, 0, aClaim, aProof, &authz.MsgExec{Msgs: []*codectypes.Any{anyOf(f, &sharedtypes.MsgUpdateParams{})}}).Raw, uint32(0))
	f.Add([]byte{0x0a, 0x00}, uint32(1))
	f.Fuzz(func(t *testing.T, raw []byte, code uint32) {
		rows, _ := rowsOfMessages(&chainv1.Events{Height: 1}, &chainv1.Tx{Raw: raw, Code: code})
		if len(rows) > maxMessages*100 {
			t.Fatalf("%d rows", len(rows))
		}
	})
}

func FuzzPlainEvents(f *testing.F) {
	f.Add("coin_spent", "spender", "5mact,12upokt", "3")
	f.Add("tx", "fee", "", "-1")
	f.Fuzz(func(t *testing.T, kind, key, amount, index string) {
		read, is := plainEvents[kind]
		if !is {
			return
		}
		e := &chainv1.Event{Type: kind, Attributes: []*chainv1.Attribute{{Key: key, Value: "a"}, {Key: "amount", Value: amount},
			{Key: "fee", Value: amount}, {Key: "fee_payer", Value: "p"}, {Key: "msg_index", Value: index}}}
		rows, err := read(&chainv1.Events{Height: 1}, e)
		if err == nil && len(rows) > 1 {
			t.Fatal("one event is one row")
		}
	})
}

func TestPlainEvents(t *testing.T) {
	e := func(kind string, pairs ...string) *chainv1.Event {
		out := &chainv1.Event{Type: kind, TxIndex: 4}
		for i := 0; i < len(pairs); i += 2 {
			out.Attributes = append(out.Attributes, &chainv1.Attribute{Key: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	part := &chainv1.Events{Height: 9}
	coins := sdk.NewCoins(sdk.NewInt64Coin("mact", 5), sdk.NewInt64Coin("upokt", 12)).String()
	for _, tt := range []struct {
		e    *chainv1.Event
		want string // upokt; empty: no row
	}{
		{e("coinbase", "minter", "m", "amount", coins), "12"},
		{e("burn", "burner", "m", "amount", "7upokt"), "7"},
		{e("burn", "burner", "m", "amount", "7mact"), ""},
		{e("coin_received", "receiver", "r", "amount", coins, "msg_index", "0"), "12"},
		{e("coin_spent", "spender", "r", "amount", coins), "-12"},
		{e("coin_spent", "spender", "r", "amount", ""), ""},
		{e("tx", "fee", "3upokt", "fee_payer", "p"), "3"},
		{e("tx", "acc_seq", "p/1"), ""},
	} {
		rows, err := plainEvents[tt.e.Type](part, tt.e)
		require.NoError(t, err)
		if tt.want == "" {
			require.Empty(t, rows)
			continue
		}
		switch row := rows[0].(type) {
		case *supplyRow:
			require.Equal(t, []string{tt.want, "m"}, []string{row.Upokt.String(), row.Account})
		case *balanceRow:
			require.Equal(t, []string{tt.want, "r"}, []string{row.Upokt.String(), row.Account})
			require.Equal(t, tt.want == "-12", row.MsgIndex == -1)
		case *feeRow:
			require.Equal(t, []any{tt.want, uint32(4)}, []any{row.Upokt.String(), row.TxIndex})
		}
	}
	_, err := plainEvents["burn"](part, e("burn", "amount", "nonsense!"))
	require.Error(t, err)
}
