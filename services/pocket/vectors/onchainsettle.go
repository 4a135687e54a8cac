package vectors

import (
	"encoding/hex"
	"strconv"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// chainParams are the module parameters that our arithmetic depends on.
type chainParams struct {
	Shared struct {
		Params struct {
			paramFields
			Multiplier  Field[Uint] `json:"compute_units_to_tokens_multiplier"`
			Granularity Field[Uint] `json:"compute_unit_cost_granularity"`
		} `json:"params"`
	} `json:"shared"`
	Service struct {
		Params struct {
			Goal Field[Uint] `json:"target_num_relays"`
		} `json:"params"`
	} `json:"service"`
	Proof struct {
		Params struct {
			Probability Field[float64]    `json:"proof_request_probability"`
			Threshold   Field[coinFields] `json:"proof_requirement_threshold"`
		} `json:"params"`
	} `json:"proof"`
}

// chainBlock is what a block's end said.
type chainBlock struct {
	Height Int          `json:"height"`
	Events []chainEvent `json:"finalize_block_events"`
}

// chainEvent is an event with its attributes as the node gives them.
type chainEvent struct {
	Type       string `json:"type"`
	Attributes []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"attributes"`
}

// checkSettlement compares what the chain said when it settled the claim with
// what we make of its root.
func (r *chainRun) checkSettlement(c *Case) {
	settled := r.event(c, "pocket.tokenomics.EventClaimSettled")
	updated := r.event(c, "pocket.service.EventRelayMiningDifficultyUpdated")
	from, ok := target(c, "prev_target_hash_hex_encoded", hexField(updated["prev_target_hash_hex_encoded"]))
	if !ok {
		return
	}
	p := r.file.Params.Shared.Params
	multiplier, _ := p.Multiplier.Need(c, "compute_units_to_tokens_multiplier")
	granularity, _ := p.Granularity.Need(c, "compute_unit_cost_granularity")
	a, err := claim.AmountsOf(r.tree.Root(), claim.Prices{Target: from, Multiplier: uint64(multiplier), Granularity: uint64(granularity)})
	if err != nil {
		c.Errorf("%v", err)
		return
	}
	settled.equal(c, "num_relays", a.Relays)
	settled.equal(c, "num_claimed_compute_units", a.ComputeUnits)
	settled.equal(c, "num_estimated_compute_units", a.EstimatedComputeUnits)
	settled.equal(c, "num_estimated_relays", a.EstimatedRelays)
	if want, got := settled["claimed_upokt"], a.Upokt.String()+"upokt"; want != got {
		c.Errorf("claimed_upokt: want %s, got %s", want, got)
	}
	settled.equal(c, "proof_requirement_int", uint64(r.requirement(c, a.Upokt)))
	r.checkUpdate(c, updated, a.Relays)
}

// checkUpdate compares the move of the service's target.
func (r *chainRun) checkUpdate(c *Case, updated attributes, relays uint64) {
	goal, _ := r.file.Params.Service.Params.Goal.Need(c, "target_num_relays")
	before, err := strconv.ParseUint(updated["prev_num_relays_ema"], 10, 64)
	if err != nil {
		c.Errorf("prev_num_relays_ema: %v", err)
	}
	ema := difficulty.NextEMA(before, relays)
	updated.equal(c, "new_num_relays_ema", ema)
	next, err := difficulty.NextTarget(difficulty.Base, uint64(goal), ema)
	if err != nil {
		c.Errorf("new_target_hash_hex_encoded: %v", err)
	}
	c.Bytes("new_target_hash_hex_encoded", hexField(updated["new_target_hash_hex_encoded"]), next[:])
}

func (r *chainRun) requirement(c *Case, worth math.Int) claim.Reason {
	p := r.file.Params.Proof.Params
	threshold, _ := p.Threshold.Need(c, "proof_requirement_threshold")
	probability, _ := p.Probability.Need(c, "proof_request_probability")
	params := prooftypes.Params{
		ProofRequestProbability:   probability,
		ProofRequirementThreshold: &sdk.Coin{Denom: threshold.Denom, Amount: math.NewInt(int64(threshold.Amount))},
	}
	msg := claim.NewCreateClaim(r.supplier.Address(), r.file.Header.header(c), r.tree.Root())
	reason, err := claim.Requirement(claim.Stored(msg), worth, &params, r.blockHash(c, r.windows.SeedHeight))
	if err != nil {
		c.Errorf("%v", err)
	}
	return reason
}

// attributes are those of an event, without the quotes of JSON texts.
type attributes map[string]string

func (a attributes) equal(c *Case, name string, got uint64) {
	if a[name] != strconv.FormatUint(got, 10) {
		c.Errorf("%s: want %q, got %d", name, a[name], got)
	}
}

// event returns the attributes of the one event of a type in the block at
// whose end the session is settled.
func (r *chainRun) event(c *Case, kind string) attributes {
	for _, b := range r.file.Blocks {
		for _, e := range b.Events {
			if e.Type != kind || int64(b.Height) != r.windows.Settlement {
				continue
			}
			found := attributes{}
			for _, a := range e.Attributes {
				found[a.Key] = unquote([]byte(a.Value))
			}
			return found
		}
	}
	c.Errorf("blocks: no %s at height %d", kind, r.windows.Settlement)
	return nil
}

func hexField(digits string) Field[Hex] {
	b, err := hex.DecodeString(digits)
	return Field[Hex]{Set: err == nil, V: b}
}
