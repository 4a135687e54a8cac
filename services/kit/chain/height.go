package chain

import (
	"context"
	"errors"
	"fmt"
)

// ErrForeign is returned when each node has said that it is of another chain. No retry can help.
var ErrForeign = errors.New("no node follows chain")

// Follow makes a chain the one to follow, as the configuration's chain_id does.
func (c *Client) Follow(chainID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cfg.ChainID = chainID
}

// Await returns the quorum's height as soon as it is above another. It needs [Client.Watch].
func (c *Client) Await(ctx context.Context, above int64) (height int64, err error) {
	for {
		news := c.nextNews() // before looking: what comes in between is not missed
		if err := c.foreign(); err != nil {
			return 0, err
		}
		if height, known := c.QuorumHeight(); known && height > above {
			return height, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-news:
		}
	}
}

// foreign is ErrForeign when no node is left that could be of the chain.
func (c *Client) foreign() error {
	c.mu.Lock()
	for _, n := range c.nodes {
		if at, _ := c.judge(n); at != foreign {
			c.mu.Unlock()
			return nil
		}
	}
	c.mu.Unlock()
	return c.none()
}

// none is ErrForeign with the chain, and the one that the first node is of.
func (c *Client) none() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("%w %q: the first is of %q", ErrForeign, c.chainID(), c.nodes[0].chainID)
}

// nextNews is closed when something else is known of a node.
func (c *Client) nextNews() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.news == nil {
		c.news = make(chan struct{})
	}
	return c.news
}

// spread wakes who waits for news.
func (c *Client) spread() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.news != nil {
		close(c.news)
		c.news = nil
	}
}
