package chain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// Verdict is what a node made of a transaction.
type Verdict int

// All verdicts.
const (
	Unknown Verdict = iota // it did not answer, or had no room: it may have the transaction all the same
	Taken                  // it is in the node's mempool, or was; that is not yet in a block
	Refused                // it was judged and found wanting
)

// Answer is one node's to a transaction.
type Answer struct {
	Node      string // host:port and path
	Verdict   Verdict
	Codespace string // of Code; empty: the node's own error, not the application's
	Code      uint32
	Text      string
}

// Spread says which nodes a transaction goes to.
type Spread struct {
	Tried []string // nodes that had their turn, by name, as often as they had it: of those as good the one tried least is next
	All   bool     // to all that are well at once, not to the first that answers
}

// Broadcast hands a transaction to a node's mempool. Code 0 means that it was taken there, not that it is in a
// block.
func (c *Client) Broadcast(ctx context.Context, tx []byte) (r *coretypes.ResultBroadcastTx, err error) {
	err = c.do(ctx, func(n *node) (err error) { r, err = n.rpc.BroadcastTxSync(ctx, tx); return })
	return r, wrap("broadcast", err)
}

// Send hands a transaction to nodes' mempools and returns what they answered: the best node's, and those of nodes before it
// that did not answer or had no room.
func (c *Client) Send(ctx context.Context, tx []byte, to Spread) (answers []Answer) {
	order, good := c.rank(to.Tried)
	if to.All && good > 1 {
		answers = make([]Answer, good)
		var group sync.WaitGroup
		for i, n := range order[:good] {
			group.Go(func() { answers[i] = c.send(ctx, n, tx) })
		}
		group.Wait()
		order = order[good:]
	}
	for _, n := range order {
		if slices.ContainsFunc(answers, func(a Answer) bool { return a.Verdict != Unknown }) || ctx.Err() != nil {
			break
		}
		answers = append(answers, c.send(ctx, n, tx))
	}
	return answers
}

// rank is order with the node tried least first among those as good, and how many are well.
func (c *Client) rank(tried []string) (order []*node, good int) {
	order = c.order()
	c.mu.Lock()
	defer c.mu.Unlock()
	states, turns := map[*node]state{}, map[string]int{}
	for _, n := range order {
		if states[n], _ = c.judge(n); states[n] == well {
			good++
		}
	}
	for _, name := range tried {
		turns[name]++
	}
	slices.SortStableFunc(order, func(a, b *node) int {
		return cmp.Or(cmp.Compare(states[a], states[b]), cmp.Compare(turns[a.name], turns[b.name]))
	})
	return order, good
}

// send hands a transaction to one node.
func (c *Client) send(ctx context.Context, n *node, tx []byte) Answer {
	r, err := n.rpc.BroadcastTxSync(ctx, tx)
	if !answered(err) && ctx.Err() == nil {
		c.failed(n, err)
	}
	a := judgement(r, err)
	a.Node = n.name
	return a
}

// What CometBFT says in the text of an error, for it has no codes for it.
const (
	textInCache = "tx already exists in cache"
	textFull    = "mempool is full"
	textRecheck = "mempool is still rechecking"
)

// The codes of codespace sdk that count as taken, when they are said of the very same bytes.
const (
	codeInvalidRequest = 18 // with textUsed
	codeInMempool      = 19
	textUsed           = "has already used timeout" // by an unordered transaction: each of ours has its own
)

// judgement reads a node's answer to a transaction.
func judgement(r *coretypes.ResultBroadcastTx, err error) Answer {
	var rpc *rpctypes.RPCError
	switch {
	case err == nil:
		a := Answer{Verdict: Refused, Codespace: r.Codespace, Code: r.Code, Text: r.Log}
		used := r.Code == codeInvalidRequest && strings.Contains(r.Log, textUsed) || r.Code == codeInMempool
		if r.Code == 0 || used && r.Codespace == "sdk" {
			a.Verdict = Taken
		}
		return a
	case !errors.As(err, &rpc):
		return Answer{Text: err.Error()}
	}
	a := Answer{Verdict: Refused, Text: cmp.Or(rpc.Data, rpc.Message)}
	switch {
	case strings.Contains(a.Text, textInCache):
		a.Verdict = Taken
	case strings.Contains(a.Text, textFull), strings.Contains(a.Text, textRecheck):
		a.Verdict = Unknown
	}
	return a
}

// String is the answer as a text for people.
func (a Answer) String() string {
	switch {
	case a.Verdict == Unknown:
		return fmt.Sprintf("node %s did not take it: %s", a.Node, a.Text)
	case a.Codespace == "":
		return fmt.Sprintf("node %s: %s", a.Node, a.Text)
	default:
		return fmt.Sprintf("node %s: %s %d: %s", a.Node, a.Codespace, a.Code, a.Text)
	}
}
