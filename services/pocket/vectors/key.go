package vectors

import (
	"github.com/lodeworks/lode/services/pocket/keys"
)

// keyObject is a key as the vector files write it. All are test keys.
type keyObject struct {
	Name    string        `json:"name"`
	Private Field[Hex]    `json:"private_key"`
	Public  Field[Hex]    `json:"public_key"`
	Address Field[string] `json:"address"`
}

// check compares the key's public half and address with ours and returns the
// private key, or the zero key if there is none.
func (k keyObject) check(c *Case, who string) keys.Private {
	p, ok := k.private(c, who)
	if !ok {
		return p
	}
	pub := p.Public()
	c.Bytes(who+" public_key", k.Public, pub[:])
	Equal(c, who+" address", k.Address, p.Address())
	return p
}

func (k keyObject) private(c *Case, who string) (keys.Private, bool) {
	raw, ok := k.Private.Need(c, who+" private_key")
	if !ok {
		return keys.Private{}, false
	}
	b, ok := fixed32(c, who+" private_key", raw)
	if !ok {
		return keys.Private{}, false
	}
	p, err := keys.NewPrivate(b)
	if err != nil {
		c.Errorf("%s private_key: %v", who, err)
	}
	return p, err == nil
}

// fixed32 returns b as 32 bytes, or records that it is not that long.
func fixed32(c *Case, name string, b []byte) (out [32]byte, ok bool) {
	if len(b) != len(out) {
		c.Errorf("%s: %d bytes, want %d", name, len(b), len(out))
		return out, false
	}
	return [32]byte(b), true
}

// fixed33 returns b as 33 bytes, or records that it is not that long.
func fixed33(c *Case, name string, b []byte) (out [33]byte, ok bool) {
	if len(b) != len(out) {
		c.Errorf("%s: %d bytes, want %d", name, len(b), len(out))
		return out, false
	}
	return [33]byte(b), true
}
