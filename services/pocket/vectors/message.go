package vectors

import (
	"github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// headerFields is a session header and its encoding.
type headerFields struct {
	Application Field[string] `json:"application_address"`
	Service     Field[string] `json:"service_id"`
	ID          Field[string] `json:"session_id"`
	Start       Field[Int]    `json:"session_start_block_height"`
	End         Field[Int]    `json:"session_end_block_height"`
	Encoded     Field[Hex]    `json:"protobuf"`
}

func (f headerFields) header(c *Case) *sessiontypes.SessionHeader {
	h := &sessiontypes.SessionHeader{
		ApplicationAddress:      f.Application.V,
		ServiceId:               f.Service.V,
		SessionId:               f.ID.V,
		SessionStartBlockHeight: int64(f.Start.V),
		SessionEndBlockHeight:   int64(f.End.V),
	}
	compareEncoding(c, "session_header protobuf", f.Encoded, h)
	return h
}

// messageCase is a claim or proof message.
type messageCase struct {
	Name     string        `json:"name"` // what transactions call it
	TypeURL  Field[string] `json:"type_url"`
	Supplier Field[string] `json:"supplier_operator_address"`
	Header   headerFields  `json:"session_header"`
	Root     Field[Hex]    `json:"root_hash"`
	Proof    Field[Hex]    `json:"proof"`
	Bytes    Field[Hex]    `json:"bytes"`
	Any      Field[Hex]    `json:"any_bytes"`
	Claim    Field[Hex]    `json:"claim_bytes"`
}

// check builds the message, compares its bytes, and returns it.
func (v messageCase) check(c *Case) proto.Message {
	url, _ := v.TypeURL.Need(c, "type_url")
	supplier, _ := v.Supplier.Need(c, "supplier_operator_address")
	header := v.Header.header(c)
	var msg proto.Message
	switch url {
	case "/pocket.proof.MsgCreateClaim":
		msg = v.claim(c, supplier, header)
	case "/pocket.proof.MsgSubmitProof":
		proof, _ := v.Proof.Need(c, "proof")
		submit := claim.NewSubmitProof(supplier, header, proof)
		compareEncoding(c, "bytes", v.Bytes, submit)
		msg = submit
	default:
		c.Errorf("type_url: %q is not a message of ours", url)
		return nil
	}
	packed, err := codectypes.NewAnyWithValue(msg)
	if err != nil {
		c.Errorf("any_bytes: %v", err)
		return nil
	}
	compareEncoding(c, "any_bytes", v.Any, packed)
	return msg
}

func (v messageCase) claim(c *Case, supplier string, header *sessiontypes.SessionHeader) proto.Message {
	raw, _ := v.Root.Need(c, "root_hash")
	root, err := smst.ParseDigest(raw)
	if err != nil {
		c.Errorf("root_hash: %v", err)
	}
	msg := claim.NewCreateClaim(supplier, header, root)
	compareEncoding(c, "bytes", v.Bytes, msg)
	compareEncoding(c, "claim_bytes", v.Claim, claim.Stored(msg))
	return msg
}

// storedClaim builds a claim as the chain keeps it.
func storedClaim(c *Case, supplier Field[string], h headerFields, root Field[Hex], status Field[Int]) *prooftypes.Claim {
	address, _ := supplier.Need(c, "supplier_operator_address")
	hash, _ := root.Need(c, "root_hash")
	state, _ := status.Need(c, "proof_validation_status")
	return &prooftypes.Claim{
		SupplierOperatorAddress: address,
		SessionHeader:           h.header(c),
		RootHash:                hash,
		ProofValidationStatus:   prooftypes.ClaimProofStatus(state),
	}
}
