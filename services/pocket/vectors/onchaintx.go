package vectors

import (
	"github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/lodeworks/lode/services/pocket/tx"
)

// transaction takes a transaction that was included apart and signs it anew:
// the same bytes must come out.
func (r *chainRun) transaction(c *Case, v struct {
	Bytes     Field[Hex]    `json:"tx_bytes"`
	Hash      Field[string] `json:"tx_hash"`
	Account   Field[Uint]   `json:"account_number"`
	Sequence  Field[Uint]   `json:"sequence"`
	Unordered Field[bool]   `json:"unordered"`
	Type      Field[string] `json:"message_type"`
}) {
	raw, _ := v.Bytes.Need(c, "tx_bytes")
	request, ok := r.takeApart(c, raw)
	if !ok {
		return
	}
	account, _ := v.Account.Need(c, "account_number")
	request.AccountNumber = uint64(account)
	Equal(c, "sequence", v.Sequence, Uint(request.Sequence))
	Equal(c, "unordered", v.Unordered, request.Unordered)
	for _, msg := range request.Messages {
		Equal(c, "message_type", v.Type, "/"+proto.MessageName(msg))
	}
	s, err := tx.Sign(request, r.supplier)
	if err != nil {
		c.Errorf("%v", err)
		return
	}
	c.Bytes("tx_bytes", v.Bytes, s.Raw)
	Equal(c, "tx_hash", v.Hash, s.Hash)
}

// takeApart decodes a transaction into what it says, but for the account
// number, which is not in it.
func (r *chainRun) takeApart(c *Case, b []byte) (tx.Request, bool) {
	var raw txtypes.TxRaw
	var body txtypes.TxBody
	var auth txtypes.AuthInfo
	for _, part := range []struct {
		name string
		into interface{ Unmarshal([]byte) error }
		from *[]byte
	}{{"tx", &raw, &b}, {"body", &body, &raw.BodyBytes}, {"auth info", &auth, &raw.AuthInfoBytes}} {
		if err := part.into.Unmarshal(*part.from); err != nil {
			c.Errorf("decode %s: %v", part.name, err)
			return tx.Request{}, false
		}
	}
	if len(auth.SignerInfos) != 1 || auth.Fee == nil {
		c.Errorf("auth info: %d signers, fee %v", len(auth.SignerInfos), auth.Fee)
		return tx.Request{}, false
	}
	request := tx.Request{
		ChainID: r.file.ChainID.V, Sequence: auth.SignerInfos[0].Sequence, Fee: auth.Fee.Amount, GasLimit: auth.Fee.GasLimit,
		Memo: body.Memo, TimeoutHeight: body.TimeoutHeight, Unordered: body.Unordered,
	}
	if body.TimeoutTimestamp != nil {
		request.Timeout = *body.TimeoutTimestamp
	}
	for _, packed := range body.Messages {
		request.Messages = append(request.Messages, unpack(c, packed))
	}
	return request, true
}

// unpack decodes a claim or proof message.
func unpack(c *Case, packed *codectypes.Any) proto.Message {
	var msg interface {
		proto.Message
		Unmarshal([]byte) error
	}
	switch packed.TypeUrl {
	case "/pocket.proof.MsgCreateClaim":
		msg = new(prooftypes.MsgCreateClaim)
	case "/pocket.proof.MsgSubmitProof":
		msg = new(prooftypes.MsgSubmitProof)
	default:
		c.Errorf("message of type %s is not ours", packed.TypeUrl)
		return nil
	}
	if err := msg.Unmarshal(packed.Value); err != nil {
		c.Errorf("decode message: %v", err)
	}
	return msg
}
