package main

import (
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// tables are the constants in memory.
type tables struct {
	start  operand.Mem // the hash before the first block, FIPS 180-4 §5.3.3
	rounds operand.Mem // the constants of the 64 rounds, FIPS 180-4 §4.2.2
	swap   operand.Mem // VPSHUFB order that turns the bytes of every word round
	one    operand.Mem // 1, 64 bits
	stop   operand.Mem // 64 bytes 0x80, the one that follows a message
	limits operand.Mem // limitWords
}

var startWords = []uint32{
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}

var roundWords = []uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

// limitWords are what the bytes that a message has left are compared with.
var limitWords = []int32{block, 55, 0, -8}

func (t tables) limit(n int32) operand.Mem { return t.limits.Offset(4 * slices.Index(limitWords, n)) }

func newTables(c *build.Context) tables {
	return tables{
		start:  table(c, "start", startWords),
		rounds: table(c, "rounds", roundWords),
		swap:   table(c, "swap", slices.Repeat([]uint32{0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f}, 4)),
		one:    table(c, "one", []uint32{1, 0}),
		stop:   table(c, "stop", slices.Repeat([]uint32{0x80808080}, block/4)),
		limits: table(c, "limits", limitWords),
	}
}

// table is read-only data of 32-bit words.
func table[W int32 | uint32](c *build.Context, name string, words []W) operand.Mem {
	m := c.StaticGlobal(name)
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, w := range words {
		c.AppendDatum(operand.U32(uint32(w)))
	}
	return m
}
