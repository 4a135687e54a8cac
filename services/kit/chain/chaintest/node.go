package chaintest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/lodeworks/lode/services/kit/chain"
)

// Node is one node. It starts at height 1 without any answers; safe for concurrent use.
type Node struct {
	server *httptest.Server

	mu      sync.Mutex
	chainID string
	height  int64
	down    bool
	syncing bool
	answers map[string]answer
	take    func(tx []byte) (code uint32, log string)
	noTake  string // error that a broadcast ends with
	methods map[string]func(height int64) (any, error)
	hearers map[*websocket.Conn]bool // who subscribed to new blocks
	asked   map[string]int           // by abci_query path, or by RPC method
}

// answer turns a query's bytes into a reply's.
type answer func([]byte) ([]byte, error)

// Wire is what the messages of Cosmos modules implement.
type Wire interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// Refusal is an answer with a code: the chain's own "no".
type Refusal struct {
	Code uint32 // of codespace sdk
	Log  string
}

func (r *Refusal) Error() string { return fmt.Sprintf("code %d: %s", r.Code, r.Log) }

// NotFound is how a Cosmos chain says that something does not exist.
func NotFound(what string) error { return &Refusal{Code: 22, Log: what + ": not found"} }

// Start returns a node that ends with the test.
func Start(t testing.TB) *Node {
	t.Helper()
	n := &Node{chainID: "lode-test", height: 1, answers: map[string]answer{}, asked: map[string]int{}, methods: map[string]func(int64) (any, error){}, hearers: map[*websocket.Conn]bool{}}
	n.server = httptest.NewServer(n)
	t.Cleanup(n.server.Close)
	return n
}

// Config asks this node only.
func (n *Node) Config() chain.Config {
	return chain.Config{Nodes: []string{n.server.URL}, Timeout: 10 * time.Second}
}

// URL is the node's RPC address.
func (n *Node) URL() string { return n.server.URL }

// On sets the answer to a gRPC method, such as /pocket.shared.Query/Params. answer runs without a lock: it may
// block, and must be safe for concurrent use.
func On[Q any, P interface {
	*Q
	Wire
}](n *Node, method string, answer func(P) (Wire, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers[method] = func(raw []byte) ([]byte, error) {
		query := P(new(Q))
		if err := query.Unmarshal(raw); err != nil {
			return nil, &Refusal{Code: 18, Log: err.Error()}
		}
		reply, err := answer(query)
		if err != nil {
			return nil, err
		}
		return reply.Marshal()
	}
}

// OnHeight sets the answer to an RPC method that is asked for a height, such as block or block_results. A json.RawMessage
// goes out as it is. answer runs without a lock: it may block, and must be safe for concurrent use.
func (n *Node) OnHeight(method string, answer func(height int64) (any, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.methods[method] = answer
}

// OnBroadcast decides over transactions: code 0 takes one into the mempool. Without it all are taken.
func (n *Node) OnBroadcast(take func(tx []byte) (code uint32, log string)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.take = take
}

// SetBroadcastError makes broadcasts end with an error of the node's own; empty: not any more.
func (n *Node) SetBroadcastError(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noTake = text
}

// SetHeight makes height the newest block, and says it to who subscribed.
func (n *Node) SetHeight(height int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.height = height
	for conn := range n.hearers {
		n.say(conn)
	}
}

// Height is the newest block.
func (n *Node) Height() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.height
}

// SetChainID makes it a node of another chain; it starts as one of lode-test.
func (n *Node) SetChainID(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chainID = id
}

// SetCatchingUp makes the node say that it is behind its peers.
func (n *Node) SetCatchingUp(is bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.syncing = is
}

// SetDown makes the node answer every request with 502 and no JSON, as a proxy before a dead node does; its
// WebSockets end.
func (n *Node) SetDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
	if down {
		n.cut()
	}
}

// Asked is how often an abci_query path, or an RPC method, was asked for. Requests while down count as "down".
func (n *Node) Asked(path string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[path]
}

// BlockHash is the hash of the block at a height: fixed, different for each.
func BlockHash(height int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "lode test block %d", height))
	return sum[:]
}

// query finds the answer to an abci_query.
func (n *Node) query(path string, data []byte) ([]byte, error) {
	n.mu.Lock()
	f, ok := n.answers[path]
	n.asked[path]++
	n.mu.Unlock()
	if !ok {
		return nil, &Refusal{Code: 6, Log: "unknown query path " + path}
	}
	return f(data)
}

// refusalOf is the code that an answer's error has; errors of other kinds count as internal.
func refusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return &Refusal{Code: 1, Log: err.Error()}
}
