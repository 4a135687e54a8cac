package chaintest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/coder/websocket"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"github.com/cometbft/cometbft/types"
)

// subscriber serves one WebSocket: whatever is subscribed to, new blocks' headers are said.
func (n *Node) subscriber(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	_, raw, err := conn.Read(r.Context())
	var call rpctypes.RPCRequest
	if err != nil || json.Unmarshal(raw, &call) != nil {
		return
	}
	n.mu.Lock()
	n.asked[call.Method]++
	n.hearers[conn] = true
	send(conn, rpctypes.RPCResponse{JSONRPC: "2.0", ID: call.ID, Result: json.RawMessage("{}")})
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.hearers, conn)
	}()
	_, _, _ = conn.Read(context.Background()) // nothing more is taken: it ends with the connection
}

// say tells the newest height to one who subscribed. Called with mu.
func (n *Node) say(conn *websocket.Conn) {
	event, err := cmtjson.Marshal(coretypes.ResultEvent{
		Query:  types.EventQueryNewBlockHeader.String(),
		Data:   types.EventDataNewBlockHeader{Header: types.Header{ChainID: n.chainID, Height: n.height, Time: timeOf(n.height)}},
		Events: map[string][]string{"tm.event": {types.EventNewBlockHeader}},
	})
	if err != nil {
		panic(err) // a value of ours
	}
	send(conn, rpctypes.RPCResponse{JSONRPC: "2.0", ID: rpctypes.JSONRPCIntID(1), Result: event})
}

// CutSubscribers ends all WebSockets without a word.
func (n *Node) CutSubscribers() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut()
}

func (n *Node) cut() {
	for conn := range n.hearers {
		_ = conn.CloseNow()
		delete(n.hearers, conn)
	}
}

// send is for who reads; one that does not is lost.
func send(conn *websocket.Conn, answer rpctypes.RPCResponse) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	raw, err := json.Marshal(answer)
	if err != nil || conn.Write(ctx, websocket.MessageText, raw) != nil {
		_ = conn.CloseNow()
	}
}
