package relay

import (
	"crypto/sha256"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
)

// RequestHash returns the 32-byte message that the application's ring signs:
// SHA-256 of the encoded request without its signature (relay.md §2). Who has
// the request's bytes takes [Canonical.Hash], which does not encode it again.
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

// smallResponse is the size in bytes up to which a response without its payload
// is encoded on the stack. Without an error message it has some 220.
const smallResponse = 512

// ResponseHash returns the 32-byte message that the supplier signs: SHA-256 of
// the encoded response without its signature, and without its payload if it has
// a payload hash, be it an empty one (relay.md §2, §1.7). A response of usual
// size is hashed without allocating.
func ResponseHash(res *servicetypes.RelayResponse) ([32]byte, error) {
	if res == nil {
		return [32]byte{}, fmt.Errorf("hash response: %w: missing", ErrResponse)
	}
	unsigned := *res
	unsigned.Meta.SupplierOperatorSignature = nil
	if unsigned.PayloadHash != nil {
		unsigned.Payload = nil
	}
	var stack [smallResponse]byte
	b := stack[:]
	if size := unsigned.Size(); size <= len(b) {
		b = b[:size]
	} else {
		b = make([]byte, size)
	}
	if _, err := unsigned.MarshalToSizedBuffer(b); err != nil {
		return [32]byte{}, fmt.Errorf("hash response: %w", err)
	}
	return sha256.Sum256(b), nil
}
