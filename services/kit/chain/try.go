package chain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// Node is one node, for answers that must be of the same one.
type Node struct {
	c *Client
	n *node
}

// Try asks the nodes one after the other, the best first, until one satisfies ask, whatever was the matter with those
// before. The error names each with its fault.
func (c *Client) Try(ctx context.Context, ask func(Node) error) error {
	var errs []error
	for _, n := range c.order() {
		err := ask(Node{c, n})
		if err == nil {
			c.use(n)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		errs = append(errs, fmt.Errorf("node %s: %w", n.name, err))
	}
	if len(errs) == 0 {
		return c.none()
	}
	return errors.Join(errs...)
}

// Block is the block at a height, with its id.
func (n Node) Block(ctx context.Context, height int64) (*coretypes.ResultBlock, error) {
	b, err := n.n.rpc.Block(ctx, &height)
	return b, wrap(fmt.Sprintf("ask for block %d", height), n.noted(ctx, err))
}

// Results hands the results of the block at a height to read as they come: the decoder's next value is like CometBFT's
// ResultBlockResults. The timeout is of each wait for the node, not of the whole; and at most so many bytes are held at
// once: the largest value that is decoded has fewer.
func (n Node) Results(ctx context.Context, height, most int64, read func(*json.Decoder) error) error {
	what := fmt.Sprintf("ask for results of block %d", height)
	asking, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body := &patient{cancel: cancel, wait: n.c.cfg.Timeout}
	if err := n.post(asking, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"block_results","params":{"height":"%d"}}`, height), body); err != nil {
		return wrap(what, n.noted(ctx, err))
	}
	defer func() { _ = body.Close() }()
	in := &window{from: body, most: most}
	in.to = json.NewDecoder(in)
	var refused error // by read: the node is not to blame
	err := readResult(in.to, func(d *json.Decoder) error { refused = read(d); return refused })
	if refused == nil || body.fault != nil {
		err = n.noted(ctx, cmp.Or(body.fault, err))
	}
	return wrap(what, err)
}

// post makes a call and leaves its answer in body.
func (n Node) post(ctx context.Context, call []byte, body *patient) error {
	to := n.n.url
	if to.Scheme == "tcp" {
		to.Scheme = "http"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(call))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	return body.within(func() error {
		answer, err := n.n.transport.RoundTrip(request) //nolint:bodyclose // by Results
		if err == nil {
			body.ReadCloser = answer.Body
		}
		return err
	})
}

// readResult reads a JSON-RPC answer, whose result goes to read. Its error is a *rpctypes.RPCError when the node says no.
func readResult(d *json.Decoder, read func(*json.Decoder) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return cmp.Or(err, errNoAnswer)
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "error":
			var said *rpctypes.RPCError
			if err := d.Decode(&said); err != nil {
				return err
			}
			if said != nil {
				return said
			}
		case "result":
			if err := read(d); err != nil {
				return err
			}
			found = true
		default:
			var ignored json.RawMessage
			if err := d.Decode(&ignored); err != nil {
				return err
			}
		}
	}
	if !found {
		return errNoAnswer
	}
	return nil
}

var errNoAnswer = errors.New("not an answer of JSON-RPC")

// noted notes a request that was not answered.
func (n Node) noted(ctx context.Context, err error) error {
	if !answered(err) && ctx.Err() == nil {
		n.c.failed(n.n, err)
	}
	return err
}
