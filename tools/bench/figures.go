package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// Figures is the last line of a run. Ratios are the official library's time
// through ours; 0 stands for what this processor cannot do.
type Figures struct {
	RingVerify2         figure `json:"ring_verify_2"`          // ratio: decode and verify, ring of two, everything cached
	RingVerify3         figure `json:"ring_verify_3"`          // ratio
	RingVerify5         figure `json:"ring_verify_5"`          // ratio
	RingVerify2Portable figure `json:"ring_verify_2_portable"` // ratio, with arithmetic in Go
	RingVerify2ADX      figure `json:"ring_verify_2_adx"`      // ratio, with MULX and ADX
	RingVerifyCold2     figure `json:"ring_verify_cold_2"`     // ratio, with nothing cached
	Tier                string `json:"tier"`                   // the arithmetic that all but the two above used
	RingSign2           figure `json:"ring_sign_2"`            // ratio
	SupplierSign        figure `json:"supplier_sign"`          // ratio
	RelayHash           figure `json:"relay_hash_ns"`          // one relay of 1,200 bytes, one core: its hash, path and leaf hash
	RelayHashBatch      figure `json:"relay_hash_batch_ns"`    // the same for each relay of a batch
	Trie100k            figure `json:"trie_100k"`              // ratio: relays to root and proof, one core
	TrieRoot1M          figure `json:"trie_root_1m_seconds"`   // leaf hashes to root, one core
	TrieProof1M         figure `json:"trie_proof_1m_ms"`       // a proof after that, encoded
	BytesPerLeaf        figure `json:"bytes_per_leaf"`         // growth of resident memory for such a session
}

// figure is written with three digits that count, or all that are before the point.
type figure float64

// MarshalJSON implements json.Marshaler.
func (f figure) MarshalJSON() ([]byte, error) {
	v := float64(f)
	if v >= 1000 {
		return []byte(strconv.FormatFloat(v, 'f', 0, 64)), nil
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		return nil, fmt.Errorf("write %v: %w", v, err)
	}
	return json.Marshal(short)
}

// ringVerify2 is where a tier's figure belongs.
func (f *Figures) ringVerify2(t curve.Tier) *figure {
	switch t {
	case curve.Portable:
		return &f.RingVerify2Portable
	case curve.ADX:
		return &f.RingVerify2ADX
	default:
		return new(figure) // it is the best tier's, which is RingVerify2
	}
}

func (f *Figures) write(w io.Writer) error { return json.NewEncoder(w).Encode(f) }
