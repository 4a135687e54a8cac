package session

import (
	"encoding/binary"
	"encoding/hex"

	"golang.org/x/crypto/sha3"
)

// Key names a session's tree: every supplier of a session has its own.
type Key struct {
	Supplier  string // operator address
	SessionID string // 64 hex digits
}

// String returns "supplier/session".
func (k Key) String() string { return k.Supplier + "/" + k.SessionID }

// Preimage is what a session's id and the weights of its suppliers are hashes
// of: block hash, service, application address and start height (8 bytes,
// little-endian), joined by dots. blockHash is the hash of the block at start.
func Preimage(blockHash []byte, service, application string, start int64) []byte {
	b := append([]byte(nil), blockHash...)
	b = append(b, "."+service+"."+application+"."...)
	return binary.LittleEndian.AppendUint64(b, uint64(start))
}

// ID returns the session's id: the SHA3-256 of its [Preimage], in hex.
func ID(blockHash []byte, service, application string, start int64) string {
	sum := sha3.Sum256(Preimage(blockHash, service, application, start))
	return hex.EncodeToString(sum[:])
}
