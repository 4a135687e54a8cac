package submitter

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"github.com/cometbft/cometbft/types"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// proxy stands before a node's RPC. It answers a part of the broadcasts as a node does that took them, and drops them.
type proxy struct {
	server *http.Server
	url    string
	node   http.Handler
	part   float64

	mu      sync.Mutex
	random  *rand.Rand // the same draws in every run
	seen    int        // broadcasts
	dropped int
}

// maxCall bounds one call, in bytes: the node's own bound.
const maxCall = 8 << 20

func startProxy(node string, part float64) (*proxy, error) {
	to, err := url.Parse(node)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{
		url: "http://" + ln.Addr().String(), node: httputil.NewSingleHostReverseProxy(to), part: part, random: rand.New(rand.NewPCG(1, 2)),
	}
	p.server = &http.Server{Handler: p}
	go func() { _ = p.server.Serve(ln) }()
	return p, nil
}

func (p *proxy) close() { _ = p.server.Close() }

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if answer, dropped := p.drop(raw); dropped {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	p.node.ServeHTTP(w, r)
}

// drop answers a broadcast that the node is not to see.
func (p *proxy) drop(raw []byte) (answer []byte, dropped bool) {
	var call rpctypes.RPCRequest
	var params struct {
		Tx []byte `json:"tx"`
	}
	if json.Unmarshal(raw, &call) != nil || call.Method != "broadcast_tx_sync" || json.Unmarshal(call.Params, &params) != nil || !p.draw() {
		return nil, false
	}
	result, err := cmtjson.Marshal(&coretypes.ResultBroadcastTx{Hash: types.Tx(params.Tx).Hash()})
	if err != nil {
		return nil, false
	}
	answer, err = json.Marshal(rpctypes.RPCResponse{JSONRPC: "2.0", ID: call.ID, Result: result})
	return answer, err == nil
}

func (p *proxy) draw() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	hit := p.random.Float64() < p.part
	if hit {
		p.dropped++
	}
	return hit
}

// counts are the broadcasts seen, and how many of them were dropped.
func (p *proxy) counts() (seen, dropped int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen, p.dropped
}
