package gateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/kit/ws"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// socket joins a client's WebSocket to one of a supplier, in one session: each message of the client is signed, each
// answer verified before it is handed on. When the session ends so does the socket; the client connects again, for what
// it said to the backend is gone with the connection.
type socket struct {
	g        *Gateway
	route    *route
	operator string // of the supplier
	ctx      context.Context
	end      context.CancelCauseFunc
	client   *ws.Conn
	supplier *ws.Conn
}

// websocket serves GET below /v1/ with an upgrade; ?model= names the model.
func (g *Gateway) websocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		fail(w, http.StatusNotFound, "not_found", fmt.Errorf("no such endpoint: %s %s", r.Method, r.URL.Path))
		return
	}
	model := r.URL.Query().Get("model")
	service, ok := g.cfg.Models[model]
	if !ok {
		fail(w, http.StatusBadRequest, "invalid_request_error", fmt.Errorf("model %q is not offered here", model))
		return
	}
	s := &socket{g: g}
	if !g.sockets.enter(s) {
		fail(w, http.StatusServiceUnavailable, "websocket_limit", errors.New("too many WebSockets are open"))
		return
	}
	defer g.sockets.leave(s)
	if err := s.open(r.Context(), service); err != nil {
		status := http.StatusBadGateway
		if errors.Is(err, errNoRoute) {
			status = http.StatusServiceUnavailable
		}
		fail(w, status, "relay_failed", err)
		return
	}
	w.Header().Set("Lode-Session", s.route.session.Header.SessionId)
	w.Header().Set("Lode-Supplier", s.operator)
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		s.supplier.CloseNow()
		return // Accept has answered
	}
	s.run(ws.Wrap(conn, g.sockets.client))
}

// open connects to one supplier of the service's session after another.
func (s *socket) open(ctx context.Context, service string) error {
	tried := map[string]bool{}
	var errs []error
	for range s.g.cfg.Attempts {
		r, err := s.g.routes.route(ctx, s.g.cfg.Applications, service, s.g.height.Load())
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		supplier := s.g.picker.pick(r.session.Suppliers, tried)
		if supplier == nil {
			return errors.Join(append(errs, errors.New("the session has no other supplier"))...)
		}
		s.route, s.operator = r, supplier.OperatorAddress
		conn, err := s.dial(ctx, supplier)
		if err == nil {
			s.supplier = ws.Wrap(conn, s.g.sockets.supplier)
			return nil
		}
		errs = append(errs, fmt.Errorf("supplier %s: %w", s.operator, err))
		tried[s.operator] = true
		s.g.picker.failed(s.operator)
	}
	return errors.Join(errs...)
}

// dialTime is how long a supplier may take to accept a WebSocket.
const dialTime = 10 * time.Second

func (s *socket) dial(ctx context.Context, supplier *sharedtypes.Supplier) (*websocket.Conn, error) {
	url := socketEndpoint(supplier)
	if url == "" {
		return nil, errors.New("offers no endpoint for WebSockets")
	}
	header, err := s.handshake()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	//nolint:bodyclose // the library closes or owns it
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: s.g.client, HTTPHeader: header})
	return conn, err
}

// handshake is what relayers are told (relay.md §8.1), signed like a request without a payload.
func (s *socket) handshake() (http.Header, error) {
	req, err := signPayload(s.route, s.operator, nil)
	if err != nil {
		return nil, err
	}
	h := s.route.session.Header
	return http.Header{
		"Target-Service-Id": {h.ServiceId}, "App-Address": {h.ApplicationAddress},
		"Rpc-Type":                    {strconv.Itoa(int(sharedtypes.RPCType_WEBSOCKET))},
		"Pocket-Session-Id":           {h.SessionId},
		"Pocket-Session-Start-Height": {strconv.FormatInt(h.SessionStartBlockHeight, 10)},
		"Pocket-Session-End-Height":   {strconv.FormatInt(h.SessionEndBlockHeight, 10)},
		"Pocket-Supplier-Address":     {s.operator},
		gatewayHeader:                 {s.g.routes.key.Address()},
		"Pocket-Signature":            {base64.StdEncoding.EncodeToString(req.Meta.Signature)},
	}, nil
}

// socketEndpoint is where the supplier takes WebSockets: its own endpoint for them, else that for HTTP, for relayers
// take both on one port.
func socketEndpoint(s *sharedtypes.Supplier) string {
	for _, service := range s.Services {
		for _, e := range service.Endpoints {
			if e.RpcType == sharedtypes.RPCType_WEBSOCKET {
				return e.Url
			}
		}
	}
	return endpoint(s)
}

// run carries messages until one side ends, and closes the other.
func (s *socket) run(client *ws.Conn) {
	s.client = client
	var running sync.WaitGroup
	for _, loop := range []func() error{
		s.fromClient, s.fromSupplier,
		func() error { return s.client.KeepAlive(s.ctx) },
		func() error { return s.supplier.KeepAlive(s.ctx) },
	} {
		running.Go(func() { s.end(loop()) })
	}
	<-s.ctx.Done()
	code, reason := s.farewell(context.Cause(s.ctx))
	running.Go(func() { s.client.Close(code, reason) })
	running.Go(func() { s.supplier.Close(websocket.StatusNormalClosure, "") })
	running.Wait()
}

// fromClient signs each message.
func (s *socket) fromClient() error {
	for {
		f, err := s.client.Read()
		if err != nil {
			return &sideError{"client", err}
		}
		req, err := signPayload(s.route, s.operator, f.Data)
		if err != nil {
			return err
		}
		raw, err := req.Marshal()
		if err != nil {
			return err
		}
		err = s.supplier.Write(f.Kind, raw)
		f.Release()
		if err != nil {
			return &sideError{"supplier", err}
		}
	}
}

// fromSupplier verifies each answer. An error that it says is not handed on: its close frame follows.
func (s *socket) fromSupplier() error {
	service := s.route.session.Header.ServiceId
	for {
		f, err := s.supplier.Read()
		if err != nil {
			return &sideError{"supplier", err}
		}
		res, err := relay.DecodeResponse(f.Data)
		f.Release()
		if err == nil {
			err = s.g.genuine(s.ctx, s.route, s.operator, res)
		}
		if err != nil {
			s.g.metrics.relays.WithLabelValues(service, "failed").Inc()
		}
		switch {
		case errors.Is(err, errRefused):
			continue
		case err != nil:
			s.g.picker.failed(s.operator)
			return &sideError{"supplier", err}
		}
		s.g.metrics.relays.WithLabelValues(service, "verified").Inc()
		if err := s.client.Write(f.Kind, res.Payload); err != nil {
			return &sideError{"client", err}
		}
	}
}

// sideError says which side an error came from.
type sideError struct {
	side string
	err  error
}

func (e *sideError) Error() string { return e.side + ": " + e.err.Error() }
func (e *sideError) Unwrap() error { return e.err }

// Relayers' own close codes (relay.md §8.5), between which and the client's nothing is in common.
const firstRelayerCode, lastRelayerCode = 4000, 4003

// farewell is what the client is told: what its backend said, or to connect again.
func (s *socket) farewell(cause error) (websocket.StatusCode, string) {
	code, closed := ws.CloseCode(cause)
	var from *sideError
	errors.As(cause, &from)
	switch {
	case errors.Is(cause, errRestart):
		return websocket.StatusGoingAway, cause.Error()
	case errors.Is(cause, ws.ErrFrameLimit):
		return websocket.StatusMessageTooBig, "message exceeds the size limit"
	case from != nil && from.side == "client":
		return websocket.StatusNormalClosure, ""
	case closed && code == firstRelayerCode, closed && (code == websocket.StatusServiceRestart || code == websocket.StatusTryAgainLater):
		return websocket.StatusServiceRestart, "the session ended: connect again"
	case closed && (code == websocket.StatusNormalClosure || code == websocket.StatusGoingAway || code >= 3000 && (code < firstRelayerCode || code > lastRelayerCode)):
		return code, ""
	default:
		return websocket.StatusBadGateway, "the supplier failed: connect again"
	}
}
