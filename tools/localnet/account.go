package localnet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// testKeyDomain precedes the account's name in the derivation of its key.
const testKeyDomain = "lode-testkey/"

// Account is one key pair of the network. The key is a TEST KEY: it is
// sha256("lode-testkey/" + Name), known to everybody, worthless by design.
type Account struct {
	// Name is the key's name, unique in a Net: "application", "supplier-0", …
	Name string
	// Address is the account's bech32 address, "pokt1…".
	Address string
	// Key is the secp256k1 private key, 32 bytes.
	Key *secp256k1.PrivKey
}

// NewAccount derives the account of that name. The name must not be empty.
func NewAccount(name string) (Account, error) {
	if name == "" {
		return Account{}, fmt.Errorf("derive test account: empty name")
	}
	key := &secp256k1.PrivKey{Key: testSeed(name)}
	addr, err := bech32.ConvertAndEncode(AddressPrefix, key.PubKey().Address())
	if err != nil {
		return Account{}, fmt.Errorf("derive test account %q: %w", name, err)
	}
	return Account{Name: name, Address: addr, Key: key}, nil
}

// KeyHex is the private key as 64 lower-case hex digits.
func (a Account) KeyHex() string { return hex.EncodeToString(a.Key.Key) }

// PubKeyHex is the compressed public key as 66 lower-case hex digits.
func (a Account) PubKeyHex() string { return hex.EncodeToString(a.Key.PubKey().Bytes()) }

// valoper is the account's address in its role as validator operator.
func (a Account) valoper() (string, error) {
	return bech32.ConvertAndEncode(AddressPrefix+"valoper", a.Key.PubKey().Address())
}

// testSeed is 32 bytes that depend on the name alone.
func testSeed(name string) []byte {
	sum := sha256.Sum256([]byte(testKeyDomain + name))
	return sum[:]
}
