package whatif

import (
	"maps"
	"slices"
)

// By names what claims can be summed by.
var By = map[string]func(Claim) string{
	"supplier":    func(c Claim) string { return c.Supplier },
	"application": func(c Claim) string { return c.Application },
	"service":     func(c Claim) string { return c.Service },
	"session":     func(c Claim) string { return c.SessionID },
	"day":         func(c Claim) string { return c.Day },
	"all":         func(Claim) string { return "all" },
}

// Groupings are the names in By.
func Groupings() []string { return slices.Sorted(maps.Keys(By)) }

// Total is the sum of settled claims, as they were and as they would be.
type Total struct {
	Key            string  `json:"key"`
	Claims         uint64  `json:"claims"`
	Actual         Outcome `json:"actual"`
	Then           Outcome `json:"then"`
	ExpectedProofs float64 `json:"expected_proofs"`
}

// Sum sums the claims that settle by what by says of them.
func Sum(claims []Repriced, by func(Claim) string) []Total {
	totals := map[string]*Total{}
	for _, c := range claims {
		if !c.Settles {
			continue
		}
		key := by(c.Claim)
		t := totals[key]
		if t == nil {
			t = &Total{Key: key, Actual: Zero(), Then: Zero()}
			totals[key] = t
		}
		t.Claims++
		t.Actual, t.Then = t.Actual.plus(c.Actual), t.Then.plus(c.Then)
		t.ExpectedProofs += c.ExpectedProofs
	}
	sums := make([]Total, 0, len(totals))
	for _, key := range slices.Sorted(maps.Keys(totals)) {
		sums = append(sums, *totals[key])
	}
	return sums
}
