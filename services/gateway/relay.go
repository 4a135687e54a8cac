package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/kit/trace"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// reply is a verified answer and who gave it.
type reply struct {
	http     *sdktypes.POKTHTTPResponse
	supplier string
	session  string
}

// relay sends the request to one supplier of the service's session after another until one gives an answer that
// its key signed.
func (g *Gateway) relay(ctx context.Context, service string, request *sdktypes.POKTHTTPRequest) (*reply, error) {
	tried := map[string]bool{}
	var errs []error
	for range g.cfg.Attempts {
		r, err := g.routes.route(ctx, g.cfg.Applications, service, g.height.Load())
		if err != nil {
			return nil, errors.Join(append(errs, err)...)
		}
		supplier := g.picker.pick(r.session.Suppliers, tried)
		if supplier == nil {
			errs = append(errs, errors.New("the session has no other supplier"))
			break
		}
		attempt, ended := g.traceRelay(ctx, r, supplier)
		got, err := g.once(attempt, r, supplier, request)
		ended(err)
		if err == nil {
			g.metrics.relays.WithLabelValues(service, "verified").Inc()
			return got, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		g.metrics.relays.WithLabelValues(service, "failed").Inc()
		errs = append(errs, fmt.Errorf("supplier %s: %w", supplier.OperatorAddress, err))
		tried[supplier.OperatorAddress] = true
		g.picker.failed(supplier.OperatorAddress)
		if err := g.refreshHeight(ctx); err != nil { // the session may have ended meanwhile
			errs = append(errs, err)
		}
	}
	return nil, errors.Join(errs...)
}

// once signs the request for the session, sends it and verifies the answer.
func (g *Gateway) once(ctx context.Context, r *route, supplier *sharedtypes.Supplier, request *sdktypes.POKTHTTPRequest) (*reply, error) {
	url := endpoint(supplier)
	if url == "" {
		return nil, errors.New("offers no HTTP endpoint")
	}
	req, err := sign(r, supplier.OperatorAddress, url, request)
	if err != nil {
		return nil, err
	}
	body, err := req.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode relay request: %w", err)
	}
	raw, err := g.send(ctx, url, body)
	if err != nil {
		return nil, err
	}
	res, err := g.verify(ctx, r.session.Header, supplier.OperatorAddress, raw)
	if err != nil {
		return nil, err
	}
	return &reply{http: res, supplier: supplier.OperatorAddress, session: r.session.Header.SessionId}, nil
}

// sign makes the relay request that the application's ring answers for.
func sign(r *route, supplier, url string, request *sdktypes.POKTHTTPRequest) (*servicetypes.RelayRequest, error) {
	wrapped := &sdktypes.POKTHTTPRequest{
		Method: request.Method, Header: request.Header, BodyBz: request.BodyBz, Url: strings.TrimSuffix(url, "/") + request.Url,
	}
	payload, err := relay.EncodeHTTPRequest(wrapped)
	if err != nil {
		return nil, err
	}
	return signPayload(r, supplier, payload)
}

// signPayload makes the relay request that carries the payload.
func signPayload(r *route, supplier string, payload []byte) (*servicetypes.RelayRequest, error) {
	req := &servicetypes.RelayRequest{
		Meta:    servicetypes.RelayRequestMetadata{SessionHeader: r.session.Header, SupplierOperatorAddress: supplier},
		Payload: payload,
	}
	hash, err := relay.RequestHash(req)
	if err != nil {
		return nil, err
	}
	if req.Meta.Signature, err = r.signer.Sign(hash, rand.Reader); err != nil {
		return nil, fmt.Errorf("sign relay request: %w", err)
	}
	return req, nil
}

func (g *Gateway) send(ctx context.Context, url string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, g.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Accept", "application/x-protobuf")
	req.Header.Set("Rpc-Type", strconv.Itoa(int(sharedtypes.RPCType_JSON_RPC)))
	trace.Send(ctx, req.Header)
	res, err := g.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("send relay: %w", err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, g.cfg.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read relay answer: %w", err)
	}
	if int64(len(raw)) > g.cfg.MaxBody {
		return nil, fmt.Errorf("relay answer exceeds %d bytes", g.cfg.MaxBody)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("relay refused with status %d: %.200s", res.StatusCode, raw)
	}
	return raw, nil
}

// verify checks that the supplier signed the answer and its payload for this session, and unwraps it.
func (g *Gateway) verify(ctx context.Context, session *sessiontypes.SessionHeader, supplier string, raw []byte) (*sdktypes.POKTHTTPResponse, error) {
	res, err := g.genuine(ctx, session, supplier, raw)
	if err != nil {
		return nil, err
	}
	answer, err := relay.DecodeHTTPResponse(res.Payload)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 200 || answer.StatusCode > 599 {
		return nil, fmt.Errorf("the answer has status %d, which no HTTP answer ends with", answer.StatusCode)
	}
	return answer, nil
}

// errRefused is returned for a supplier's word that it did not serve a relay.
var errRefused = errors.New("relay refused")

// genuine decodes an answer and checks that the supplier signed it, and its payload, for this session.
func (g *Gateway) genuine(ctx context.Context, session *sessiontypes.SessionHeader, supplier string, raw []byte) (*servicetypes.RelayResponse, error) {
	res, err := relay.DecodeResponse(raw)
	if err != nil {
		return nil, err
	}
	if e := res.RelayMinerError; e != nil {
		return nil, fmt.Errorf("%w: %s %d: %s", errRefused, e.Codespace, e.Code, e.Message)
	}
	if err := relay.CheckResponse(res); err != nil {
		return nil, err
	}
	if res.Meta.SessionHeader.SessionId != session.SessionId {
		return nil, errors.New("the answer is one of another session")
	}
	key, err := g.facts.PublicKey(ctx, supplier)
	if err != nil {
		return nil, err
	}
	if err := relay.VerifyResponse(res, key); err != nil {
		return nil, fmt.Errorf("verify supplier signature: %w", err)
	}
	if err := relay.CheckPayload(res); err != nil {
		return nil, err
	}
	return res, nil
}
