package localnet

import (
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
)

// consensusKey signs blocks. A test key like all others, named "consensus".
// GenPrivKeyFromSecret hashes its argument, which makes the seed
// sha256("lode-testkey/consensus").
func consensusKey() cmted25519.PrivKey {
	return cmted25519.GenPrivKeyFromSecret([]byte(testKeyDomain + "consensus"))
}

// nodeKey identifies the node to peers it never has; named "node".
func nodeKey() cmted25519.PrivKey {
	return cmted25519.GenPrivKeyFromSecret([]byte(testKeyDomain + "node"))
}

// consensusPubKey is consensusKey's public half in the SDK's type.
func consensusPubKey() *ed25519.PubKey {
	return &ed25519.PubKey{Key: consensusKey().PubKey().Bytes()}
}
