package vectors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	stdmath "math"
	"strconv"

	"cosmossdk.io/math"

	"github.com/lodeworks/lode/services/pocket/claim"
)

// requirementFile is proof_requirement.json.
type requirementFile struct {
	Claims    []json.RawMessage `json:"claims"`
	Floats    []json.RawMessage `json:"seeded_floats"`
	Threshold []json.RawMessage `json:"threshold"`
}

// RunProofRequirement runs proof_requirement.json of dir through package claim.
func RunProofRequirement(dir string) (Result, error) {
	res := Result{Name: "proof_requirement.json"}
	var file requirementFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	runEach(&res, "claims", file.Claims, checkClaimDraw)
	runEach(&res, "seeded_floats", file.Floats, checkSeededFloat)
	runEach(&res, "threshold", file.Threshold, checkThreshold)
	return res, nil
}

// drawFields are the steps of a draw.
type drawFields struct {
	SeedHash Field[Hex]    `json:"seed_hash"`
	Source   Field[Int]    `json:"random_source_seed"`
	Read     Field[Int]    `json:"varint_bytes_read"`
	Value    Field[string] `json:"sample_value"`
	Bits     Field[string] `json:"sample_value_float64_bits"`
}

func (f drawFields) check(c *Case, d claim.Draw) {
	c.Bytes("seed_hash", f.SeedHash, d.SeedHash[:])
	Equal(c, "random_source_seed", f.Source, Int(d.Source))
	_, read := binary.Varint(d.SeedHash[:])
	Equal(c, "varint_bytes_read", f.Read, Int(read))
	Equal(c, "sample_value_float64_bits", f.Bits, fmt.Sprintf("%016x", stdmath.Float64bits(d.Value)))
	text, _ := f.Value.Need(c, "sample_value")
	if want, err := strconv.ParseFloat(text, 64); err != nil || want != d.Value {
		c.Errorf("sample_value: want %s, got %v", text, d.Value)
	}
}

func checkClaimDraw(c *Case, v struct {
	Supplier  Field[string]          `json:"supplier_operator_address"`
	Header    headerFields           `json:"session_header"`
	Root      Field[Hex]             `json:"root_hash"`
	Status    Field[Int]             `json:"proof_validation_status"`
	Bytes     Field[Hex]             `json:"claim_bytes"`
	Hash      Field[Hex]             `json:"claim_hash"`
	BlockHash Field[Hex]             `json:"seed_block_hash"`
	Required  Field[map[string]bool] `json:"required_by_chance_at_probability"`
	drawFields
}) {
	stored := storedClaim(c, v.Supplier, v.Header, v.Root, v.Status)
	compareEncoding(c, "claim_bytes", v.Bytes, stored)
	hash, err := claim.Hash(stored)
	if err != nil {
		c.Errorf("claim_hash: %v", err)
	}
	c.Bytes("claim_hash", v.Hash, hash[:])
	seed, _ := v.BlockHash.Need(c, "seed_block_hash")
	draw, err := claim.DrawFor(stored, seed)
	if err != nil {
		c.Errorf("draw: %v", err)
	}
	v.check(c, draw)
	required, _ := v.Required.Need(c, "required_by_chance_at_probability")
	for text, want := range required {
		probability, err := strconv.ParseFloat(text, 64)
		if got := draw.Hits(probability); err != nil || got != want {
			c.Errorf("required at probability %s: want %t, got %t", text, want, got)
		}
	}
}

func checkSeededFloat(c *Case, v struct {
	Input Field[Hex] `json:"seed_input"`
	drawFields
}) {
	input, _ := v.Input.Need(c, "seed_input")
	v.check(c, claim.NewDraw(input))
}

func checkThreshold(c *Case, v struct {
	Claimed   Field[Int]  `json:"claimed_upokt"`
	Threshold Field[Int]  `json:"proof_requirement_threshold"`
	Required  Field[bool] `json:"required_by_threshold"`
}) {
	claimed, _ := v.Claimed.Need(c, "claimed_upokt")
	threshold, _ := v.Threshold.Need(c, "proof_requirement_threshold")
	Equal(c, "required_by_threshold", v.Required,
		claim.OverThreshold(math.NewInt(int64(claimed)), math.NewInt(int64(threshold))))
}
