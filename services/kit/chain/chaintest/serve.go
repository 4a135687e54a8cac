package chaintest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"github.com/cometbft/cometbft/types"
)

// params are those of all methods served.
type params struct {
	Path   string `json:"path"`
	Data   string `json:"data"`   // hex
	Height string `json:"height"` // decimal
	Tx     []byte `json:"tx"`     // base64
}

// ServeHTTP answers one JSON-RPC call.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n.unavailable() {
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	}
	if r.URL.Path == "/websocket" {
		n.subscriber(w, r)
		return
	}
	var call rpctypes.RPCRequest
	var p params
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := json.Unmarshal(call.Params, &p); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	res := rpctypes.RPCResponse{JSONRPC: "2.0", ID: call.ID}
	result, err := n.call(call.Method, p)
	if raw, ok := result.(json.RawMessage); ok {
		res.Result = raw
	} else if err == nil {
		res.Result, err = cmtjson.Marshal(result)
	}
	if err != nil {
		res.Error = &rpctypes.RPCError{Code: -32603, Message: "Internal error", Data: err.Error()}
	}
	_ = json.NewEncoder(w).Encode(res)
}

func (n *Node) unavailable() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		n.asked["down"]++
	}
	return n.down
}

func (n *Node) call(method string, p params) (any, error) {
	n.mu.Lock()
	n.asked[method]++
	answer := n.methods[method]
	n.mu.Unlock()
	if height, err := strconv.ParseInt(p.Height, 10, 64); answer != nil {
		if err != nil || height < 1 || height > n.Height() {
			return nil, fmt.Errorf("height %q is not available", p.Height)
		}
		return answer(height)
	}
	switch method {
	case "status":
		return n.status(), nil
	case "block":
		return n.block(p.Height)
	case "abci_query":
		return n.abciQuery(p)
	case "broadcast_tx_sync":
		return n.broadcast(p.Tx)
	default:
		return nil, fmt.Errorf("method %q is not served", method)
	}
}

func (n *Node) status() *coretypes.ResultStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	return &coretypes.ResultStatus{
		NodeInfo: p2p.DefaultNodeInfo{Network: n.chainID},
		SyncInfo: coretypes.SyncInfo{
			LatestBlockHeight: n.height, LatestBlockHash: BlockHash(n.height), LatestBlockTime: timeOf(n.height), EarliestBlockHeight: 1, CatchingUp: n.syncing,
		},
	}
}

// timeOf is a block's time: its height in seconds.
func timeOf(height int64) time.Time { return time.Unix(height, 0).UTC() }

func (n *Node) block(at string) (*coretypes.ResultBlock, error) {
	height, err := strconv.ParseInt(at, 10, 64)
	if err != nil || height < 1 || height > n.Height() {
		return nil, fmt.Errorf("height %q is not available", at)
	}
	header := types.Header{
		ChainID: n.chainID, Height: height, Time: timeOf(height),
		LastBlockID: types.BlockID{Hash: BlockHash(height - 1)}, ProposerAddress: make([]byte, 20),
	}
	return &coretypes.ResultBlock{
		BlockID: types.BlockID{Hash: BlockHash(height)}, Block: &types.Block{Header: header, LastCommit: &types.Commit{}},
	}, nil
}

func (n *Node) abciQuery(p params) (*coretypes.ResultABCIQuery, error) {
	data, err := hex.DecodeString(p.Data)
	if err != nil {
		return nil, err
	}
	value, err := n.query(p.Path, data)
	if err != nil {
		r := refusalOf(err)
		return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Code: r.Code, Codespace: "sdk", Log: r.Log}}, nil
	}
	return &coretypes.ResultABCIQuery{Response: abci.ResponseQuery{Value: value, Height: n.Height()}}, nil
}

func (n *Node) broadcast(tx []byte) (*coretypes.ResultBroadcastTx, error) {
	n.mu.Lock()
	take, fault := n.take, n.noTake
	n.mu.Unlock()
	if fault != "" {
		return nil, errors.New(fault)
	}
	hash := sha256.Sum256(tx)
	res := &coretypes.ResultBroadcastTx{Hash: hash[:]}
	if take == nil {
		return res, nil
	}
	if res.Code, res.Log = take(tx); res.Code != 0 {
		res.Codespace = "sdk"
	}
	return res, nil
}
