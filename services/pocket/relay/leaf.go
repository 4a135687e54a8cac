package relay

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
)

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
	if err := provable(req != nil, res); err != nil {
		return nil, [32]byte{}, err
	}
	value, err := (&servicetypes.Relay{Req: req, Res: bare(res)}).Marshal()
	if err != nil {
		return nil, [32]byte{}, fmt.Errorf("make leaf: %w", err)
	}
	return value, sha256.Sum256(value), nil
}

// AppendLeaf appends the value that [Leaf] returns to dst: req is copied as it
// is, and the response encoded behind it. It allocates only if dst has no room.
// Errors are those of Leaf.
func AppendLeaf(dst []byte, req Canonical, res *servicetypes.RelayResponse) ([]byte, error) {
	if err := provable(req.whole != nil, res); err != nil {
		return dst, err
	}
	response := bare(res)
	size := response.Size()
	whole := slices.Grow(dst, fieldSize(len(req.whole))+fieldSize(size))
	whole = binary.AppendUvarint(append(whole, tagFirst), uint64(len(req.whole)))
	whole = append(whole, req.whole...)
	whole = binary.AppendUvarint(append(whole, tagSecond), uint64(size))
	at := len(whole)
	whole = whole[:at+size]
	if _, err := response.MarshalToSizedBuffer(whole[at:]); err != nil {
		return dst, fmt.Errorf("make leaf: %w", err)
	}
	return whole, nil
}

// provable finds what the chain would refuse in a relay.
func provable(hasRequest bool, res *servicetypes.RelayResponse) error {
	switch {
	case !hasRequest || res == nil:
		return fmt.Errorf("make leaf: %w: request or response is missing", ErrUnprovable)
	case len(res.Meta.SupplierOperatorSignature) == 0:
		return fmt.Errorf("make leaf: %w: the response is not signed", ErrUnprovable)
	case res.PayloadHash == nil && len(res.Payload) > 0:
		return fmt.Errorf("make leaf: %w: no payload hash", ErrUnprovable)
	}
	return nil
}

// bare is the response as it is in a leaf: without its payload.
func bare(res *servicetypes.RelayResponse) *servicetypes.RelayResponse {
	b := *res
	b.Payload = nil
	return &b
}

// fieldSize is the encoded size of a length-delimited field of n bytes.
func fieldSize(n int) int {
	return 1 + (bits.Len64(uint64(n)|1)+6)/7 + n
}
