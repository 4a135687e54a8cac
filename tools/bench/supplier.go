package bench

import (
	"bytes"
	"errors"

	cosmos "github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/lodeworks/lode/services/pocket/keys"
)

var errSignatures = errors.New("supplier signatures differ")

// supplierKey is one key in three libraries.
type supplierKey struct {
	ours   keys.Private
	cosmos *cosmos.PrivKey
	decred *secp.PrivateKey
}

// supplier measures the signature under a relay's response.
func (r *run) supplier() error {
	p, err := testKey("supplier")
	if err != nil {
		return err
	}
	secret := p.Secret()
	k := supplierKey{p, &cosmos.PrivKey{Key: secret[:]}, secp.PrivKeyFromBytes(secret[:])}
	if err := r.forMessages(k.same)(); err != nil {
		return err
	}
	if err := r.supplierSign(&k); err != nil {
		return err
	}
	return r.supplierVerify(&k)
}

// same: all three make the same signature of m.
func (k *supplierKey) same(m [32]byte) error {
	digest, message := k.ours.SignDigest(m), k.ours.Sign(m[:])
	theirs, err := k.cosmos.Sign(m[:])
	if err != nil {
		return err
	}
	if !bytes.Equal(ecdsa.SignCompact(k.decred, m[:], true)[1:], digest[:]) || !bytes.Equal(theirs, message[:]) {
		return errSignatures
	}
	return nil
}

func (r *run) supplierSign(k *supplierKey) error {
	n := r.Messages
	costs, err := r.compare(
		theirs(n, r.forMessages(func(m [32]byte) error {
			ecdsa.SignCompact(k.decred, m[:], true)
			return nil
		})),
		ours(n, r.forMessages(func(m [32]byte) error {
			k.ours.SignDigest(m)
			return nil
		})),
		theirs(n, r.forMessages(func(m [32]byte) error {
			_, err := k.cosmos.Sign(m[:])
			return err
		})),
		ours(n, r.forMessages(func(m [32]byte) error {
			k.ours.Sign(m[:])
			return nil
		})),
	)
	if err != nil {
		return err
	}
	r.report.add("supplier, sign a digest", costs[1], "decred", costs[0])
	r.report.add("supplier, sign 32 bytes", costs[3], "Cosmos SDK", costs[2])
	r.figures.SupplierSign = figure(costs[1].times(costs[0]))
	return nil
}

// supplierVerify is what a gateway does with each response.
func (r *run) supplierVerify(k *supplierKey) error {
	public, theirPublic := k.ours.Public(), k.cosmos.PubKey()
	signatures := map[[32]byte][]byte{}
	_ = r.forMessages(func(m [32]byte) error {
		s := k.ours.Sign(m[:])
		signatures[m] = s[:]
		return nil
	})()
	costs, err := r.compare(
		theirs(r.Messages, r.forMessages(func(m [32]byte) error {
			if !theirPublic.VerifySignature(m[:], signatures[m]) {
				return errSignatures
			}
			return nil
		})),
		ours(r.Messages, r.forMessages(func(m [32]byte) error { return keys.Verify(public, m[:], signatures[m]) })),
	)
	if err == nil {
		r.report.add("supplier, verify", costs[1], "Cosmos SDK", costs[0])
	}
	return err
}
