package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/ws"
)

// headers are how a node's WebSocket is kept within bounds: what it says are headers of blocks, and one that is silent
// for longer than Every and Pong together is lost.
var headers = ws.Limits{Frame: 1 << 20, Read: 10 * time.Second, Write: 5 * time.Second, Every: 3 * time.Second, Pong: 3 * time.Second}

// subscription asks for headers. A block's own event would have all events of the block in it.
const subscription = `{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"query":"tm.event='NewBlockHeader'"}}`

// listen hears a node's new heights until ctx ends, over one WebSocket after the other. It only makes known sooner what
// asking would find: nothing depends on what it hears or misses.
func (c *Client) listen(ctx context.Context, n *node, log *slog.Logger) {
	for failures := 0; ctx.Err() == nil; failures++ {
		subscribed, err := c.hear(ctx, n)
		c.metrics.hears.WithLabelValues(n.name).Set(0)
		if subscribed {
			failures = 0
		}
		if failures == 0 && ctx.Err() == nil {
			log.Warn("chain node's new blocks are not heard, it is asked", "node", n.name, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest(time.Second, failures)):
		}
	}
}

// hear is one WebSocket from beginning to end. subscribed tells that the node took the subscription.
func (c *Client) hear(ctx context.Context, n *node) (subscribed bool, err error) {
	conn, err := c.dialHeaders(ctx, n)
	if err != nil {
		return false, err
	}
	defer conn.CloseNow()
	group, alive := errgroup.WithContext(ctx)
	group.Go(func() error { return conn.KeepAlive(alive) })
	group.Go(func() error {
		<-alive.Done()
		if ctx.Err() != nil {
			conn.Close(websocket.StatusNormalClosure, "")
		}
		conn.CloseNow()
		return nil
	})
	group.Go(func() error {
		if err := conn.Write(websocket.MessageText, []byte(subscription)); err != nil {
			return err
		}
		for {
			frame, err := conn.Read()
			if err != nil {
				return err
			}
			chainID, height, err := readHeader(frame.Data)
			frame.Release()
			if err != nil {
				return err
			}
			subscribed = true
			c.metrics.hears.WithLabelValues(n.name).Set(1)
			c.heard(n, chainID, height)
		}
	})
	return subscribed, group.Wait()
}

func (c *Client) dialHeaders(ctx context.Context, n *node) (*ws.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, watchTimeout)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, n.url.JoinPath("websocket").String(), nil)
	if err != nil {
		return nil, fmt.Errorf("open WebSocket: %w", err)
	}
	if answer.Body != nil {
		_ = answer.Body.Close()
	}
	return ws.Wrap(conn, headers), nil
}

// readHeader reads what a subscription says; height is 0 in its first answer, which only confirms it.
func readHeader(raw []byte) (chainID string, height int64, err error) {
	var said struct {
		Error  json.RawMessage `json:"error"`
		Result struct {
			Data struct {
				Value struct {
					Header struct {
						ChainID string `json:"chain_id"`
						Height  int64  `json:"height,string"`
					} `json:"header"`
				} `json:"value"`
			} `json:"data"`
		} `json:"result"`
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return "", 0, fmt.Errorf("decode header: %w", err)
	}
	if len(said.Error) > 0 {
		return "", 0, errors.New("subscription: " + string(said.Error))
	}
	header := said.Result.Data.Value.Header
	return header.ChainID, header.Height, nil
}

// heard notes a height that a node has said by itself.
func (c *Client) heard(n *node, chainID string, height int64) {
	c.mu.Lock()
	fresh := chainID == n.chainID && height > n.height
	if fresh {
		n.height = height
	}
	c.mu.Unlock()
	if fresh {
		c.spread()
	}
}
