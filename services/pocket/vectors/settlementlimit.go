package vectors

import (
	"strconv"

	"cosmossdk.io/math"

	"github.com/lodeworks/lode/services/pocket/claim"
)

func checkInflation(c *Case, v struct {
	Inflation  Field[float64] `json:"global_inflation_per_claim"`
	Settlement Field[amount]  `json:"settlement_upokt"`
	Mint       Field[amount]  `json:"global_mint_upokt"`
	Terms      Field[amount]  `json:"stake_terms_upokt"`
}) {
	inflation := ratio(c, "global_inflation_per_claim", v.Inflation)
	settled := needAmount(c, "settlement_upokt", v.Settlement)
	equalAmount(c, "global_mint_upokt", v.Mint, claim.GlobalMint(settled, inflation))
	equalAmount(c, "stake_terms_upokt", v.Terms, claim.StakeTerms(settled, inflation))
}

func checkMaxSettlement(c *Case, v struct {
	Inflation Field[float64] `json:"global_inflation_per_claim"`
	Stake     Field[amount]  `json:"stake_upokt"`
	Max       Field[amount]  `json:"max_settlement_upokt"`
}) {
	inflation := ratio(c, "global_inflation_per_claim", v.Inflation)
	stake := needAmount(c, "stake_upokt", v.Stake)
	equalAmount(c, "max_settlement_upokt", v.Max, claim.MaxSettlement(stake, inflation))
}

func checkLimit(c *Case, v struct {
	Claim        Field[amount]  `json:"claim_upokt"`
	Floor        Field[amount]  `json:"floor"`
	Unused       Field[amount]  `json:"unused"`
	Excess       Field[amount]  `json:"total_excess"`
	Multiplier   Field[Uint]    `json:"overservicing_bonus_multiplier"`
	Inflation    Field[float64] `json:"global_inflation_per_claim"`
	Settled      Field[amount]  `json:"settled_upokt"`
	Overserviced Field[bool]    `json:"overserviced_event"`
	Expected     Field[string]  `json:"expected_burn"`
	Effective    Field[string]  `json:"effective_burn"`
}) {
	multiplier, _ := v.Multiplier.Need(c, "overservicing_bonus_multiplier")
	l := claim.Budget{
		Floor:      needAmount(c, "floor", v.Floor),
		Unused:     needAmount(c, "unused", v.Unused),
		Excess:     needAmount(c, "total_excess", v.Excess),
		Multiplier: uint64(multiplier),
		Inflation:  ratio(c, "global_inflation_per_claim", v.Inflation),
	}.Limit(needAmount(c, "claim_upokt", v.Claim))
	equalAmount(c, "settled_upokt", v.Settled, l.Settled)
	Equal(c, "overserviced_event", v.Overserviced, l.Overserviced)
	if l.Overserviced {
		Equal(c, "expected_burn", v.Expected, coinText(l.Expected))
		Equal(c, "effective_burn", v.Effective, coinText(l.Effective))
	} else if v.Expected.Set || v.Effective.Set {
		c.Errorf("burns of an event that is not emitted")
	}
}

// coinText is how an event's attribute shows an amount.
func coinText(a math.Int) string { return strconv.Quote(a.String() + "upokt") }
