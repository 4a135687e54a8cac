package sha256x

import (
	"fmt"

	"golang.org/x/sys/cpu"
)

// wide tells whether hash16 does the work, which needs supported.
var wide = supported

// supported tells whether the processor has the instructions of hash16.
var supported = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW

// Lanes is how many messages the processor hashes at once: 16 with AVX-512,
// otherwise 1.
func Lanes() int {
	if wide {
		return lanes
	}
	return 1
}

// Use chooses the way to hash, "avx512" or "portable", where a program starts
// with the best that the processor has. It is for tests and benchmarks, and
// must not run while anything hashes. It is an error to ask for what the
// processor lacks.
func Use(tier string) error {
	switch {
	case tier == "portable":
		wide = false
	case tier == "avx512" && supported:
		wide = true
	default:
		return fmt.Errorf("sha256x: no tier %q on this processor", tier)
	}
	return nil
}
