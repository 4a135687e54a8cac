package chain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// Client asks the nodes; safe for concurrent use. It stays with the node in use while that is well. When it fails to
// answer, the next one is tried.
type Client struct {
	cfg     Config
	metrics *metrics

	mu       sync.Mutex
	nodes    []*node       // as configured; the list never changes, what is known of them does
	current  int           // index of the node in use
	watching bool          // what is known of the nodes is fresh
	news     chan struct{} // closed when something else is known of a node; nil: nobody waits for it
}

// Dial makes a client; it does not connect yet.
func Dial(cfg Config) (*Client, error) {
	c := &Client{cfg: cfg, metrics: newMetrics()}
	for i, n := range cfg.Nodes {
		at, err := url.Parse(n)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n, err)
		}
		transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
		rpc, err := rpchttp.NewWithClient(n, "/websocket", &http.Client{Timeout: cfg.Timeout, Transport: bounded{transport, cfg.MaxAnswer}})
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n, err)
		}
		c.nodes = append(c.nodes, &node{rpc: rpc, transport: transport, url: *at, index: i, name: at.Host + at.Path})
	}
	return c, nil
}

// do asks the node in use, then the others when it did not answer, the best first. An answer that is an error of the
// chain (not of the transport) is final.
func (c *Client) do(ctx context.Context, ask func(*node) error) error {
	var errs []error
	for _, n := range c.order() {
		err := ask(n)
		switch {
		case answered(err):
			c.use(n)
			return err
		case ctx.Err() != nil: // who asked has left: the node is not to blame
			return err
		}
		c.failed(n, err)
		errs = append(errs, fmt.Errorf("node %s: %w", n.name, err))
	}
	if len(errs) == 0 {
		return c.none()
	}
	return errors.Join(errs...)
}

// answered tells whether a node has answered, be it with an error.
func answered(err error) bool {
	var answer *rpctypes.RPCError
	return err == nil || errors.As(err, &answer)
}

// Status is the node's chain id, newest height and time.
func (c *Client) Status(ctx context.Context) (s *coretypes.ResultStatus, err error) {
	err = c.do(ctx, func(n *node) (err error) { s, err = c.status(ctx, n); return })
	return s, wrap("ask for status", err)
}

// Block is the block at a height, with its id.
func (c *Client) Block(ctx context.Context, height int64) (b *coretypes.ResultBlock, err error) {
	err = c.do(ctx, func(n *node) (err error) { b, err = n.rpc.Block(ctx, &height); return })
	return b, wrap(fmt.Sprintf("ask for block %d", height), err)
}

// BlockResults are the results of the block at a height. For the newest height the node may not have them yet.
func (c *Client) BlockResults(ctx context.Context, height int64) (r *coretypes.ResultBlockResults, err error) {
	err = c.do(ctx, func(n *node) (err error) { r, err = n.rpc.BlockResults(ctx, &height); return })
	return r, wrap(fmt.Sprintf("ask for results of block %d", height), err)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
