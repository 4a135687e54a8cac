package relay

import (
	"errors"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/keys"
)

var (
	// ErrHeader is returned when a session header is missing or not plausible.
	ErrHeader = errors.New("invalid session header")

	// ErrRequest is returned when a relay request cannot be valid.
	ErrRequest = errors.New("invalid relay request")

	// ErrResponse is returned when a relay response cannot be valid.
	ErrResponse = errors.New("invalid relay response")
)

// maxServiceID is the longest service id, in characters.
const maxServiceID = 42

// CheckRequest is the stateless check of a request ("request-basic", relay.md
// §1.2): a plausible header, a signature, a supplier address. The signature is
// not verified. Errors match [ErrRequest], and [ErrHeader] if it is the header.
func CheckRequest(req *servicetypes.RelayRequest) error {
	if req == nil {
		return fmt.Errorf("%w: missing", ErrRequest)
	}
	if err := CheckHeader(req.Meta.SessionHeader); err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if len(req.Meta.Signature) == 0 {
		return fmt.Errorf("%w: missing application signature", ErrRequest)
	}
	if req.Meta.SupplierOperatorAddress == "" {
		return fmt.Errorf("%w: missing supplier operator address", ErrRequest)
	}
	return nil
}

// CheckResponse is the stateless check of a response (relay.md §1.3). The
// signature is not verified and a missing payload hash is no fault. Errors match
// [ErrResponse], and [ErrHeader] if it is the header.
func CheckResponse(res *servicetypes.RelayResponse) error {
	if res == nil {
		return fmt.Errorf("%w: missing", ErrResponse)
	}
	if err := CheckHeader(res.Meta.SessionHeader); err != nil {
		return fmt.Errorf("%w: %w", ErrResponse, err)
	}
	if len(res.Meta.SupplierOperatorSignature) == 0 {
		return fmt.Errorf("%w: missing supplier operator signature", ErrResponse)
	}
	return nil
}

// CheckHeader is the stateless check of a session header ("header-basic",
// relay.md §1.1). Whether there is such a session is the chain's to say. Errors
// match [ErrHeader].
func CheckHeader(h *sessiontypes.SessionHeader) error {
	if h == nil {
		return fmt.Errorf("%w: missing", ErrHeader)
	}
	if _, err := keys.ParseAddress(h.ApplicationAddress); err != nil {
		return fmt.Errorf("%w: application: %w", ErrHeader, err)
	}
	if h.SessionId == "" {
		return fmt.Errorf("%w: empty session id", ErrHeader)
	}
	if !validServiceID(h.ServiceId) {
		return fmt.Errorf("%w: service id %.60q", ErrHeader, h.ServiceId)
	}
	if h.SessionStartBlockHeight <= 0 {
		return fmt.Errorf("%w: start height %d", ErrHeader, h.SessionStartBlockHeight)
	}
	if h.SessionEndBlockHeight <= h.SessionStartBlockHeight {
		return fmt.Errorf("%w: end height %d is not after the start", ErrHeader, h.SessionEndBlockHeight)
	}
	return nil
}

// validServiceID reports whether id is 1 to 42 letters, digits, _ or -.
func validServiceID(id string) bool {
	if len(id) == 0 || len(id) > maxServiceID {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
