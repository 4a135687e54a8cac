package keys

import (
	"fmt"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// Prefix is the human-readable part of Pocket account addresses.
const Prefix = "pokt"

// maxAddress is the longest address the Cosmos SDK takes, in bytes before
// bech32.
const maxAddress = 255

// AddressOf returns the bech32 account address of a compressed public key:
// RIPEMD-160 of its SHA-256, with the prefix "pokt".
func AddressOf(pub [33]byte) string {
	key := secp256k1.PubKey{Key: pub[:]}
	addr, err := bech32.ConvertAndEncode(Prefix, key.Address())
	if err != nil {
		// Regrouping 20 bytes into 5-bit groups has no way to fail.
		panic(fmt.Sprintf("encode address: %v", err))
	}
	return addr
}

// ParseAddress returns the bytes of a bech32 address with the prefix "pokt", 1
// to 255 of them. It accepts what the chain does, without the SDK's global
// configuration.
func ParseAddress(addr string) ([]byte, error) {
	prefix, raw, err := bech32.DecodeAndConvert(addr)
	if err != nil {
		return nil, fmt.Errorf("parse address %.100q: %w", addr, err)
	}
	if prefix != Prefix {
		return nil, fmt.Errorf("parse address %.100q: prefix is not %s", addr, Prefix)
	}
	if len(raw) == 0 || len(raw) > maxAddress {
		return nil, fmt.Errorf("parse address %.100q: %d bytes, from 1 to %d are possible", addr, len(raw), maxAddress)
	}
	return raw, nil
}
