package indexer

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
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

// answers are a node's answers for height 7 with one transaction and some events of the block.
func answers() (*coretypes.ResultBlock, string) {
	b := &types.Block{
		Header: types.Header{Height: 7, ChainID: "pocket", ValidatorsHash: make([]byte, 32)},
		Data:   types.Data{Txs: types.Txs{[]byte("tx")}},
	}
	b.DataHash = b.Txs.Hash()
	return &coretypes.ResultBlock{BlockID: types.BlockID{Hash: b.Header.Hash()}, Block: b}, `{"height":"7","txs_results":[
		{"code":5,"data":null,"log":"bad ` + "\xff" + ` byte","info":"","gas_wanted":"9","gasUsed":8,"codespace":"sdk","events":[
			{"type":"tx","attributes":null},{"type":"pocket.proof.EventClaimCreated","attributes":[{"key":"k","value":"v","index":true}]}]}],
		"finalize_block_events":[{"type":"mint","attributes":[{"key":"mode","value":"BeginBlock"}]},
			{"type":"x","attributes":[{"key":"mode","value":"EndBlock"}]},{"type":"y"},
			{"type":"pocket.proof.EventProofValidityChecked","attributes":[{"key":"a","value":"2"}]},
			{"type":"pocket.proof.EventProofValidityChecked","attributes":[{"key":"a","value":"1"}]}],
		"validator_updates":[{"power":[[{}]]}],"consensus_param_updates":{"block":{"max_bytes":"1"}},"app_hash":"AQI="}`
}

// decoded is a height with all that was said of it.
type decoded struct {
	height
	events []*chainv1.Event
	txs    []*chainv1.Tx
	parts  []part
}

type part struct {
	module string
	events *chainv1.Events
}

func decode(block *coretypes.ResultBlock, results string) (got decoded, err error) {
	if got.height, err = decodeBlock(7, block); err != nil {
		return got, err
	}
	to := &splitter{height: 7, limit: 4096, say: func(module string, events *chainv1.Events) error {
		got.parts = append(got.parts, part{module, events})
		got.events = append(got.events, events.Events...)
		got.txs = append(got.txs, events.Txs...)
		return nil
	}}
	err = decodeResults(&got.height, block.Block.Txs.ToSliceOfBytes(), json.NewDecoder(strings.NewReader(results)), to)
	slices.SortFunc(got.events, func(a, b *chainv1.Event) int { return cmp.Compare(a.Index, b.Index) })
	return got, err
}

func TestDecodeNumbersTransactionsFirst(t *testing.T) {
	h, err := decode(answers())
	require.NoError(t, err)
	require.Equal(t, uint32(7), h.block.EventCount)
	require.Equal(t, uint32(1), h.block.TxCount)
	require.Equal(t, uint32(3), h.block.Parts)
	require.Equal(t, []byte{1, 2}, h.app)
	require.Len(t, h.txs, 1)
	hash := sha256.Sum256([]byte("tx"))
	require.True(t, proto.Equal(&chainv1.Tx{
		Hash: hash[:], Code: 5, Codespace: "sdk", Log: "bad \uFFFD byte", GasWanted: 9, GasUsed: 8, Raw: []byte("tx"),
	}, h.txs[0]), "%v", h.txs[0])
	var kinds []string
	for i, event := range h.events {
		require.Equal(t, uint32(i), event.Index)
		kind := event.Type + " " + event.Section.String()
		if event.Type == eventUnordered {
			kind += " " + event.Attributes[0].Value
		}
		kinds = append(kinds, kind)
	}
	require.Equal(t, []string{"tx SECTION_TX", "pocket.proof.EventClaimCreated SECTION_TX",
		"mint SECTION_BEGIN_BLOCK", "x SECTION_END_BLOCK", "y SECTION_END_BLOCK",
		"pocket.proof.EventProofValidityChecked SECTION_END_BLOCK 1", "pocket.proof.EventProofValidityChecked SECTION_END_BLOCK 2"}, kinds)
}

func TestDecodeRefusesAnswersThatDoNotBelongTogether(t *testing.T) {
	cases := map[string]func(b *coretypes.ResultBlock, results *string){
		"no block":        func(b *coretypes.ResultBlock, _ *string) { b.Block = nil },
		"other block":     func(b *coretypes.ResultBlock, _ *string) { b.Block.Height = 8 },
		"short hash":      func(b *coretypes.ResultBlock, _ *string) { b.BlockID.Hash = []byte{1} },
		"other hash":      func(b *coretypes.ResultBlock, _ *string) { b.Block.ProposerAddress = []byte{1} },
		"other txs":       func(b *coretypes.ResultBlock, _ *string) { b.Block.Txs[0] = []byte("ty") },
		"other height":    func(_ *coretypes.ResultBlock, r *string) { *r = strings.Replace(*r, `"7"`, `"8"`, 1) },
		"no height":       func(_ *coretypes.ResultBlock, r *string) { *r = strings.Replace(*r, `"height":"7",`, ``, 1) },
		"missing result":  func(_ *coretypes.ResultBlock, r *string) { *r = `{"height":"7","txs_results":null}` },
		"nothing":         func(_ *coretypes.ResultBlock, r *string) { *r = `null` },
		"a list":          func(_ *coretypes.ResultBlock, r *string) { *r = `[]` },
		"one result more": func(_ *coretypes.ResultBlock, r *string) { *r = `{"height":"7","txs_results":[null,null]}` },
		"twice":           func(_ *coretypes.ResultBlock, r *string) { *r = `{"height":"7","txs_results":[],"txs_results":[null]}` },
		"height last":     func(_ *coretypes.ResultBlock, r *string) { *r = `{"txs_results":[null],"height":"7"}` },
		"nested": func(_ *coretypes.ResultBlock, r *string) {
			*r = `{"x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `,"height":"7","txs_results":[null]}`
		},
		"events first": func(_ *coretypes.ResultBlock, r *string) {
			*r = `{"height":"7","finalize_block_events":[],"txs_results":[null]}`
		},
	}
	for name, spoil := range cases {
		block, results := answers()
		spoil(block, &results)
		_, err := decode(block, results)
		require.ErrorIs(t, err, errIncomplete, name)
	}
}

// The reader of values says what CometBFT's own decoder says of the same answer.
func TestDecodeIsWhatCometBFTReads(t *testing.T) {
	raw, err := os.ReadFile("testdata/on_chain.json")
	require.NoError(t, err)
	var recorded struct {
		Blocks []struct {
			Events    json.RawMessage `json:"finalize_block_events"`
			TxResults json.RawMessage `json:"tx_results"`
		} `json:"blocks"`
	}
	require.NoError(t, json.Unmarshal(raw, &recorded))
	for _, b := range recorded.Blocks {
		results := fmt.Sprintf(`{"height":"7","txs_results":%s,"finalize_block_events":%s}`, b.TxResults, b.Events)
		var want coretypes.ResultBlockResults
		require.NoError(t, cmtjson.Unmarshal([]byte(results), &want))
		block, _ := answers()
		block.Block.Txs = make(types.Txs, len(want.TxsResults))
		block.Block.DataHash = block.Block.Txs.Hash()
		block.BlockID.Hash = block.Block.Header.Hash()
		got, err := decode(block, results)
		require.NoError(t, err)
		var events []abci.Event
		for i, tx := range want.TxsResults {
			events = append(events, tx.Events...)
			require.Equal(t, []any{tx.Code, tx.Codespace, tx.Log, tx.GasWanted, tx.GasUsed},
				[]any{got.txs[i].Code, got.txs[i].Codespace, got.txs[i].Log, got.txs[i].GasWanted, got.txs[i].GasUsed})
		}
		events = append(events, want.FinalizeBlockEvents...)
		require.Len(t, got.events, len(events))
		for i, e := range events {
			require.Equal(t, e.Type, got.events[i].Type)
			require.Len(t, got.events[i].Attributes, len(e.Attributes))
			for k, a := range e.Attributes {
				require.Equal(t, [2]string{a.Key, a.Value}, [2]string{got.events[i].Attributes[k].Key, got.events[i].Attributes[k].Value})
			}
		}
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
		next, last, events, txs, parts := map[string]uint32{}, map[string]int{}, 0, 0, 0
		s := &splitter{height: rapid.Int64Min(1).Draw(t, "height"), time: rapid.Int64().Draw(t, "time"), limit: limit}
		s.say = func(module_ string, p *chainv1.Events) error {
			require.Equal(t, []int64{s.height, s.time}, []int64{p.Height, p.TimeUnixNano})
			require.Equal(t, next[module_], p.Part)
			next[module_]++
			parts++
			items := len(p.Events) + len(p.Txs)
			require.Positive(t, items)
			require.True(t, proto.Size(p) <= limit || items == 1, "a part over the limit holds one item")
			for _, e := range p.Events {
				require.Equal(t, module(e.Type), module_)
				require.GreaterOrEqual(t, int(e.Index), last[module_])
				last[module_] = int(e.Index)
			}
			for i, tx := range p.Txs {
				require.Equal(t, uint32(txs+i), tx.Index)
			}
			events, txs = events+len(p.Events), txs+len(p.Txs)
			return nil
		}
		kinds := []string{"pocket.proof.E", "pocket.tokenomics.E", "transfer"}
		wantEvents, wantTxs := rapid.IntRange(0, 60).Draw(t, "events"), rapid.IntRange(0, 8).Draw(t, "txs")
		for i := range wantEvents {
			require.NoError(t, s.event(&chainv1.Event{Index: uint32(i), Type: rapid.SampledFrom(kinds).Draw(t, "kind"), Attributes: []*chainv1.Attribute{
				{Key: "k", Value: strings.Repeat("v", rapid.IntRange(0, 5000).Draw(t, "size"))}}}))
		}
		for i := range wantTxs {
			require.NoError(t, s.tx(&chainv1.Tx{Index: uint32(i), Raw: make([]byte, rapid.IntRange(0, 5000).Draw(t, "raw"))}))
		}
		require.NoError(t, s.close())
		require.Equal(t, []int{wantEvents, wantTxs, int(s.parts)}, []int{events, txs, parts})
	})
}

// Names that a node makes up are no more groups than there may be.
func TestSplitHoldsFewModules(t *testing.T) {
	s := &splitter{limit: 4096, say: func(string, *chainv1.Events) error { return nil }}
	for i := range 1000 {
		require.NoError(t, s.event(&chainv1.Event{Type: fmt.Sprintf("pocket.m%d.E", i)}))
	}
	require.NoError(t, s.tx(&chainv1.Tx{}))
	require.LessOrEqual(t, len(s.order), maxModules+2)
}

func TestSplitNamesWhatNoMessageCanHold(t *testing.T) {
	s := &splitter{limit: 4096}
	err := s.event(&chainv1.Event{Index: 3, Type: "x", Attributes: []*chainv1.Attribute{{Value: strings.Repeat("v", maxItem+1)}}})
	require.ErrorContains(t, err, "event 3, x: it has")
}

// FuzzDecode feeds a node's block_results as JSON: whatever a node says, it is read without a panic, and what is
// accepted can be encoded.
func FuzzDecode(f *testing.F) {
	_, results := answers()
	f.Add(results)
	f.Add(`{"height":"7","txs_results":[null]}`)
	f.Add(`{"height":7,"txs_results":[{"events":[{"attributes":[{"key":{}}]}]}],"x":[[{"a":[}`)
	f.Fuzz(func(t *testing.T, raw string) {
		block, _ := answers()
		h, err := decode(block, raw)
		if len(raw) > 1<<20 || err != nil {
			return
		}
		require.Equal(t, int(h.block.EventCount), len(h.events))
		require.Equal(t, int(h.block.Parts), len(h.parts))
		for _, p := range h.parts {
			_, err := proto.Marshal(p.events)
			require.NoError(t, err)
		}
	})
}
