package relay

import (
	"context"
	"crypto/sha256"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// NewResponse returns an unsigned response to a request of the session, with
// the payload and its hash. It keeps the header and the payload, not copies. An
// empty payload cannot be hashed; the error matches [ErrResponse].
func NewResponse(header *sessiontypes.SessionHeader, payload []byte) (*servicetypes.RelayResponse, error) {
	if len(payload) == 0 {
		return nil, fmt.Errorf("make response: %w: empty payload", ErrResponse)
	}
	hash := sha256.Sum256(payload)
	return &servicetypes.RelayResponse{
		Meta:        servicetypes.RelayResponseMetadata{SessionHeader: header},
		Payload:     payload,
		PayloadHash: hash[:],
	}, nil
}

// Signer signs SHA-256 digests with a supplier's key, wherever that is.
type Signer interface {
	SignDigest(ctx context.Context, digest [32]byte) ([64]byte, error)
}

// SignResponse sets the supplier's signature of res. The signature is
// deterministic, so equal requests and responses become one leaf (relay.md
// §3.2).
func SignResponse(res *servicetypes.RelayResponse, key keys.Private) error {
	if key.IsZero() {
		return fmt.Errorf("sign response: %w", keys.ErrKey)
	}
	return SignResponseBy(context.Background(), res, keys.Local{Private: key})
}

// SignResponseBy is [SignResponse] by a signer that may be elsewhere.
func SignResponseBy(ctx context.Context, res *servicetypes.RelayResponse, signer Signer) error {
	h, err := ResponseHash(res)
	if err != nil {
		return fmt.Errorf("sign response: %w", err)
	}
	sig, err := signer.SignDigest(ctx, sha256.Sum256(h[:]))
	if err != nil {
		return fmt.Errorf("sign response: %w", err)
	}
	res.Meta.SupplierOperatorSignature = sig[:]
	return nil
}

// VerifyResponse checks the supplier's signature of res with the supplier's
// compressed public key. The payload may be absent if the payload hash is
// there; that a payload fits the hash is [CheckPayload]. The error matches
// [keys.ErrSignature].
func VerifyResponse(res *servicetypes.RelayResponse, pub [33]byte) error {
	h, err := ResponseHash(res)
	if err != nil {
		return fmt.Errorf("verify response: %w", err)
	}
	if err := keys.Verify(pub, h[:], res.Meta.SupplierOperatorSignature); err != nil {
		return fmt.Errorf("verify response: %w", err)
	}
	return nil
}

// CheckPayload checks that the payload of res is the one that its payload hash
// names. The signature covers the hash alone, so whoever uses the payload needs
// this too. The error matches [ErrResponse].
func CheckPayload(res *servicetypes.RelayResponse) error {
	if res == nil || len(res.PayloadHash) == 0 {
		return fmt.Errorf("%w: no payload hash", ErrResponse)
	}
	if hash := sha256.Sum256(res.Payload); string(hash[:]) != string(res.PayloadHash) {
		return fmt.Errorf("%w: the payload does not have the signed hash", ErrResponse)
	}
	return nil
}
