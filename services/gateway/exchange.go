package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/kit/trace"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// The media types that come as a stream of signed batches (relay.md §10).
const (
	eventStream = "text/event-stream"
	ndjson      = "application/x-ndjson"
)

// gatewayHeader tells relayers which of those who may sign for the application this gateway is: the signature does not.
const gatewayHeader = "Pocket-Gateway"

// exchange is one relay with one supplier for as long as its answer comes. A whole answer has one part, a stream one for
// each of its signed batches. A part is verified before anybody sees it.
type exchange struct {
	g        *Gateway
	route    *route
	supplier string
	ended    func(error) // of its span

	client context.Context
	ctx    context.Context // below the client's; ends with the exchange, or because it takes too long
	cancel context.CancelCauseFunc
	late   *time.Timer
	until  time.Time // when a stream must have ended

	body    io.ReadCloser       // nil before there is an answer
	media   string              // of a stream; empty: the answer is whole
	batches *relay.StreamReader // of a stream
	first   *sdktypes.POKTHTTPResponse
}

var (
	errLate = errors.New("the answer takes too long")
	errGone = errors.New("the client went away")
	// errEnd is returned behind the last part. It is not io.EOF, which errors of the network match, too.
	errEnd = errors.New("the answer has ended")
)

// open sends the request to a supplier and returns when the first part of the answer is here.
func (g *Gateway) open(ctx context.Context, r *route, supplier *sharedtypes.Supplier, request *sdktypes.POKTHTTPRequest) (*exchange, error) {
	x := &exchange{g: g, route: r, supplier: supplier.OperatorAddress, client: ctx, until: time.Now().Add(g.cfg.StreamTime)}
	ctx, x.ended = g.traceRelay(ctx, r, supplier)
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	x.late = time.AfterFunc(g.cfg.Timeout, func() { x.cancel(errLate) })
	err := x.send(endpoint(supplier), request)
	if err == nil {
		x.first, err = x.part()
	}
	if err != nil {
		err = x.why(err)
		x.close(err)
		return nil, err
	}
	x.late.Stop()
	return x, nil
}

// send signs the request for the session and posts it.
func (x *exchange) send(url string, request *sdktypes.POKTHTTPRequest) error {
	if url == "" {
		return errors.New("offers no HTTP endpoint")
	}
	signed, err := sign(x.route, x.supplier, url, request)
	if err != nil {
		return err
	}
	body, err := signed.Marshal()
	if err != nil {
		return fmt.Errorf("encode relay request: %w", err)
	}
	req, err := http.NewRequestWithContext(x.ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Accept", "application/x-protobuf")
	req.Header.Set("Rpc-Type", strconv.Itoa(int(sharedtypes.RPCType_JSON_RPC)))
	req.Header.Set(gatewayHeader, x.g.routes.key.Address())
	trace.Send(x.ctx, req.Header)
	//nolint:bodyclose // close closes it
	res, err := x.g.client.Do(req)
	if err != nil {
		return fmt.Errorf("send relay: %w", err)
	}
	return x.took(res)
}

// took looks at the head of an answer. Of a stream the status is in each signed batch.
func (x *exchange) took(res *http.Response) error {
	x.body = res.Body
	if x.media = streamMedia(res.Header.Get("Content-Type")); x.media != "" {
		x.batches = relay.NewStreamReader(http.MaxBytesReader(nil, res.Body, x.g.cfg.MaxStream), int(x.g.cfg.MaxBody))
		return nil
	}
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 200))
		return fmt.Errorf("relay refused with status %d: %s", res.StatusCode, text)
	}
	return nil
}

// streamMedia is the media type of an answer that comes as a stream; empty: it comes whole.
func streamMedia(contentType string) string {
	if media, _, err := mime.ParseMediaType(contentType); err == nil && (media == eventStream || media == ndjson) {
		return media
	}
	return ""
}

// part reads one part and verifies it.
func (x *exchange) part() (*sdktypes.POKTHTTPResponse, error) {
	if x.batches != nil {
		res, err := x.batches.Next()
		if errors.Is(err, io.EOF) {
			return nil, errEnd
		}
		if err != nil {
			return nil, err
		}
		return x.g.unwrap(x.ctx, x.route, x.supplier, res)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, x.body, x.g.cfg.MaxBody))
	if err != nil {
		return nil, err
	}
	res, err := relay.DecodeResponse(raw)
	if err != nil {
		return nil, err
	}
	return x.g.unwrap(x.ctx, x.route, x.supplier, res)
}

// next returns the part after the last one; errEnd: there is none.
func (x *exchange) next() (*sdktypes.POKTHTTPResponse, error) {
	if x.batches == nil {
		return nil, errEnd
	}
	x.late.Reset(min(x.g.cfg.StreamIdle, time.Until(x.until)))
	defer x.late.Stop()
	part, err := x.part()
	switch {
	case err != nil:
		return nil, x.why(err)
	case part.StatusCode != x.first.StatusCode:
		return nil, fmt.Errorf("the status changes within the stream, from %d to %d", x.first.StatusCode, part.StatusCode)
	}
	return part, nil
}

// why is an error of the exchange with what led to it.
func (x *exchange) why(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case x.client.Err() != nil:
		return errGone
	case x.ctx.Err() != nil:
		return context.Cause(x.ctx)
	case errors.As(err, &tooLarge):
		return fmt.Errorf("the answer exceeds %d bytes", tooLarge.Limit)
	case x.first == nil && errors.Is(err, errEnd):
		return errors.New("the answer is empty")
	}
	return err
}

// close ends the exchange, and the supplier's work if it is still at it. err is why, nil behind the last part. A supplier
// that failed rests.
func (x *exchange) close(err error) {
	x.late.Stop()
	x.cancel(errGone)
	if x.body != nil {
		_ = x.body.Close()
	}
	x.ended(err)
	relays, service := x.g.metrics.relays, x.route.session.Header.ServiceId
	switch gone := errors.Is(err, errGone); {
	case err == nil, gone && x.first != nil:
		relays.WithLabelValues(service, "verified").Inc()
	case !gone:
		relays.WithLabelValues(service, "failed").Inc()
		x.g.picker.failed(x.supplier)
	}
}
