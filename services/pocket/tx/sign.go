package tx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// Signed is a transaction ready for broadcast, with its parts.
type Signed struct {
	Body      []byte // encoded TxBody
	AuthInfo  []byte // encoded AuthInfo
	SignDoc   []byte // what was signed
	Signature []byte // 64 bytes
	Raw       []byte // what is broadcast
	Hash      string // of Raw: 64 upper-case hex digits
}

// Signer signs with one key, wherever that is.
type Signer interface {
	Public() [33]byte
	SignDigest(ctx context.Context, digest [32]byte) ([64]byte, error)
}

// local is a key at hand.
type local struct{ keys.Private }

func (l local) SignDigest(_ context.Context, digest [32]byte) ([64]byte, error) {
	return l.Private.SignDigest(digest), nil
}

// Sign builds the transaction and signs it with key. The error says which
// part of the request is at fault.
func Sign(r Request, key keys.Private) (Signed, error) {
	return SignWith(context.Background(), r, local{key})
}

// SignWith is Sign with a key that may be elsewhere.
func SignWith(ctx context.Context, r Request, key Signer) (Signed, error) {
	var s Signed
	if err := r.check(); err != nil {
		return s, fmt.Errorf("sign transaction: %w", err)
	}
	steps := []func(context.Context, *Request, Signer, *Signed) error{body, authInfo, signDoc, raw}
	for _, step := range steps {
		if err := step(ctx, &r, key, &s); err != nil {
			return Signed{}, fmt.Errorf("sign transaction: %w", err)
		}
	}
	return s, nil
}

// Hash returns the name of an encoded transaction: its SHA-256 in upper-case
// hex digits.
func Hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func body(_ context.Context, r *Request, _ Signer, s *Signed) (err error) {
	b := txtypes.TxBody{Memo: r.Memo, TimeoutHeight: r.TimeoutHeight, Unordered: r.Unordered}
	if !r.Timeout.IsZero() {
		utc := r.Timeout.UTC()
		b.TimeoutTimestamp = &utc
	}
	for i, msg := range r.Messages {
		packed, err := codectypes.NewAnyWithValue(msg)
		if err != nil {
			return fmt.Errorf("pack message %d: %w", i, err)
		}
		b.Messages = append(b.Messages, packed)
	}
	s.Body, err = b.Marshal()
	return err
}

func authInfo(_ context.Context, r *Request, key Signer, s *Signed) error {
	public := key.Public()
	packed, err := codectypes.NewAnyWithValue(&secp256k1.PubKey{Key: public[:]})
	if err != nil {
		return fmt.Errorf("pack public key: %w", err)
	}
	single := &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT}
	info := txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: packed,
			ModeInfo:  &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{Single: single}},
			Sequence:  r.Sequence,
		}},
		Fee: &txtypes.Fee{Amount: r.Fee, GasLimit: r.GasLimit, Granter: r.FeeGranter},
	}
	s.AuthInfo, err = info.Marshal()
	return err
}

func signDoc(ctx context.Context, r *Request, key Signer, s *Signed) (err error) {
	doc := txtypes.SignDoc{
		BodyBytes:     s.Body,
		AuthInfoBytes: s.AuthInfo,
		ChainId:       r.ChainID,
		AccountNumber: r.AccountNumber,
	}
	s.SignDoc, err = doc.Marshal()
	if err != nil {
		return err
	}
	signature, err := key.SignDigest(ctx, sha256.Sum256(s.SignDoc))
	if err != nil {
		return err
	}
	s.Signature = signature[:]
	return nil
}

func raw(_ context.Context, _ *Request, _ Signer, s *Signed) (err error) {
	t := txtypes.TxRaw{BodyBytes: s.Body, AuthInfoBytes: s.AuthInfo, Signatures: [][]byte{s.Signature}}
	if s.Raw, err = t.Marshal(); err != nil {
		return err
	}
	s.Hash = Hash(s.Raw)
	return nil
}
