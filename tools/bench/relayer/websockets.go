package relayer

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/facts/factstest"
)

// message is one signed message of a WebSocket, and its answer.
type message struct {
	request, answer []byte
	took            time.Duration
}

// websockets sends signed messages over all WebSockets beside each other, over each one after another. Each answer is a
// relay, durable before it comes.
func (r *run) websockets() error {
	fmt.Fprintln(r.progress, "websockets")
	all := make([][]message, r.Sockets)
	lanes := len(r.signer.rings) * len(r.scene.world.Suppliers)
	for socket := range all {
		all[socket] = make([]message, r.Messages)
		for i := range all[socket] { // a socket belongs to one application and supplier
			raw, err := r.signer.sign(r.signer.next+i*lanes+socket%lanes, fmt.Appendf(nil, question, i))
			if err != nil {
				return err
			}
			all[socket][i].request = raw
		}
		r.signer.next += r.Messages * lanes
	}
	begin := time.Now()
	var group errgroup.Group
	for _, messages := range all {
		group.Go(func() error { return r.converse(messages) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("websocket: %w", err)
	}
	took := time.Since(begin)
	var times []time.Duration
	for _, m := range slices.Concat(all...) {
		r.ledger.enter(m.request, m.answer)
		times = append(times, m.took)
	}
	slices.Sort(times)
	r.figures.Messages = rounded(float64(len(times)) / took.Seconds())
	r.report.note("%d WebSockets, each with one message under way: %.0f messages/s, answered after %.2f ms (median)",
		len(all), r.figures.Messages, milliseconds(times[len(times)/2]))
	return nil
}

// converse sends the messages over a WebSocket of their own.
func (r *run) converse(messages []message) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "http://"+r.child.address, &websocket.DialOptions{HTTPHeader: http.Header{ //nolint:bodyclose // it is the connection
		"Target-Service-Id": {factstest.Service}, "Rpc-Type": {"2"},
	}})
	if err != nil {
		return err
	}
	defer c.CloseNow() //nolint:errcheck // it is only to be gone
	for i := range messages {
		m, begin := &messages[i], time.Now()
		if err := c.Write(ctx, websocket.MessageBinary, m.request); err != nil {
			return err
		}
		if _, m.answer, err = c.Read(ctx); err != nil {
			return err
		}
		m.took = time.Since(begin)
	}
	return c.Close(websocket.StatusNormalClosure, "")
}

// echo is the backend's side: each message is its own answer.
func echo(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow() //nolint:errcheck // it is only to be gone
	for {
		kind, text, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, text) != nil {
			return
		}
	}
}
