//go:build !amd64

package curve

// detect finds no tier but the portable one, so nothing below is called.
func detect() Tier { return Portable }

func pairLanes(_, _ *recoded, _ [4]*Table) (sums [2]Point) { return sums }

func secretLanes(_ *recoded, _ *SecretTable) (sum Point) { return sum }

func secretPairLanes(_ *recoded, _, _ *SecretTable) (sums [2]Point) { return sums }

func productLanes([]Point, []Term) {}

func tableLanes(_ *recoded, _ *Table) (sum Point) { return sum }

func liftLanes([]Affine, []Candidate) {}

func fillLanes([][]Affine, []Affine, []Affine) {}
