package indexer

import (
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// answers are a node's answers for height 7 with one transaction and two block events.
func answers() (*coretypes.ResultBlock, *coretypes.ResultBlockResults) {
	block := &coretypes.ResultBlock{
		BlockID: types.BlockID{Hash: make([]byte, 32)},
		Block:   &types.Block{Header: types.Header{Height: 7, ChainID: "pocket"}, Data: types.Data{Txs: types.Txs{[]byte("tx")}}},
	}
	mode := func(m string) []abci.EventAttribute {
		return []abci.EventAttribute{{Key: "mode", Value: m}}
	}
	return block, &coretypes.ResultBlockResults{
		Height: 7,
		TxsResults: []*abci.ExecTxResult{{Code: 5, Codespace: "sdk", Log: "bad \xff byte", Events: []abci.Event{
			{Type: "tx"}, {Type: "pocket.proof.EventClaimCreated", Attributes: []abci.EventAttribute{{Key: "k", Value: "v"}}},
		}}},
		FinalizeBlockEvents: []abci.Event{{Type: "mint", Attributes: mode("BeginBlock")}, {Type: "x", Attributes: mode("EndBlock")}, {Type: "y"}},
	}
}

func TestDecodeNumbersTransactionsFirst(t *testing.T) {
	h, err := decode(answers())
	require.NoError(t, err)
	require.Equal(t, uint32(5), h.block.EventCount)
	require.Equal(t, uint32(1), h.block.TxCount)
	require.Equal(t, "bad \uFFFD byte", h.txs[0].Log)
	var kinds []string
	for i, event := range h.events {
		require.Equal(t, uint32(i), event.Index)
		kinds = append(kinds, event.Type+" "+event.Section.String())
	}
	require.Equal(t, []string{"tx SECTION_TX", "pocket.proof.EventClaimCreated SECTION_TX",
		"mint SECTION_BEGIN_BLOCK", "x SECTION_END_BLOCK", "y SECTION_END_BLOCK"}, kinds)
}

func TestDecodeRefusesAnswersThatDoNotBelongTogether(t *testing.T) {
	cases := map[string]func(*coretypes.ResultBlock, *coretypes.ResultBlockResults){
		"no block":       func(b *coretypes.ResultBlock, _ *coretypes.ResultBlockResults) { b.Block = nil },
		"other height":   func(_ *coretypes.ResultBlock, r *coretypes.ResultBlockResults) { r.Height = 8 },
		"short hash":     func(b *coretypes.ResultBlock, _ *coretypes.ResultBlockResults) { b.BlockID.Hash = []byte{1} },
		"missing result": func(_ *coretypes.ResultBlock, r *coretypes.ResultBlockResults) { r.TxsResults = nil },
		"height zero": func(b *coretypes.ResultBlock, r *coretypes.ResultBlockResults) {
			b.Block.Height, r.Height = 0, 0
		},
	}
	for name, spoil := range cases {
		block, results := answers()
		spoil(block, results)
		_, err := decode(block, results)
		require.ErrorIs(t, err, errIncomplete, name)
	}
}

func TestModuleIsFitForASubject(t *testing.T) {
	for kind, want := range map[string]string{
		"pocket.proof.EventClaimCreated": "proof", "pocket.migration.EventX": "migration",
		"coin_spent": "cosmos", "cosmos.bank.v1.EventX": "cosmos", "pocket.": "cosmos", "pocket": "cosmos", "": "cosmos",
		"pocket.a*b.E": "cosmos", "pocket.>.E": "cosmos", "pocket.tx.E": "cosmos", "pocket." + strings.Repeat("a", 33) + ".E": "cosmos",
	} {
		require.Equal(t, want, module(kind), kind)
	}
}

func TestSplitKeepsEverythingInOrderWithinTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 4096
		h := height{block: &chainv1.Block{Height: rapid.Int64Min(1).Draw(t, "height"), TimeUnixNano: rapid.Int64().Draw(t, "time")}}
		kinds := []string{"pocket.proof.E", "pocket.tokenomics.E", "transfer"}
		for i := range rapid.IntRange(0, 60).Draw(t, "events") {
			h.events = append(h.events, &chainv1.Event{Index: uint32(i), Type: rapid.SampledFrom(kinds).Draw(t, "kind"), Attributes: []*chainv1.Attribute{
				{Key: "k", Value: strings.Repeat("v", rapid.IntRange(0, 5000).Draw(t, "size"))}}})
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "txs") {
			h.txs = append(h.txs, &chainv1.Tx{Index: uint32(i), Raw: make([]byte, rapid.IntRange(0, 5000).Draw(t, "raw"))})
		}
		next, last, events, txs := map[string]uint32{}, map[string]int{}, 0, 0
		for _, p := range split(h, limit) {
			require.Equal(t, next[p.module], p.events.Part)
			next[p.module]++
			items := len(p.events.Events) + len(p.events.Txs)
			require.Positive(t, items)
			require.True(t, proto.Size(p.events) <= limit || items == 1, "a part over the limit holds one item")
			for _, e := range p.events.Events {
				require.Equal(t, module(e.Type), p.module)
				require.GreaterOrEqual(t, int(e.Index), last[p.module])
				last[p.module] = int(e.Index)
			}
			for i, tx := range p.events.Txs {
				require.Equal(t, uint32(txs+i), tx.Index)
			}
			events, txs = events+len(p.events.Events), txs+len(p.events.Txs)
		}
		require.Equal(t, []int{len(h.events), len(h.txs)}, []int{events, txs})
	})
}

// FuzzDecode feeds a node's answers as JSON: whatever a node says, decode and split do not panic, and what they
// accept can be encoded.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"height":"7","txs_results":[{"code":1,"gas_used":"9","events":[{"type":"pocket.proof.E","attributes":[{"key":"k","value":"\"1\""}]}]}],
		"finalize_block_events":[{"type":"mint","attributes":[{"key":"mode","value":"BeginBlock","index":true}]}]}`))
	f.Add([]byte(`{"height":"7","txs_results":[null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		block, _ := answers()
		var results coretypes.ResultBlockResults
		if len(raw) > 1<<20 || cmtjson.Unmarshal(raw, &results) != nil {
			return
		}
		h, err := decode(block, &results)
		if err != nil {
			return
		}
		for _, p := range split(h, 4096) {
			_, err := proto.Marshal(p.events)
			require.NoError(t, err)
		}
	})
}
