package relay

import (
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
)

// Refusal is a reason for not serving a relay, registered in the chain's
// repository so that gateways know it by codespace and code (relay.md §6.1).
type Refusal struct {
	Codespace   string
	Code        uint32 // unique in its codespace
	Description string // the registered text
}

// Error returns the registered text, so that a Refusal can be wrapped into an
// error with more detail and found again by errors.As.
func (r Refusal) Error() string { return r.Description }

// Codespace "relayer_proxy": the relayer itself.
var (
	InvalidSession     = Refusal{"relayer_proxy", 1, "invalid session in relayer request"}
	NoServicesConfig   = Refusal{"relayer_proxy", 2, "services configurations are undefined"}
	ServiceNotHandled  = Refusal{"relayer_proxy", 3, "service endpoint not handled by relayer proxy"}
	WrongTransport     = Refusal{"relayer_proxy", 4, "unsupported proxy transport type"}
	Internal           = Refusal{"relayer_proxy", 5, "internal error"}
	UnknownSession     = Refusal{"relayer_proxy", 6, "relayer proxy encountered unknown session"}
	RateLimited        = Refusal{"relayer_proxy", 7, "offchain rate limit hit by relayer proxy"}
	CostUnknown        = Refusal{"relayer_proxy", 8, "failed to calculate relay cost"}
	SupplierNotReached = Refusal{"relayer_proxy", 9, "supplier(s) not reachable"}
	Timeout            = Refusal{"relayer_proxy", 10, "relayer proxy request timed out"}
	MaxBodyExceeded    = Refusal{"relayer_proxy", 11, "max body size exceeded"}
	ResponseTooLarge   = Refusal{"relayer_proxy", 12, "response limit exceed"}
	RequestTooLarge    = Refusal{"relayer_proxy", 13, "request limit exceed"}
	Undecodable        = Refusal{"relayer_proxy", 14, "failed to unmarshal relay request"}
)

// Codespace "relay_authenticator": whether the relay belongs to a session.
var (
	SessionMismatch      = Refusal{"relay_authenticator", 1, "invalid session in relayer request"}
	SupplierNotInSession = Refusal{"relay_authenticator", 2, "supplier does not belong to session"}
	UndefinedSigner      = Refusal{"relay_authenticator", 3, "undefined supplier signer"}
	UnauthenticRequest   = Refusal{"relay_authenticator", 4, "invalid relay request"}
	UnauthenticResponse  = Refusal{"relay_authenticator", 5, "invalid relay response"}
	SupplierMissing      = Refusal{"relay_authenticator", 6, "supplier operator address is missing"}
)

// Codespace "rings": the application's signature.
var (
	RingNotSecp256k1     = Refusal{"rings", 1, "key is not a secp256k1 public key"}
	RingInvalidRequest   = Refusal{"rings", 2, "invalid relay request"}
	RingInvalidSignature = Refusal{"rings", 3, "invalid relay request signature"}
)

// Codespace "websockets": the bridge between gateway and backend.
var (
	WebsocketConnection     = Refusal{"websockets", 1, "websockets connection error"}
	WebsocketBridge         = Refusal{"websockets", 2, "websockets bridge error"}
	WebsocketGatewayMessage = Refusal{"websockets", 3, "websockets gateway message error"}
	WebsocketBackendMessage = Refusal{"websockets", 4, "websockets service backend message error"}
)

// Codespaces "service" and "session": the chain's stateless checks.
var (
	InvalidResponse       = Refusal{"service", 1110, "invalid relay response"}
	InvalidRequest        = Refusal{"service", 1111, "invalid relay request"}
	InvalidAppAddress     = Refusal{"session", 1105, "invalid application address for session"}
	InvalidSessionHeights = Refusal{"session", 1107, "invalid block height for session"}
	InvalidSessionID      = Refusal{"session", 1108, "invalid sessionId"}
)

// Unregistered stands for an error without a code.
var Unregistered = Refusal{"undefined", 0, "Unregistered error"}

// Response returns the error response of r with message as its full text.
func (r Refusal) Response(header *sessiontypes.SessionHeader, message string) *servicetypes.RelayResponse {
	return ErrorResponse(header, r.Codespace, r.Code, r.Description, message)
}

// ErrorResponse returns the unsigned response that tells a gateway why its
// relay was refused: the request's header (an empty one if it is nil), the
// message as payload, no payload hash, and the code (relay.md §6.1). It is never
// a leaf.
func ErrorResponse(header *sessiontypes.SessionHeader, codespace string, code uint32, description, message string) *servicetypes.RelayResponse {
	if header == nil {
		header = &sessiontypes.SessionHeader{}
	}
	return &servicetypes.RelayResponse{
		Meta:    servicetypes.RelayResponseMetadata{SessionHeader: header},
		Payload: []byte(message),
		RelayMinerError: &servicetypes.RelayMinerError{
			Codespace:   codespace,
			Code:        code,
			Description: description,
			Message:     message,
		},
	}
}
