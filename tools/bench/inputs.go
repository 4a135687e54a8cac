package bench

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// weight is the compute units of every relay here.
const weight = 100

// message returns a message of its own for each number.
func message(i int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("lode bench message "), uint64(i)))
}

// relayOf returns the trie's key and a short value for each number.
func relayOf(i int) (key [32]byte, value []byte) {
	value = binary.BigEndian.AppendUint64(nil, uint64(i))
	return sha256.Sum256(value), value
}

// bytesOf returns n bytes that differ for each number, with room for more behind them.
func bytesOf(i, n, more int) []byte {
	value := make([]byte, n, n+more)
	for at := 0; at < n; at += 32 {
		block := message(i<<8 + at/32)
		copy(value[at:], block[:])
	}
	return value
}

// testKey returns a key of its own for each name. The keys are worthless.
func testKey(name string) (keys.Private, error) {
	return keys.NewPrivate(sha256.Sum256([]byte("lode bench test key " + name)))
}

// group is a ring: members, and the one that signs, the last.
type group struct {
	members []ring.PublicKey
	set     ring.Set
	signer  keys.Private
}

// newGroup returns a ring of its own for each name.
func newGroup(name string, size int) (g group, err error) {
	for i := range size {
		if g.signer, err = testKey(fmt.Sprint(name, " member ", i)); err != nil {
			return g, err
		}
		g.members = append(g.members, g.signer.Public())
	}
	g.set = ring.NewSet(g.members...)
	return g, nil
}

// request is a signed message and the ring it must be from.
type request struct {
	message   [32]byte
	signature []byte
	members   ring.Set
}
