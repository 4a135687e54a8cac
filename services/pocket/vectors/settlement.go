package vectors

import (
	"encoding/binary"
	"encoding/json"
	"math/big"
	"strconv"

	"cosmossdk.io/math"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// settlementFile is the part of settlement.json that concerns suppliers; the
// token logic and the validators' rewards are the chain's own.
type settlementFile struct {
	Amounts    []json.RawMessage `json:"claim_amounts"`
	Ratios     []json.RawMessage `json:"float_to_ratio"`
	Inflation  []json.RawMessage `json:"global_inflation"`
	MaxForPart []json.RawMessage `json:"max_settlement_for_stake"`
	Limits     []json.RawMessage `json:"claim_limits"`
}

// RunSettlement runs settlement.json of dir through package claim.
func RunSettlement(dir string) (Result, error) {
	res := Result{Name: "settlement.json"}
	var file settlementFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	runEach(&res, "claim_amounts", file.Amounts, checkAmounts)
	runEach(&res, "float_to_ratio", file.Ratios, checkRatio)
	runEach(&res, "global_inflation", file.Inflation, checkInflation)
	runEach(&res, "max_settlement_for_stake", file.MaxForPart, checkMaxSettlement)
	runEach(&res, "claim_limits", file.Limits, checkLimit)
	return res, nil
}

// amount is a whole number of upokt of any size.
type amount struct{ math.Int }

// UnmarshalJSON reads a decimal string or an integer.
func (a *amount) UnmarshalJSON(b []byte) error {
	return a.Int.UnmarshalJSON([]byte(strconv.Quote(unquote(b))))
}

// needAmount returns an amount, zero if the field is missing.
func needAmount(c *Case, name string, f Field[amount]) math.Int {
	if v, ok := f.Need(c, name); ok {
		return v.Int
	}
	return math.ZeroInt()
}

func equalAmount(c *Case, name string, want Field[amount], got math.Int) {
	if w, ok := want.Need(c, name); ok && !w.Equal(got) {
		c.Errorf("%s: want %s, got %s", name, w, got)
	}
}

func checkAmounts(c *Case, v struct {
	Relays      Field[Uint]   `json:"num_relays"`
	PerRelay    Field[Uint]   `json:"compute_units_per_relay"`
	Units       Field[Uint]   `json:"num_claimed_compute_units"`
	Multiplier  Field[Uint]   `json:"compute_units_to_tokens_multiplier"`
	Granularity Field[Uint]   `json:"compute_unit_cost_granularity"`
	Target      Field[Hex]    `json:"target_hash"`
	Estimated   Field[Uint]   `json:"num_estimated_compute_units"`
	EstRelays   Field[Uint]   `json:"num_estimated_relays"`
	Upokt       Field[amount] `json:"claimed_upokt"`
}) {
	relays, _ := v.Relays.Need(c, "num_relays")
	perRelay, _ := v.PerRelay.Need(c, "compute_units_per_relay")
	multiplier, _ := v.Multiplier.Need(c, "compute_units_to_tokens_multiplier")
	granularity, _ := v.Granularity.Need(c, "compute_unit_cost_granularity")
	t, _ := target(c, "target_hash", v.Target)
	a, err := claim.AmountsOf(rootOf(uint64(relays*perRelay), uint64(relays)),
		claim.Prices{Target: t, Multiplier: uint64(multiplier), Granularity: uint64(granularity)})
	if err != nil {
		c.Errorf("%v", err)
		return
	}
	Equal(c, "num_claimed_compute_units", v.Units, Uint(a.ComputeUnits))
	Equal(c, "num_estimated_compute_units", v.Estimated, Uint(a.EstimatedComputeUnits))
	Equal(c, "num_estimated_relays", v.EstRelays, Uint(a.EstimatedRelays))
	equalAmount(c, "claimed_upokt", v.Upokt, a.Upokt)
}

// rootOf returns a root with these totals.
func rootOf(sum, count uint64) (d smst.Digest) {
	binary.BigEndian.PutUint64(d[32:], sum)
	binary.BigEndian.PutUint64(d[40:], count)
	return d
}

func checkRatio(c *Case, v struct {
	Float       Field[float64] `json:"float"`
	Numerator   string         `json:"numerator"`
	Denominator string         `json:"denominator"`
}) {
	compareRatio(c, "ratio", v.Numerator, v.Denominator, ratio(c, "float", v.Float))
}

func ratio(c *Case, name string, f Field[float64]) *big.Rat {
	v, _ := f.Need(c, name)
	r, err := claim.Ratio(v)
	if err != nil {
		c.Errorf("%s: %v", name, err)
		return new(big.Rat)
	}
	return r
}
