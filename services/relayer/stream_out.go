package relayer

import (
	"context"
	"errors"
	"net/http"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
)

// errCut ends a reply that has begun and cannot be finished: its connection is cut, so that nobody takes it for whole.
var errCut = errors.New("the stream broke off")

// sign wraps a part of the stream, or all of it (relay.md §10.4).
func (st *stream) sign(ctx context.Context, body []byte, header http.Header) (*servicetypes.RelayResponse, error) {
	return sign(ctx, st.a, &answer{status: st.from.Status, header: header, body: body})
}

// send signs and writes a batch.
func (st *stream) send(batch []byte) error {
	res, err := st.sign(st.ctx, batch, nil)
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
	case len(last) == 0 && len(st.tail) == 0:
		return nil
	}
	res, err := st.sign(ctx, last, st.tail)
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
	if !st.begun {
		st.begun = true
		st.out.begin(st.from.Status, st.from.Header)
	}
	if err := st.out.send(raw); err != nil {
		return errors.Join(errGone, err)
	}
	return nil
}
