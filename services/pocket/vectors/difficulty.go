package vectors

import (
	"encoding/json"
	"math/big"

	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// difficultyFile is difficulty.json.
type difficultyFile struct {
	Base          Field[Hex]        `json:"base_target_hash"`
	Averages      []json.RawMessage `json:"ema_updates"`
	Targets       []json.RawMessage `json:"target_updates"`
	Series        []json.RawMessage `json:"series"`
	Applicability []json.RawMessage `json:"applicability"`
	Multipliers   []json.RawMessage `json:"multipliers"`
}

// RunDifficulty runs difficulty.json of dir through package difficulty.
func RunDifficulty(dir string) (Result, error) {
	res := Result{Name: "difficulty.json"}
	var file difficultyFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	res.Run("base_target_hash", func(c *Case) { c.Bytes("base_target_hash", file.Base, difficulty.Base[:]) })
	runEach(&res, "ema_updates", file.Averages, checkAverage)
	runEach(&res, "target_updates", file.Targets, checkTarget)
	runEach(&res, "series", file.Series, checkSeries)
	runEach(&res, "applicability", file.Applicability, checkApplicability)
	runEach(&res, "multipliers", file.Multipliers, checkMultiplier)
	return res, nil
}

func checkAverage(c *Case, v struct {
	Previous Field[Uint] `json:"prev_ema"`
	Relays   Field[Uint] `json:"num_relays"`
	Next     Field[Uint] `json:"new_ema"`
}) {
	previous, _ := v.Previous.Need(c, "prev_ema")
	relays, _ := v.Relays.Need(c, "num_relays")
	Equal(c, "new_ema", v.Next, Uint(difficulty.NextEMA(uint64(previous), uint64(relays))))
}

func checkTarget(c *Case, v struct {
	From   Field[Hex]      `json:"prev_target_hash"`
	Goal   Field[Uint]     `json:"target_num_relays"`
	EMA    Field[Uint]     `json:"new_relays_ema"`
	Next   Field[Hex]      `json:"new_target_hash"`
	Panics json.RawMessage `json:"reference_panics"`
}) {
	from, ok := target(c, "prev_target_hash", v.From)
	if !ok {
		return
	}
	goal, _ := v.Goal.Need(c, "target_num_relays")
	ema, _ := v.EMA.Need(c, "new_relays_ema")
	next, err := difficulty.NextTarget(from, uint64(goal), uint64(ema))
	if v.Panics != nil {
		if err == nil {
			c.Errorf("the reference panics, we say %x", next)
		}
		return
	}
	if err != nil {
		c.Errorf("new_target_hash: %v", err)
		return
	}
	c.Bytes("new_target_hash", v.Next, next[:])
}

func checkSeries(c *Case, v struct {
	Previous Field[Uint] `json:"prev_ema_used"`
	Relays   Field[Uint] `json:"num_relays"`
	Goal     Field[Uint] `json:"target_num_relays"`
	EMA      Field[Uint] `json:"new_ema"`
	Next     Field[Hex]  `json:"new_target_hash"`
}) {
	previous, _ := v.Previous.Need(c, "prev_ema_used")
	relays, _ := v.Relays.Need(c, "num_relays")
	goal, _ := v.Goal.Need(c, "target_num_relays")
	ema := difficulty.NextEMA(uint64(previous), uint64(relays))
	Equal(c, "new_ema", v.EMA, Uint(ema))
	next, err := difficulty.NextTarget(difficulty.Base, uint64(goal), ema)
	if err != nil {
		c.Errorf("new_target_hash: %v", err)
	}
	c.Bytes("new_target_hash", v.Next, next[:])
}

func checkApplicability(c *Case, v struct {
	Hash   Field[Hex]  `json:"relay_hash"`
	Target Field[Hex]  `json:"target_hash"`
	Want   Field[bool] `json:"applicable"`
}) {
	raw, ok := v.Hash.Need(c, "relay_hash")
	limit, limitOK := target(c, "target_hash", v.Target)
	hash, sized := fixed32(c, "relay_hash", raw)
	if ok && limitOK && sized {
		Equal(c, "applicable", v.Want, difficulty.Applies(hash, limit))
	}
}

func checkMultiplier(c *Case, v struct {
	Target      Field[Hex] `json:"target_hash"`
	Numerator   string     `json:"multiplier_numerator"`
	Denominator string     `json:"multiplier_denominator"`
	ProbNum     string     `json:"probability_numerator"`
	ProbDen     string     `json:"probability_denominator"`
}) {
	t, ok := target(c, "target_hash", v.Target)
	if !ok {
		return
	}
	m, err := difficulty.Multiplier(t)
	if err != nil {
		c.Errorf("multiplier: %v", err)
		return
	}
	compareRatio(c, "multiplier", v.Numerator, v.Denominator, m)
	compareRatio(c, "probability", v.ProbNum, v.ProbDen, difficulty.Probability(t))
}

func target(c *Case, name string, f Field[Hex]) (difficulty.Target, bool) {
	raw, ok := f.Need(c, name)
	if !ok {
		return difficulty.Target{}, false
	}
	return fixed32(c, name, raw)
}

// compareRatio compares got with a fraction of two decimal numbers.
func compareRatio(c *Case, name, numerator, denominator string, got *big.Rat) {
	want, ok := new(big.Rat).SetString(numerator + "/" + denominator)
	if !ok {
		c.Errorf("%s: %q / %q is not a fraction", name, numerator, denominator)
		return
	}
	if want.Cmp(got) != 0 {
		c.Errorf("%s: want %s, got %s", name, want, got)
	}
}
