package indexer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/chain/chaintest"
)

// recorded is testdata/on_chain.json: what a real node's RPC gave.
type recorded struct {
	ChainID      string `json:"chain_id"`
	Transactions []struct {
		IncludedAt string `json:"included_at"`
		TxBytes    string `json:"tx_bytes"`
	} `json:"transactions"`
	Blocks []struct {
		Height    int64           `json:"height"`
		Events    json.RawMessage `json:"finalize_block_events"`
		TxResults json.RawMessage `json:"tx_results"`
	} `json:"blocks"`

	headers map[int64]*coretypes.ResultBlock // made of it
}

func load(t testing.TB) *recorded {
	t.Helper()
	raw, err := os.ReadFile("testdata/on_chain.json")
	require.NoError(t, err)
	r := &recorded{}
	require.NoError(t, json.Unmarshal(raw, r))
	r.build(t, "")
	return r
}

func (r *recorded) first() int64 { return r.Blocks[0].Height }

func (r *recorded) last() int64 { return r.first() + int64(len(r.Blocks)) - 1 }

// app is the hash of the state behind a height.
func app(height int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "state %d", height))
	return sum[:]
}

// build makes the blocks, which were not recorded: each names the one before. Their time is the height in seconds. Blocks of
// another salt are of a fork.
func (r *recorded) build(t testing.TB, salt string) {
	t.Helper()
	r.headers = map[int64]*coretypes.ResultBlock{}
	parent := bytes.Repeat([]byte{7}, 32)
	for height := r.first(); height <= r.last(); height++ {
		b := &types.Block{LastCommit: &types.Commit{}}
		for _, tx := range r.Transactions {
			if tx.IncludedAt == strconv.FormatInt(height, 10) {
				raw, err := hex.DecodeString(tx.TxBytes)
				require.NoError(t, err)
				b.Txs = append(b.Txs, raw)
			}
		}
		b.Header = types.Header{
			ChainID: r.ChainID, Height: height, Time: time.Unix(height, 0).UTC(), ProposerAddress: make([]byte, 20),
			LastBlockID: types.BlockID{Hash: parent}, AppHash: app(height - 1), DataHash: b.Txs.Hash(), ValidatorsHash: app(0), EvidenceHash: []byte(salt),
		}
		parent = b.Header.Hash()
		r.headers[height] = &coretypes.ResultBlock{BlockID: types.BlockID{Hash: parent}, Block: b}
	}
}

// results is the answer to "block_results", as recorded.
func (r *recorded) results(height int64) json.RawMessage {
	at := r.Blocks[height-r.first()]
	return fmt.Appendf(nil, `{"height":"%d","txs_results":%s,"finalize_block_events":%s,"validator_updates":null,"app_hash":%q}`,
		height, at.TxResults, at.Events, base64.StdEncoding.EncodeToString(app(height)))
}

// fakeNode is a CometBFT node that answers from the recording. Its tip is moved by hand.
type fakeNode struct {
	*chaintest.Node
	mu     sync.Mutex
	chain  *recorded
	refuse map[string]int // method → how many times it still answers with an error
	spoil  func(method string, height int64, answer any) any
}

// newNode starts one at a tip.
func newNode(t testing.TB, tip int64) *fakeNode {
	n := &fakeNode{Node: chaintest.Start(t), chain: load(t), refuse: map[string]int{}}
	n.SetChainID(n.chain.ChainID)
	n.SetHeight(tip)
	for _, method := range []string{"block", "block_results"} {
		n.OnHeight(method, func(height int64) (any, error) { return n.answer(method, height) })
	}
	return n
}

func (n *fakeNode) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

func (n *fakeNode) answer(method string, height int64) (answer any, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.refuse[method] > 0:
		n.refuse[method]--
		return nil, fmt.Errorf("could not find results for height #%d", height)
	case height < n.chain.first():
		return nil, fmt.Errorf("height %d is not available, lowest height is %d", height, n.chain.first())
	case method == "block":
		answer = n.chain.headers[height]
	default:
		answer = n.chain.results(height)
	}
	if n.spoil != nil {
		answer = n.spoil(method, height, answer)
	}
	return answer, nil
}
