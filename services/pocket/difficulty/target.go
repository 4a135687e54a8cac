package difficulty

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
)

// Target is a relay mining target, a 256-bit big-endian number. The zero value
// lets no relay through.
type Target [32]byte

// Base is the easiest target, 2^256 − 1: it lets every relay through whose
// hash is not all ones. It is in force for services without history.
var Base = Target(bytes.Repeat([]byte{0xff}, 32))

// ErrZeroTarget is returned where a target divides and is zero.
var ErrZeroTarget = errors.New("target is zero")

// Parse reads a target as the chain sends it. It is an error if b is not 32
// bytes long.
func Parse(b []byte) (Target, error) {
	if len(b) != len(Target{}) {
		return Target{}, fmt.Errorf("parse target: %d bytes, want 32", len(b))
	}
	return Target(b), nil
}

// Applies says whether a relay with this hash counts under the target: the
// hash is strictly below it.
func Applies(relayHash [32]byte, target Target) bool {
	return bytes.Compare(relayHash[:], target[:]) < 0
}

// Multiplier returns how many served relays one mined relay stands for:
// (2^256 − 1) / target, 1 or more. The error is [ErrZeroTarget].
func Multiplier(target Target) (*big.Rat, error) {
	if target == (Target{}) {
		return nil, ErrZeroTarget
	}
	return new(big.Rat).SetFrac(integer(Base), integer(target)), nil
}

// Probability returns the inverse of [Multiplier], between 0 and 1: the share
// of relays that count.
func Probability(target Target) *big.Rat {
	return new(big.Rat).SetFrac(integer(target), integer(Base))
}

func integer(t Target) *big.Int { return new(big.Int).SetBytes(t[:]) }
