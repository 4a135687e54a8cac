package relay

import (
	"crypto/sha256"
	"errors"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
)

// RequestHash returns the 32-byte message that the application's ring signs:
// SHA-256 of the encoded request without its signature (relay.md §2).
func RequestHash(req *servicetypes.RelayRequest) ([32]byte, error) {
	if req == nil {
		return [32]byte{}, fmt.Errorf("hash request: %w: missing", ErrRequest)
	}
	unsigned := *req
	unsigned.Meta.Signature = nil
	b, err := unsigned.Marshal()
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash request: %w", err)
	}
	return sha256.Sum256(b), nil
}

// ResponseHash returns the 32-byte message that the supplier signs: SHA-256 of
// the encoded response without its signature, and without its payload if it has
// a payload hash, be it an empty one (relay.md §2, §1.7).
func ResponseHash(res *servicetypes.RelayResponse) ([32]byte, error) {
	if res == nil {
		return [32]byte{}, fmt.Errorf("hash response: %w: missing", ErrResponse)
	}
	unsigned := *res
	unsigned.Meta.SupplierOperatorSignature = nil
	if unsigned.PayloadHash != nil {
		unsigned.Payload = nil
	}
	b, err := unsigned.Marshal()
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash response: %w", err)
	}
	return sha256.Sum256(b), nil
}

// ErrUnprovable is returned for a relay that the chain could not verify once
// the response payload is removed.
var ErrUnprovable = errors.New("relay cannot be proven")

// Leaf returns the value of the tree leaf that the relay becomes, that is the
// encoded request and response without the response's payload, and its SHA-256,
// the relay hash: the key of the leaf and what is compared with the difficulty
// target (relay.md §2). The error matches [ErrUnprovable] if a half is missing,
// if the response is not signed, or if its signature covers the payload because
// there is no payload hash.
func Leaf(req *servicetypes.RelayRequest, res *servicetypes.RelayResponse) ([]byte, [32]byte, error) {
	switch {
	case req == nil || res == nil:
		return nil, [32]byte{}, fmt.Errorf("make leaf: %w: request or response is missing", ErrUnprovable)
	case len(res.Meta.SupplierOperatorSignature) == 0:
		return nil, [32]byte{}, fmt.Errorf("make leaf: %w: the response is not signed", ErrUnprovable)
	case res.PayloadHash == nil && len(res.Payload) > 0:
		return nil, [32]byte{}, fmt.Errorf("make leaf: %w: no payload hash", ErrUnprovable)
	}
	bare := *res
	bare.Payload = nil
	value, err := (&servicetypes.Relay{Req: req, Res: &bare}).Marshal()
	if err != nil {
		return nil, [32]byte{}, fmt.Errorf("make leaf: %w", err)
	}
	return value, sha256.Sum256(value), nil
}
