package curve

import "fmt"

// Tier is a way to compute.
type Tier int

// The tiers, from the slowest.
const (
	Portable Tier = iota // Go
	ADX                  // MULX, ADCX and ADOX instructions: amd64 since about 2015
	IFMA                 // eight numbers at once: AVX-512 with IFMA and VBMI2
)

// String returns the tier's name in small letters.
func (t Tier) String() string { return [...]string{"portable", "adx", "ifma"}[t] }

// Best returns the fastest tier of this processor; it is the one in use.
func Best() Tier { return best }

// Use makes a tier the one in use, for tests and measurements. It must not be
// called while others compute. It is an error if the processor lacks the tier.
func Use(t Tier) error {
	if t < Portable || t > best {
		return fmt.Errorf("use tier %d: this processor has tiers up to %s", t, best)
	}
	tier, hasADX = t, t >= ADX
	return nil
}

var (
	best   = detect()
	tier   = best
	hasADX = best >= ADX
)
