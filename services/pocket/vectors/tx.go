package vectors

import (
	"encoding/json"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/tx"
)

// txFile is claim_proof_tx.json.
type txFile struct {
	Signer       keyObject         `json:"signer"`
	Messages     []json.RawMessage `json:"messages"`
	Transactions []json.RawMessage `json:"transactions"`
}

// txRun is the state of one run.
type txRun struct {
	signer   keys.Private
	messages map[string]proto.Message // by name, from the file's messages
}

// RunClaimProofTx runs claim_proof_tx.json of dir through packages claim and
// tx: messages are built and encoded, transactions signed anew.
func RunClaimProofTx(dir string) (Result, error) {
	res := Result{Name: "claim_proof_tx.json"}
	var file txFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	run := txRun{messages: map[string]proto.Message{}}
	if file.Signer.Private.Set {
		res.Run("signer", func(c *Case) { run.signer = file.Signer.check(c, "signer") })
	}
	runEach(&res, "messages", file.Messages, func(c *Case, v messageCase) { run.messages[v.Name] = v.check(c) })
	runEach(&res, "transactions", file.Transactions, run.transaction)
	return res, nil
}

// txCase is a transaction: what it says, and its bytes.
type txCase struct {
	ChainID       Field[string]   `json:"chain_id"`
	Account       Field[Uint]     `json:"account_number"`
	Sequence      Field[Uint]     `json:"sequence"`
	Messages      Field[[]string] `json:"messages"`
	Fee           []coinFields    `json:"fee"`
	Gas           Field[Uint]     `json:"gas_limit"`
	Memo          Field[string]   `json:"memo"`
	TimeoutHeight Field[Uint]     `json:"timeout_height"`
	TimeoutNanos  Field[Int]      `json:"timeout_timestamp_unix_nanos"`
	TimeoutText   string          `json:"timeout_timestamp_rfc3339"`
	Unordered     Field[bool]     `json:"unordered"`
	Mode          Field[string]   `json:"sign_mode"`

	Body      Field[Hex]    `json:"body_bytes"`
	AuthInfo  Field[Hex]    `json:"auth_info_bytes"`
	SignDoc   Field[Hex]    `json:"sign_doc_bytes"`
	Signature Field[Hex]    `json:"signature"`
	Raw       Field[Hex]    `json:"tx_raw_bytes"`
	Hash      Field[string] `json:"tx_hash"`
}

// coinFields is an amount of a denomination.
type coinFields struct {
	Denom  string `json:"denom"`
	Amount Int    `json:"amount"`
}

func (r *txRun) transaction(c *Case, v txCase) {
	Equal(c, "sign_mode", v.Mode, "SIGN_MODE_DIRECT")
	s, err := tx.Sign(v.request(c, r.messages), r.signer)
	if err != nil {
		c.Errorf("%v", err)
		return
	}
	c.Bytes("body_bytes", v.Body, s.Body)
	c.Bytes("auth_info_bytes", v.AuthInfo, s.AuthInfo)
	c.Bytes("sign_doc_bytes", v.SignDoc, s.SignDoc)
	c.Bytes("signature", v.Signature, s.Signature)
	c.Bytes("tx_raw_bytes", v.Raw, s.Raw)
	Equal(c, "tx_hash", v.Hash, s.Hash)
}

func (v txCase) request(c *Case, messages map[string]proto.Message) tx.Request {
	chain, _ := v.ChainID.Need(c, "chain_id")
	account, _ := v.Account.Need(c, "account_number")
	sequence, _ := v.Sequence.Need(c, "sequence")
	gas, _ := v.Gas.Need(c, "gas_limit")
	memo, _ := v.Memo.Need(c, "memo")
	height, _ := v.TimeoutHeight.Need(c, "timeout_height")
	unordered, _ := v.Unordered.Need(c, "unordered")
	r := tx.Request{
		ChainID: chain, AccountNumber: uint64(account), Sequence: uint64(sequence), GasLimit: uint64(gas),
		Memo: memo, TimeoutHeight: uint64(height), Unordered: unordered, Timeout: v.timeout(c),
	}
	for _, coin := range v.Fee {
		r.Fee = append(r.Fee, sdk.Coin{Denom: coin.Denom, Amount: math.NewInt(int64(coin.Amount))})
	}
	names, _ := v.Messages.Need(c, "messages")
	for _, name := range names {
		if messages[name] == nil {
			c.Errorf("messages: there is no %q", name)
			continue
		}
		r.Messages = append(r.Messages, messages[name])
	}
	return r
}

// timeout reads the timestamp, which the file may give twice.
func (v txCase) timeout(c *Case) time.Time {
	if !v.TimeoutNanos.Set {
		if v.TimeoutText != "" {
			c.Errorf("field timeout_timestamp_unix_nanos is missing")
		}
		return time.Time{}
	}
	at := time.Unix(0, int64(v.TimeoutNanos.V)).UTC()
	if text := at.Format(time.RFC3339Nano); text != v.TimeoutText {
		c.Errorf("timeout_timestamp_rfc3339: want %s, got %s", v.TimeoutText, text)
	}
	return at
}
