package chain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// Config says which nodes to ask.
type Config struct {
	Nodes   []string      `koanf:"nodes"`   // CometBFT RPC addresses, http://host:port; the first that answers is used
	Timeout time.Duration `koanf:"timeout"` // of one request to one node
}

// Default is a node on this machine.
func Default() Config {
	return Config{Nodes: []string{"http://127.0.0.1:26657"}, Timeout: 10 * time.Second}
}

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if len(c.Nodes) == 0 {
		errs = append(errs, errors.New("chain.nodes: at least one node is needed"))
	}
	for _, n := range c.Nodes {
		if u, err := url.Parse(n); err != nil || u.Host == "" {
			errs = append(errs, fmt.Errorf("chain.nodes: %q is not a URL with a host", n))
		}
	}
	if c.Timeout <= 0 {
		errs = append(errs, errors.New("chain.timeout: must be positive"))
	}
	return errors.Join(errs...)
}

// Client asks the nodes; safe for concurrent use. When the node in use fails to answer, the next one is tried.
type Client struct {
	nodes   []*rpchttp.HTTP
	current atomic.Uint32 // index of the node in use
}

// Dial makes a client; it does not connect yet.
func Dial(cfg Config) (*Client, error) {
	c := &Client{}
	for _, n := range cfg.Nodes {
		transport := &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}
		node, err := rpchttp.NewWithClient(n, "/websocket", &http.Client{Timeout: cfg.Timeout, Transport: transport})
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n, err)
		}
		c.nodes = append(c.nodes, node)
	}
	return c, nil
}

// do asks the node in use, then the others in turn when it did not answer. An answer that is an error of the
// chain (not of the transport) is final.
func (c *Client) do(ctx context.Context, ask func(*rpchttp.HTTP) error) error {
	var errs []error
	first := c.current.Load()
	for i := range uint32(len(c.nodes)) {
		at := (first + i) % uint32(len(c.nodes))
		err := ask(c.nodes[at])
		var answer *rpctypes.RPCError
		if err == nil || errors.As(err, &answer) || ctx.Err() != nil {
			c.current.Store(at)
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Status is the node's chain id, newest height and time.
func (c *Client) Status(ctx context.Context) (s *coretypes.ResultStatus, err error) {
	err = c.do(ctx, func(n *rpchttp.HTTP) (err error) { s, err = n.Status(ctx); return })
	return s, wrap("ask for status", err)
}

// Block is the block at a height, with its id.
func (c *Client) Block(ctx context.Context, height int64) (b *coretypes.ResultBlock, err error) {
	err = c.do(ctx, func(n *rpchttp.HTTP) (err error) { b, err = n.Block(ctx, &height); return })
	return b, wrap(fmt.Sprintf("ask for block %d", height), err)
}

// BlockResults are the results of the block at a height. For the newest height the node may not have them yet.
func (c *Client) BlockResults(ctx context.Context, height int64) (r *coretypes.ResultBlockResults, err error) {
	err = c.do(ctx, func(n *rpchttp.HTTP) (err error) { r, err = n.BlockResults(ctx, &height); return })
	return r, wrap(fmt.Sprintf("ask for results of block %d", height), err)
}

// Broadcast hands a transaction to a node's mempool. Code 0 means that it was taken there, not that it is in a
// block.
func (c *Client) Broadcast(ctx context.Context, tx []byte) (r *coretypes.ResultBroadcastTx, err error) {
	err = c.do(ctx, func(n *rpchttp.HTTP) (err error) { r, err = n.BroadcastTxSync(ctx, tx); return })
	return r, wrap("broadcast", err)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
