package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lodeworks/lode/services/kit/chain"
)

// node is what a chain node says of itself.
type node struct {
	url        string
	err        error
	chainID    string
	height     int64
	time       time.Time // of its newest block
	catchingUp bool
}

// What is still well.
const (
	blockOld   = 5 * time.Minute  // a newest block of this age: the node, or the chain, stands still
	clockAhead = 10 * time.Second // a block of the future: our clock is late
	fewBlocks  = 5                // that a node may be behind
)

// lookChain asks each node of all configurations.
func lookChain(ctx context.Context, parts []Part) (nodes []node) {
	urls := map[string]chain.Config{}
	for _, p := range parts {
		if p.Chain != nil {
			for _, url := range p.Chain.Nodes {
				urls[url] = *p.Chain
			}
		}
	}
	for _, url := range slices.Sorted(maps.Keys(urls)) {
		cfg := urls[url]
		cfg.Nodes, cfg.Timeout = []string{url}, patience
		n := node{url: url}
		client, err := chain.Dial(cfg)
		if err != nil {
			nodes = append(nodes, node{url: url, err: err})
			continue
		}
		status, err := client.Status(ctx)
		if n.err = err; err == nil {
			n.chainID, n.height = status.NodeInfo.Network, status.SyncInfo.LatestBlockHeight
			n.time, n.catchingUp = status.SyncInfo.LatestBlockTime, status.SyncInfo.CatchingUp
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// judgeChain compares nodes with each other and with the clock.
func judgeChain(nodes []node, now time.Time) (all []Finding) {
	var best node
	for _, n := range nodes {
		if n.err == nil && n.height > best.height {
			best = n
		}
	}
	for _, n := range nodes {
		age := now.Sub(n.time)
		switch {
		case n.err != nil:
			all = append(all, fail("chain", n.url, n.err.Error(), "start the node, or take it out of chain.nodes"))
		case n.chainID != best.chainID:
			all = append(all, fail("chain", n.url, fmt.Sprintf("is of chain %s, %s of %s", n.chainID, best.url, best.chainID), "take the wrong one out of chain.nodes"))
		case n.catchingUp || n.height+fewBlocks < best.height:
			all = append(all, warn("chain", n.url, fmt.Sprintf("height %d, %s has %d", n.height, best.url, best.height), "wait until it has caught up; services pass it over meanwhile"))
		case age > blockOld:
			all = append(all, fail("chain", n.url, fmt.Sprintf("newest block %d is %s old", n.height, age.Round(time.Second)), "claims and proofs wait: has the node peers, does the chain move?"))
		case age < -clockAhead:
			all = append(all, fail("clock", n.url, fmt.Sprintf("newest block is %s ahead of this machine", (-age).Round(time.Second)), "set this machine's clock (NTP)"))
		default:
			all = append(all, ok("chain", n.url, "%s at height %d, %s old", n.chainID, n.height, age.Round(time.Second)))
		}
	}
	return all
}
