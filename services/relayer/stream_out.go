package relayer

import (
	"context"
	"errors"
	"net/http"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// errCut ends a reply that has begun and cannot be finished: its connection is cut, so that nobody takes it for whole.
var errCut = errors.New("the stream broke off")

// sign wraps a part of the stream, or all of it (relay.md §10.4).
func (st *stream) sign(ctx context.Context, body []byte) (*servicetypes.RelayResponse, error) {
	return sign(ctx, st.a, &answer{status: st.from.Status, body: body})
}

// send signs and writes a batch.
func (st *stream) send(batch []byte) error {
	res, err := st.sign(st.ctx, batch)
	if err != nil {
		if st.ctx.Err() != nil {
			return errGone
		}
		return err
	}
	if err := st.write(res); err != nil {
		return err
	}
	st.sent += len(batch)
	st.event = st.event || st.endsEvent(batch)
	return nil
}

// sendLast writes what was left; whole is the response that was mined. A stream without content is one empty batch.
func (st *stream) sendLast(ctx context.Context, last []byte, whole *servicetypes.RelayResponse) error {
	switch {
	case !st.begun:
		return st.write(whole)
	case len(last) == 0:
		return nil
	}
	res, err := st.sign(ctx, last)
	if err != nil {
		return err
	}
	return st.write(res)
}

// write puts a batch on the wire at once. It fails only with errGone.
func (st *stream) write(res *servicetypes.RelayResponse) error {
	raw, err := res.Marshal()
	if err != nil {
		return err
	}
	control := http.NewResponseController(st.out)
	_ = control.SetWriteDeadline(time.Now().Add(writeTime)) // not every connection can
	if !st.begun {
		st.begin()
	}
	if _, err := st.out.Write(append(raw, relay.StreamDelimiter...)); err != nil {
		return errors.Join(errGone, err)
	}
	if err := control.Flush(); err != nil {
		return errors.Join(errGone, err)
	}
	return nil
}

// begin sends the backend's status and headers (relay.md §10.2).
func (st *stream) begin() {
	st.begun = true
	h := st.out.Header()
	for name, values := range st.from.Header {
		h[name] = values
	}
	if st.http1 { // over HTTP/2 it would end the other relays' connection
		h.Set("Connection", "close")
	}
	st.out.WriteHeader(st.from.Status)
}
