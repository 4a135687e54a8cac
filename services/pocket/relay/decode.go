package relay

import (
	"errors"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
)

// ErrDecode is returned when bytes are not the expected message.
var ErrDecode = errors.New("undecodable")

// DecodeRequest decodes a relay request as the chain does: unknown fields are
// dropped and nothing is validated, see [CheckRequest]. It copies what it keeps
// of b, whose size the caller bounds. Errors match [ErrDecode].
func DecodeRequest(b []byte) (*servicetypes.RelayRequest, error) {
	req := new(servicetypes.RelayRequest)
	if err := req.Unmarshal(b); err != nil {
		return nil, fmt.Errorf("relay request: %w: %w", ErrDecode, err)
	}
	return req, nil
}

// DecodeResponse decodes a relay response, as [DecodeRequest] does a request.
func DecodeResponse(b []byte) (*servicetypes.RelayResponse, error) {
	res := new(servicetypes.RelayResponse)
	if err := res.Unmarshal(b); err != nil {
		return nil, fmt.Errorf("relay response: %w: %w", ErrDecode, err)
	}
	return res, nil
}

// DecodeLeaf decodes the value of a tree leaf, as made by [Leaf]. Both halves
// are present in the result. Errors match [ErrDecode].
func DecodeLeaf(b []byte) (*servicetypes.Relay, error) {
	leaf := new(servicetypes.Relay)
	if err := leaf.Unmarshal(b); err != nil {
		return nil, fmt.Errorf("relay leaf: %w: %w", ErrDecode, err)
	}
	if leaf.Req == nil || leaf.Res == nil {
		return nil, fmt.Errorf("relay leaf: %w: request or response is missing", ErrDecode)
	}
	return leaf, nil
}
