package indexer_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
)

// recorded is testdata/on_chain.json: what a real node's RPC gave.
type recorded struct {
	ChainID      string            `json:"chain_id"`
	BlockHashes  map[string]string `json:"block_hashes"`
	Transactions []struct {
		IncludedAt string `json:"included_at"`
		TxBytes    string `json:"tx_bytes"`
		TxHash     string `json:"tx_hash"`
	} `json:"transactions"`
	Blocks []struct {
		Height    int64           `json:"height"`
		Events    json.RawMessage `json:"finalize_block_events"`
		TxResults json.RawMessage `json:"tx_results"`
	} `json:"blocks"`
}

func load(t testing.TB) recorded {
	t.Helper()
	raw, err := os.ReadFile("testdata/on_chain.json")
	require.NoError(t, err)
	var r recorded
	require.NoError(t, json.Unmarshal(raw, &r))
	return r
}

func (r recorded) first() int64 { return r.Blocks[0].Height }

// block rebuilds the answer to "block"; the header's time is the height in seconds.
func (r recorded) block(t testing.TB, height int64) *coretypes.ResultBlock {
	t.Helper()
	hash, err := hex.DecodeString(r.BlockHashes[strconv.FormatInt(height, 10)])
	require.NoError(t, err)
	parent, err := hex.DecodeString(r.BlockHashes[strconv.FormatInt(height-1, 10)])
	require.NoError(t, err)
	b := &types.Block{Header: types.Header{
		ChainID: r.ChainID, Height: height, Time: time.Unix(height, 0).UTC(),
		LastBlockID: types.BlockID{Hash: parent}, ProposerAddress: make([]byte, 20),
	}, LastCommit: &types.Commit{}}
	for _, tx := range r.Transactions {
		if tx.IncludedAt == strconv.FormatInt(height, 10) {
			raw, err := hex.DecodeString(tx.TxBytes)
			require.NoError(t, err)
			b.Txs = append(b.Txs, raw)
		}
	}
	return &coretypes.ResultBlock{BlockID: types.BlockID{Hash: hash}, Block: b}
}

// results is the answer to "block_results", as recorded.
func (r recorded) results(height int64) json.RawMessage {
	at := r.Blocks[height-r.first()]
	return fmt.Appendf(nil, `{"height":"%d","txs_results":%s,"finalize_block_events":%s,"app_hash":""}`,
		height, at.TxResults, at.Events)
}

// fakeNode answers a CometBFT node's JSON-RPC from the recording. Its tip is moved by hand.
type fakeNode struct {
	t       testing.TB
	chain   recorded
	mu      sync.Mutex
	tip     int64
	chainID string
	refuse  map[string]int // method → how many times it still answers with an error
	down    int            // how many requests still get no answer at all
}

func newNode(t testing.TB, tip int64) (*fakeNode, string) {
	n := &fakeNode{t: t, chain: load(t), tip: tip, refuse: map[string]int{}}
	n.chainID = n.chain.ChainID
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	return n, server.URL
}

func (n *fakeNode) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

func (n *fakeNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down > 0 {
		n.down--
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var call struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params struct {
			Height string `json:"height"`
		} `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": call.ID}
	if result, err := n.answer(call.Method, call.Params.Height); err != nil {
		answer["error"] = map[string]any{"code": -32603, "message": "Internal error", "data": err.Error()}
	} else {
		answer["result"] = result
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (n *fakeNode) answer(method, at string) (json.RawMessage, error) {
	if n.refuse[method] > 0 {
		n.refuse[method]--
		return nil, fmt.Errorf("could not find results for height #%s", at)
	}
	if method == "status" {
		return fmt.Appendf(nil, `{"node_info":{"network":%q},"sync_info":{"latest_block_height":"%d","earliest_block_height":"%d"}}`,
			n.chainID, n.tip, n.chain.first()), nil
	}
	height, err := strconv.ParseInt(at, 10, 64)
	if err != nil || height > n.tip || height < n.chain.first() {
		return nil, fmt.Errorf("height %s is not available", at)
	}
	if method == "block_results" {
		return n.chain.results(height), nil
	}
	return cmtjson.Marshal(n.chain.block(n.t, height))
}
