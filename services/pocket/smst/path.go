package smst

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// pathBits is the number of bits of a path, hence the greatest depth.
const pathBits = 256

// Path says where a leaf hangs: bit 0 (the most significant bit of byte 0)
// chooses the half at the root, bit 1 the half below it, and so on; 0 is left.
type Path [32]byte

// Bit returns bit i, 0 ≤ i < 256.
func (p *Path) Bit(i int) int { return int(p[i>>3]>>(7-i&7)) & 1 }

// word returns the 64 bits that bit i is among, 0 ≤ i < 256.
func (p *Path) word(i int) uint64 { return binary.BigEndian.Uint64(p[i>>6<<3:]) }

// flip inverts bit i, 0 ≤ i < 256.
func (p *Path) flip(i int) { p[i>>3] ^= 0x80 >> (i & 7) }

// compare orders paths as the trie does, from left to right.
func (p *Path) compare(q *Path) int { return bytes.Compare(p[:], q[:]) }

// commonPrefix returns the number of leading bits that p and q share.
func (p *Path) commonPrefix(q *Path) int {
	for i := 0; i < len(p); i += 8 {
		if x := p.word(8*i) ^ q.word(8*i); x != 0 {
			return 8*i + bits.LeadingZeros64(x)
		}
	}
	return pathBits
}
