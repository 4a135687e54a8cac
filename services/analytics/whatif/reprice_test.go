package whatif_test

import (
	"fmt"
	"math/big"
	"strconv"
	"testing"

	"cosmossdk.io/math"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/analytics/whatif"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// world is a chain of a few applications: what each adds to its stake before each block, and the claims.
type world struct {
	added  map[string]map[int64]int64
	claims []whatif.Claim
}

// drawn is a world whose claims have not been settled yet.
func drawn(t *rapid.T) *world {
	w := &world{added: map[string]map[int64]int64{}}
	for height := int64(20); height < 24; height++ {
		params := drawnParams(t)
		for a := range 2 {
			application := fmt.Sprint("app", a)
			if w.added[application] == nil {
				w.added[application] = map[int64]int64{}
			}
			w.added[application][height] = rapid.Int64Range(0, 200_000).Draw(t, "stake")
			limit := math.NewInt(rapid.Int64Range(0, 1).Draw(t, "limited") * rapid.Int64Range(1, 50_000).Draw(t, "limit"))
			for n := range rapid.IntRange(0, 3).Draw(t, "claims") {
				relays := rapid.Uint64Range(1, 200).Draw(t, "relays")
				w.claims = append(w.claims, whatif.Claim{
					Supplier: fmt.Sprint("s", n), Application: application, Service: "llm", SessionEndHeight: height - 10, Height: height,
					Relays: relays, ComputeUnits: relays * 7, Settles: rapid.IntRange(0, 4).Draw(t, "settles") > 0, Actual: whatif.Zero(),
					Prices: claim.Prices{Target: drawnTarget(t), Multiplier: rapid.Uint64Range(1, 100).Draw(t, "multiplier"), Granularity: rapid.Uint64Range(1, 3).Draw(t, "granularity")},
					Params: params, PendingSessions: 2, SpendLimit: limit, Probability: 0.25, Threshold: math.NewInt(10_000),
				})
			}
		}
	}
	return w
}

func drawnParams(t *rapid.T) tokenomicstypes.Params {
	share := func(name string, parts int) float64 {
		return float64(rapid.IntRange(0, parts).Draw(t, name)) / float64(parts)
	}
	return tokenomicstypes.Params{
		MintRatio: share("ratio", 1000), GlobalInflationPerClaim: share("inflation", 20),
		MintEqualsBurnClaimDistribution: tokenomicstypes.MintEqualsBurnClaimDistribution{Supplier: share("share", 100)},
		MintAllocationPercentages:       tokenomicstypes.MintAllocationPercentages{Supplier: share("allocation", 100)},
		OverservicingBonusMultiplier:    uint64(rapid.IntRange(0, 3).Draw(t, "bonus")),
	}
}

func drawnTarget(t *rapid.T) (target difficulty.Target) {
	for i := range target {
		target[i] = 0xff
	}
	target[0] = rapid.ByteRange(1, 255).Draw(t, "target")
	return target
}

// twin settles the claims slowly, as chain-rules.md §9, §12 and §13 say it, with rationals all the way. It sets every
// claim's outcome and stake.
func (w *world) twin(change whatif.Change) []whatif.Outcome {
	stakes := map[string]*big.Int{"app0": new(big.Int), "app1": new(big.Int)}
	out := make([]whatif.Outcome, len(w.claims))
	for height := int64(20); height < 24; height++ {
		before := map[string]*big.Int{}
		for application, stake := range stakes {
			stake.Add(stake, big.NewInt(w.added[application][height]))
			before[application] = new(big.Int).Set(stake)
		}
		for i, c := range w.claims {
			if c.Height != height {
				continue
			}
			out[i] = whatif.Zero()
			if c.Settles {
				out[i] = w.settle(c, change, atLeast0(before[c.Application]))
				stakes[c.Application].Sub(stakes[c.Application], need(out[i].Settled.BigInt(), inflationOf(c, change)))
			}
			w.claims[i].Stake = math.NewIntFromBigInt(before[c.Application])
		}
	}
	return out
}

func atLeast0(n *big.Int) *big.Int {
	if n.Sign() < 0 {
		return new(big.Int)
	}
	return n
}

// settle is one claim's outcome out of a stake.
func (w *world) settle(c whatif.Claim, change whatif.Change, stake *big.Int) whatif.Outcome {
	i := inflationOf(c, change)
	floor := new(big.Int).Div(stake, big.NewInt(c.PendingSessions))
	if c.SpendLimit.IsPositive() && c.SpendLimit.BigInt().Cmp(floor) < 0 {
		floor = c.SpendLimit.BigInt()
	}
	n, unused, excess := int64(0), new(big.Int), new(big.Int)
	same := func(o whatif.Claim) bool { return o.Height == c.Height && o.Application == c.Application }
	for _, o := range w.claims {
		if same(o) {
			n++
		}
	}
	floor = new(big.Int).Div(floor, big.NewInt(n))
	for _, o := range w.claims {
		if same(o) && o.Settles {
			if rest := new(big.Int).Sub(floor, need(value(o, change), i)); rest.Sign() > 0 {
				unused.Add(unused, rest)
			} else {
				excess.Sub(excess, rest)
			}
		}
	}
	claimed := value(c, change)
	most := new(big.Int).Set(floor)
	if m := int64(c.Params.OverservicingBonusMultiplier); m > 1 {
		if over := new(big.Int).Sub(need(claimed, i), floor); over.Sign() > 0 && excess.Sign() > 0 {
			most.Add(most, over.Mul(over, unused).Div(over, excess))
		}
		if cap := new(big.Int).Mul(floor, big.NewInt(m)); most.Cmp(cap) > 0 {
			most = cap
		}
	}
	payable := down(new(big.Rat).Quo(new(big.Rat).SetInt(most), new(big.Rat).Add(big.NewRat(1, 1), i)))
	settled := claimed
	if claimed.Cmp(payable) > 0 {
		settled = payable
	}
	ratio := decimal(c.Params.MintRatio)
	if change.MintRatio != nil {
		ratio = decimal(*change.MintRatio)
	}
	minted := times(settled, ratio)
	earned := new(big.Int).Add(times(minted, decimal(c.Params.MintEqualsBurnClaimDistribution.Supplier)),
		times(up(new(big.Rat).Mul(new(big.Rat).SetInt(settled), i)), decimal(c.Params.MintAllocationPercentages.Supplier)))
	return whatif.Outcome{Claimed: math.NewIntFromBigInt(claimed), Settled: math.NewIntFromBigInt(settled), Minted: math.NewIntFromBigInt(minted), Earned: math.NewIntFromBigInt(earned)}
}

// value is floor(CU · (2^256-1)/T · CUTTM/granularity).
func value(c whatif.Claim, change whatif.Change) *big.Int {
	units, multiplier, granularity := new(big.Int).SetUint64(c.ComputeUnits), c.Prices.Multiplier, c.Prices.Granularity
	if change.UnitsPerRelay != nil {
		units.SetUint64(c.Relays * *change.UnitsPerRelay)
	}
	if change.Multiplier != nil {
		multiplier = *change.Multiplier
	}
	if change.Granularity != nil {
		granularity = *change.Granularity
	}
	base := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	r := new(big.Rat).SetFrac(units.Mul(units, base).Mul(units, new(big.Int).SetUint64(multiplier)),
		new(big.Int).Mul(new(big.Int).SetBytes(c.Prices.Target[:]), new(big.Int).SetUint64(granularity)))
	return down(r)
}

func inflationOf(c whatif.Claim, change whatif.Change) *big.Rat {
	if change.Inflation != nil {
		return decimal(*change.Inflation)
	}
	return decimal(c.Params.GlobalInflationPerClaim)
}

func decimal(f float64) *big.Rat {
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	return r
}

func down(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }

func up(r *big.Rat) *big.Int {
	n, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if m.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	return n
}

func times(n *big.Int, r *big.Rat) *big.Int { return down(new(big.Rat).Mul(new(big.Rat).SetInt(n), r)) }

func need(n *big.Int, inflation *big.Rat) *big.Int {
	return new(big.Int).Add(n, up(new(big.Rat).Mul(new(big.Rat).SetInt(n), inflation)))
}

// outcomes are in the order of the claims: they are drawn in the order of their heights, which pricing keeps.
func outcomes(claims []whatif.Repriced) []string {
	var list []string
	for _, c := range claims {
		list = append(list, fmt.Sprint(c.Then.Claimed, c.Then.Settled, c.Then.Minted, c.Then.Earned))
	}
	return list
}

func shown(all []whatif.Outcome, claims []whatif.Claim) []string {
	var list []string
	for i, o := range all {
		if !claims[i].Settles {
			o.Claimed = math.ZeroInt()
		}
		list = append(list, fmt.Sprint(o.Claimed, o.Settled, o.Minted, o.Earned))
	}
	return list
}

// Under the parameters that were in force, and under any others, what Reprice gives is what the slow twin gives: also when
// a change of one block leaves an application more, or less, for the next.
func TestRepriceIsTheTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawn(t)
		for i, o := range w.twin(whatif.Change{}) {
			w.claims[i].Actual = o
		}
		check := func(change whatif.Change, want []whatif.Outcome, why string) {
			got, err := whatif.Reprice(w.claims, change)
			require.NoError(t, err)
			for i := range got {
				if !got[i].Settles {
					got[i].Then.Claimed = math.ZeroInt()
				}
			}
			require.Equal(t, shown(want, w.claims), outcomes(got), why)
		}
		actual := make([]whatif.Outcome, len(w.claims))
		for i, c := range w.claims {
			actual[i] = c.Actual
		}
		check(whatif.Change{}, actual, "as it was")

		before := append([]whatif.Claim{}, w.claims...)
		change := whatif.Change{}
		maybe := func(name string, is func()) {
			if rapid.Bool().Draw(t, name) {
				is()
			}
		}
		maybe("change multiplier", func() { n := rapid.Uint64Range(1, 100).Draw(t, "to"); change.Multiplier = &n })
		maybe("change granularity", func() { n := rapid.Uint64Range(1, 3).Draw(t, "to"); change.Granularity = &n })
		maybe("change units", func() { n := rapid.Uint64Range(1, 20).Draw(t, "to"); change.UnitsPerRelay = &n })
		maybe("change ratio", func() { n := float64(rapid.IntRange(0, 100).Draw(t, "to")) / 100; change.MintRatio = &n })
		maybe("change inflation", func() { n := float64(rapid.IntRange(0, 10).Draw(t, "to")) / 10; change.Inflation = &n })
		want := w.twin(change)
		w.claims = before
		check(change, want, "changed")
	})
}

// Another target makes as many more leaves, each worth as much less: the value moves by no more than half a leaf's.
func TestAimKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := whatif.Claim{Relays: rapid.Uint64Range(1, 1e6).Draw(t, "relays"), Settles: true, Actual: whatif.Zero(), PendingSessions: 1,
			Prices: claim.Prices{Target: drawnTarget(t), Multiplier: 42, Granularity: 1}, Params: drawnParams(t), Stake: math.NewInt(1e18), Threshold: math.NewInt(1), Probability: 0.5}
		c.ComputeUnits = c.Relays * 10
		target := drawnTarget(t)
		was, err := whatif.Reprice([]whatif.Claim{c}, whatif.Change{})
		require.NoError(t, err)
		same, err := whatif.Reprice([]whatif.Claim{c}, whatif.Change{Target: &c.Prices.Target})
		require.NoError(t, err)
		require.Equal(t, was[0].Then, same[0].Then, "the same target changes nothing")
		now, err := whatif.Reprice([]whatif.Claim{c}, whatif.Change{Target: &target})
		require.NoError(t, err)
		leaf := new(big.Rat).Mul(big.NewRat(10*42, 1), new(big.Rat).Inv(difficulty.Probability(target)))
		apart := new(big.Int).Abs(new(big.Int).Sub(was[0].Then.Claimed.BigInt(), now[0].Then.Claimed.BigInt()))
		require.LessOrEqual(t, new(big.Rat).SetInt(apart).Cmp(leaf.Quo(leaf, big.NewRat(2, 1)).Add(leaf, big.NewRat(2, 1))), 0)
		want := 1.0 // from the threshold on
		if now[0].Then.Claimed.IsZero() {
			want = 0 // there is no claim
		}
		require.Equal(t, want, now[0].ExpectedProofs)
	})
}
