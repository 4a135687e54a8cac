package vectors

import (
	"fmt"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// ringMember is a member key with the points derived from it.
type ringMember struct {
	keyObject
	HashToCurve Field[Hex] `json:"hash_to_curve_of_public_key"`
	KeyImage    Field[Hex] `json:"key_image"`
}

// member checks a member key and remembers it as a signer.
func (r *ringRun) member(c *Case, v ringMember) {
	priv := v.check(c, "member")
	if priv.IsZero() {
		return
	}
	r.signers[v.Name] = priv
	checkHashToCurve(c, v.HashToCurve, priv.Public())
	image, err := keyImage(priv)
	if err != nil {
		c.Errorf("key image: %v", err)
		return
	}
	c.Bytes("key_image", v.KeyImage, image[:])
}

// keyImage returns the key image of a private key.
func keyImage(priv keys.Private) (ring.PublicKey, error) {
	if priv.IsZero() {
		return ring.PublicKey{}, keys.ErrKey
	}
	pub := ring.PublicKey(priv.Public())
	signer, err := ring.NewSigner(nil, priv.Secret(), []ring.PublicKey{pub, pub})
	if err != nil {
		return ring.PublicKey{}, err
	}
	return signer.KeyImage(), nil
}

// placeholderKey is the fixed member of a ring without gateways.
type placeholderKey struct {
	Private     Field[Hex]    `json:"private_key"`
	Public      Field[Hex]    `json:"public_key"`
	HashToCurve Field[Hex]    `json:"hash_to_curve_of_public_key"`
	Address     Field[string] `json:"address_string_used_for_sorting"`
}

func checkPlaceholder(c *Case, v placeholderKey) {
	key := ring.Placeholder()
	c.Bytes("public_key", v.Public, key[:])
	checkHashToCurve(c, v.HashToCurve, key)
	Equal(c, "address_string_used_for_sorting", v.Address, ringAddress(key))
	priv, ok := keyObject{Private: v.Private}.private(c, "placeholder")
	if ok && priv.Public() != key {
		c.Errorf("private_key is not that of the placeholder")
	}
}

func checkHashToCurve(c *Case, want Field[Hex], key ring.PublicKey) {
	h, err := ring.HashToPoint(key)
	if err != nil {
		c.Errorf("hash to point: %v", err)
		return
	}
	c.Bytes("hash_to_curve_of_public_key", want, h[:])
}

// ringAddress returns the text by which the chain's client sorts a ring: the
// account address, but upper-case hex for the placeholder.
func ringAddress(key ring.PublicKey) string {
	addr := keys.AddressOf(key)
	if key != ring.Placeholder() {
		return addr
	}
	raw, err := keys.ParseAddress(addr)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%X", raw)
}
