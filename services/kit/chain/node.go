package chain

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
)

// node is one node and what is known of it. What changes is guarded by its client's mu.
type node struct {
	rpc       *rpchttp.HTTP
	transport *http.Transport // for what rpc does not do
	url       url.URL
	index     int
	name      string // as in metrics and lines: host:port and path

	chainID    string // empty: not known yet
	height     int64  // newest that it has said; 0: none yet
	catchingUp bool   // it says that it is behind its peers
	failures   int    // requests in a row that it did not answer
	err        error  // of the last of these
	told       state  // as last logged
}

// state is how good a node is to ask: the lower the better.
type state int

const (
	well    state = iota
	behind        // it answers from an older state
	down          // it did not answer the last request
	foreign       // of another chain: what it says is not for us
)

// judge says how a node is, and what its fault is, empty when it is well.
func (c *Client) judge(n *node) (state, string) {
	if id := c.chainID(); n.chainID != "" && n.chainID != id {
		return foreign, fmt.Sprintf("is of chain %q, not of %q", n.chainID, id)
	}
	if n.failures > 0 {
		return down, fmt.Sprintf("does not answer: %v", n.err)
	}
	if !c.watching || n.height == 0 {
		return well, ""
	}
	highest := c.highest()
	switch {
	case n.catchingUp:
		return behind, "is catching up"
	case c.cfg.MaxLag > 0 && highest-n.height > c.cfg.MaxLag:
		return behind, fmt.Sprintf("is more than %d blocks behind", c.cfg.MaxLag)
	default:
		return well, ""
	}
}

// chainID is the chain to follow: the one configured, else that of most nodes, and of the first of these. Empty: none
// is known yet.
func (c *Client) chainID() string {
	if c.cfg.ChainID != "" {
		return c.cfg.ChainID
	}
	best, most := "", 0
	for _, n := range c.nodes {
		votes := 0
		for _, other := range c.nodes {
			if n.chainID != "" && other.chainID == n.chainID {
				votes++
			}
		}
		if votes > most {
			best, most = n.chainID, votes
		}
	}
	return best
}

// highest is the highest height that a node of our chain has said. A node that does not answer now counts: what
// it had is there.
func (c *Client) highest() (height int64) {
	id := c.chainID()
	for _, n := range c.nodes {
		if n.chainID == id {
			height = max(height, n.height)
		}
	}
	return height
}

// order lists the nodes as they are to be asked: the better state first, and among equals the node in use and those
// behind it in the configuration. Those of another chain are left out.
func (c *Client) order() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := slices.Concat(c.nodes[c.current:], c.nodes[:c.current])
	states := map[*node]state{}
	for _, n := range list {
		states[n], _ = c.judge(n)
	}
	list = slices.DeleteFunc(list, func(n *node) bool { return states[n] == foreign })
	slices.SortStableFunc(list, func(a, b *node) int { return cmp.Compare(states[a], states[b]) })
	return list
}

// use notes that a node has answered: it is the node in use.
func (c *Client) use(n *node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, n.failures, n.err = n.index, 0, nil
}

// failed notes that a node did not answer.
func (c *Client) failed(n *node, err error) {
	c.metrics.failures.WithLabelValues(n.name).Inc()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.failures, n.err = n.failures+1, err
}

// status asks a node how it is, and notes the answer.
func (c *Client) status(ctx context.Context, n *node) (*coretypes.ResultStatus, error) {
	begun := time.Now()
	s, err := n.rpc.Status(ctx)
	if err != nil {
		return nil, err
	}
	c.metrics.latency.WithLabelValues(n.name).Set(time.Since(begun).Seconds())
	c.mu.Lock()
	defer c.mu.Unlock()
	n.chainID, n.height, n.catchingUp = s.NodeInfo.Network, s.SyncInfo.LatestBlockHeight, s.SyncInfo.CatchingUp
	return s, nil
}

// Faults says of each node by its name what is wrong with it, empty when nothing is.
func (c *Client) Faults() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]string, len(c.nodes))
	for _, n := range c.nodes {
		_, out[n.name] = c.judge(n)
	}
	return out
}

// QuorumHeight is the highest height that enough nodes have reached; false while there are too few. A number that is
// configured counts every node of our chain, and what one that is down had before. Without one it is most of the nodes
// that are well: of three two, and with one of two down the other alone. It needs [Client.Watch], and may go back when a
// node comes back.
func (c *Client) QuorumHeight() (height int64, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.chainID()
	var heights []int64
	for _, n := range c.nodes {
		at, _ := c.judge(n)
		if n.height > 0 && n.chainID == id && (at == well || c.cfg.Quorum > 0) {
			heights = append(heights, n.height)
		}
	}
	enough := cmp.Or(c.cfg.Quorum, len(heights)/2+1)
	if len(heights) < enough {
		return 0, false
	}
	slices.Sort(heights)
	return heights[len(heights)-enough], true
}
