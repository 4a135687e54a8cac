package signing

import (
	"encoding/hex"
	"fmt"
)

// Purposes that a signature can be for: rights to them are given apart.
const (
	PurposeRelay = "relay" // responses of a supplier
	PurposeTx    = "tx"    // transactions
)

// maxMessage bounds every message of the socket, in bytes: about 5,000 keys.
const maxMessage = 1 << 20

type keyList struct {
	Keys []keyEntry `json:"keys"`
}

type keyEntry struct {
	Address   string `json:"address"`
	PublicKey string `json:"public_key"`
}

type signRequest struct {
	Address string `json:"address"`
	Purpose string `json:"purpose"`
	Digest  string `json:"digest"`
}

type signReply struct {
	Signature string `json:"signature,omitempty"`
	Error     string `json:"error,omitempty"`
}

// unhex reads exactly len(to) bytes.
func unhex(to []byte, digits string) error {
	if len(digits) != 2*len(to) {
		return fmt.Errorf("%d hex digits, want %d", len(digits), 2*len(to))
	}
	_, err := hex.Decode(to, []byte(digits))
	return err
}
