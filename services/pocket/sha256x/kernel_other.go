//go:build !amd64

package sha256x

// hash16 is never called: only amd64 has it.
func hash16(*[lanes][32]byte, *[lanes]*byte, *[lanes]int32, int) { panic("sha256x: no kernel") }
