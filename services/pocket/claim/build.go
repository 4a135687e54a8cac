package claim

import (
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// NewCreateClaim returns the message that claims a session for supplier, an
// operator address. header is shared, not copied.
func NewCreateClaim(supplier string, header *sessiontypes.SessionHeader, root smst.Digest) *prooftypes.MsgCreateClaim {
	return &prooftypes.MsgCreateClaim{
		SupplierOperatorAddress: supplier,
		SessionHeader:           header,
		RootHash:                root[:],
	}
}

// NewSubmitProof returns the message that proves a claim. proof are the bytes
// of [smst.Proof.Encode] for the leaf closest to [ProofPath].
func NewSubmitProof(supplier string, header *sessiontypes.SessionHeader, proof []byte) *prooftypes.MsgSubmitProof {
	return &prooftypes.MsgSubmitProof{
		SupplierOperatorAddress: supplier,
		SessionHeader:           header,
		Proof:                   proof,
	}
}

// Stored returns the claim as the chain keeps it after msg, before any proof
// of it was validated.
func Stored(msg *prooftypes.MsgCreateClaim) *prooftypes.Claim {
	return &prooftypes.Claim{
		SupplierOperatorAddress: msg.SupplierOperatorAddress,
		SessionHeader:           msg.SessionHeader,
		RootHash:                msg.RootHash,
	}
}
