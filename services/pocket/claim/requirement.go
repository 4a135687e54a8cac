package claim

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"

	"cosmossdk.io/math"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// ProofPath returns the path whose closest leaf a proof must show: a hash over
// the seed block's hash and the session's id as text. The seed block is the
// one before the proof window opens.
func ProofPath(seedBlockHash []byte, sessionID string) smst.Path {
	return sha256.Sum256(append(append([]byte(nil), seedBlockHash...), sessionID...))
}

// Reason says why a claim must be proven, or that it must not.
type Reason = prooftypes.ProofRequirementReason

// ErrThreshold is returned when the proof parameters lack the threshold.
var ErrThreshold = errors.New("proof parameters without a requirement threshold")

// Requirement says whether a claim worth upokt must be proven: by its worth,
// else by chance over the claim as stored and the seed block's hash. A proof
// that is not required is refused with its whole transaction; a required one
// that is missing is punished. p are the latest proof parameters.
func Requirement(c *prooftypes.Claim, upokt math.Int, p *prooftypes.Params, seedBlockHash []byte) (Reason, error) {
	if p.ProofRequirementThreshold == nil || p.ProofRequirementThreshold.Amount.IsNil() {
		return prooftypes.ProofRequirementReason_NOT_REQUIRED, ErrThreshold
	}
	if OverThreshold(upokt, p.ProofRequirementThreshold.Amount) {
		return prooftypes.ProofRequirementReason_THRESHOLD, nil
	}
	draw, err := DrawFor(c, seedBlockHash)
	if err != nil {
		return prooftypes.ProofRequirementReason_NOT_REQUIRED, err
	}
	if draw.Hits(p.ProofRequestProbability) {
		return prooftypes.ProofRequirementReason_PROBABILISTIC, nil
	}
	return prooftypes.ProofRequirementReason_NOT_REQUIRED, nil
}

// OverThreshold says whether a claim must be proven for its worth alone: upokt
// at or above the threshold.
func OverThreshold(upokt, threshold math.Int) bool { return upokt.GTE(threshold) }

// Hash returns the SHA-256 of the claim as the chain stores it. The validation
// status is part of that.
func Hash(c *prooftypes.Claim) ([32]byte, error) {
	b, err := c.Marshal()
	if err != nil {
		return [32]byte{}, fmt.Errorf("encode claim: %w", err)
	}
	return sha256.Sum256(b), nil
}

// Draw is one deterministic random draw, with the steps that led to it.
type Draw struct {
	SeedHash [32]byte // SHA-256 of the seed
	Source   int64    // the varint at the start of SeedHash; 0 if it overflows
	Value    float64  // in [0, 1): the first of Go's classic generator for Source
}

// Hits says whether the draw falls to the given probability.
func (d Draw) Hits(probability float64) bool { return d.Value <= probability }

// NewDraw draws for a seed of any length.
func NewDraw(seed []byte) Draw {
	d := Draw{SeedHash: sha256.Sum256(seed)}
	d.Source, _ = binary.Varint(d.SeedHash[:])
	d.Value = rand.New(rand.NewSource(d.Source)).Float64()
	return d
}

// DrawFor draws for a claim: the seed is its hash and the seed block's hash.
func DrawFor(c *prooftypes.Claim, seedBlockHash []byte) (Draw, error) {
	hash, err := Hash(c)
	if err != nil {
		return Draw{}, err
	}
	return NewDraw(append(hash[:], seedBlockHash...)), nil
}
