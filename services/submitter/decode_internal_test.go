package submitter

import (
	"fmt"

	"cosmossdk.io/x/feegrant"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// decoded is a broadcast transaction in the official types.
type decoded struct {
	raw      txtypes.TxRaw
	body     txtypes.TxBody
	auth     txtypes.AuthInfo
	messages []protocolMessage
}

// protocolMessage is one of those that a submitter sends.
type protocolMessage struct {
	supplier string
	header   *sessiontypes.SessionHeader
	create   *prooftypes.MsgCreateClaim
	submit   *prooftypes.MsgSubmitProof
	send     *banktypes.MsgMultiSend
	grant    *feegrant.MsgGrantAllowance
}

func decode(raw []byte) (d decoded, err error) {
	if err = d.raw.Unmarshal(raw); err != nil {
		return d, err
	}
	if err = d.body.Unmarshal(d.raw.BodyBytes); err != nil {
		return d, err
	}
	if err = d.auth.Unmarshal(d.raw.AuthInfoBytes); err != nil {
		return d, err
	}
	for _, packed := range d.body.Messages {
		m, err := decodeMessage(packed.TypeUrl, packed.Value)
		if err != nil {
			return d, err
		}
		d.messages = append(d.messages, m)
	}
	return d, nil
}

func decodeMessage(url string, value []byte) (m protocolMessage, err error) {
	switch url {
	case "/pocket.proof.MsgCreateClaim":
		m.create = new(prooftypes.MsgCreateClaim)
		err = m.create.Unmarshal(value)
		m.supplier, m.header = m.create.SupplierOperatorAddress, m.create.SessionHeader
	case "/pocket.proof.MsgSubmitProof":
		m.submit = new(prooftypes.MsgSubmitProof)
		err = m.submit.Unmarshal(value)
		m.supplier, m.header = m.submit.SupplierOperatorAddress, m.submit.SessionHeader
	case "/cosmos.bank.v1beta1.MsgMultiSend":
		m.send = new(banktypes.MsgMultiSend)
		err = m.send.Unmarshal(value)
		m.supplier = m.send.Inputs[0].Address
	case "/cosmos.feegrant.v1beta1.MsgGrantAllowance":
		m.grant = new(feegrant.MsgGrantAllowance)
		err = m.grant.Unmarshal(value)
		m.supplier = m.grant.Granter
	default:
		err = fmt.Errorf("message of type %s", url)
	}
	return m, err
}

// checkSignature checks the one signature as the chain does, and that its key is every message's supplier.
func (d decoded) checkSignature() error {
	var public secp256k1.PubKey
	if err := public.Unmarshal(d.auth.SignerInfos[0].PublicKey.Value); err != nil {
		return err
	}
	doc := txtypes.SignDoc{BodyBytes: d.raw.BodyBytes, AuthInfoBytes: d.raw.AuthInfoBytes, ChainId: chainID, AccountNumber: accountNumber}
	signed, err := doc.Marshal()
	if err != nil {
		return err
	}
	if len(d.raw.Signatures) != 1 || !public.VerifySignature(signed, d.raw.Signatures[0]) {
		return fmt.Errorf("signature does not verify")
	}
	for _, m := range d.messages {
		if address := keys.AddressOf([33]byte(public.Key)); address != m.supplier {
			return fmt.Errorf("%s signed for %s", address, m.supplier)
		}
	}
	return nil
}
