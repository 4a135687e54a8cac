package relayer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/coder/websocket"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/kit/ws"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// Close codes that gateways know (relay.md §8.5).
const (
	closeExpired    websocket.StatusCode = 4000
	closeInvalid    websocket.StatusCode = 4001
	closeStake      websocket.StatusCode = 4002
	closeUnbackened websocket.StatusCode = 4003
)

// ending is why a bridge ends: a label for the metrics, and what each side is told.
type ending struct {
	cause  string // from the fixed set of this file, and refusals' causes
	code   websocket.StatusCode
	reason string // shown to the gateway
	err    error
}

func (e *ending) Error() string { return fmt.Sprintf("%s: %v", e.cause, e.err) }
func (e *ending) Unwrap() error { return e.err }

var (
	errSessionOver = &ending{cause: "session_over", code: closeExpired, reason: "session expired"}
	errRestart     = &ending{cause: "shutdown", code: websocket.StatusServiceRestart, reason: "the relayer is restarting"}
	errNoRequest   = &ending{cause: "no_request", code: websocket.StatusPolicyViolation, reason: "no signed request came"}
)

// endingOf finds the ending in err; a refusal has the code that gateways know it by.
func endingOf(err error) *ending {
	var e *ending
	if errors.As(err, &e) {
		return e
	}
	why := asRefusal(err)
	e = &ending{cause: why.cause, code: closeInvalid, reason: why.err.Error(), err: err}
	switch {
	case why.cause == "backend_connect":
		e.code = closeUnbackened
	case why.status == http.StatusTooManyRequests:
		e.code = closeStake
	case why.status == http.StatusServiceUnavailable:
		e.code = websocket.StatusTryAgainLater
	case why.status == http.StatusRequestEntityTooLarge:
		e.code = websocket.StatusMessageTooBig
	case why.status >= http.StatusInternalServerError:
		e.code = websocket.StatusInternalError
	}
	return e
}

// broke is the ending after a read or a write of one side failed.
func broke(side string, err error) *ending {
	code, closed := ws.CloseCode(err)
	switch {
	case errors.Is(err, ws.ErrFrameLimit):
		return &ending{side + "_frame_limit", websocket.StatusMessageTooBig, "frame exceeds the size limit", err}
	case errors.Is(err, ws.ErrMemory):
		return &ending{side + "_memory", websocket.StatusTryAgainLater, "too many large frames", err}
	case errors.Is(err, ws.ErrSlow), errors.Is(err, ws.ErrSilent):
		return &ending{side + "_slow", websocket.StatusPolicyViolation, side + " is too slow", err}
	case closed:
		return &ending{side + "_closed", passable(code), side + " closed", err}
	default:
		return &ending{side + "_lost", websocket.StatusInternalError, side + " was lost", err}
	}
}

// passable is the code by which one side closes when the other did: a normal end is one for both, and an application's
// own codes are handed on, but for those that mean something between gateway and relayer.
func passable(code websocket.StatusCode) websocket.StatusCode {
	switch {
	case code == websocket.StatusNormalClosure, code == websocket.StatusGoingAway, code >= 3000 && code < closeExpired, code > closeUnbackened && code < 5000:
		return code
	case code == websocket.StatusNoStatusRcvd:
		return websocket.StatusNormalClosure
	default:
		return websocket.StatusInternalError
	}
}

// signedError is an error that the supplier answers for (relay.md §6.1): it is never logged.
func signedError(a admitted, status int, reg relay.Refusal, text string) (*servicetypes.RelayResponse, error) {
	body, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		return nil, err
	}
	payload, err := relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{
		StatusCode: uint32(status), BodyBz: body,
		Header: map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/json"}}},
	})
	if err != nil {
		return nil, err
	}
	res, err := relay.NewResponse(a.request.Meta.SessionHeader, payload)
	if err != nil {
		return nil, err
	}
	res.RelayMinerError = &servicetypes.RelayMinerError{Codespace: reg.Codespace, Code: reg.Code, Description: reg.Description, Message: text}
	return res, nil
}
