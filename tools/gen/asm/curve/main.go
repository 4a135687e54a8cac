// Command curve writes the assembly of services/pocket/curve: eight field elements at once with AVX-512 IFMA, and one
// with MULX and ADX. Its argument is the folder below which the files go, the repository's top folder when they are to
// replace those that are there.
package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"

	"github.com/lodeworks/lode/tools/gen/asm/emit"
)

func main() {
	emit.Main("curve", emit.File{Name: "lanes", Write: writeLanes}, emit.File{Name: "field", Write: writeWords})
}

func writeLanes(c *build.Context) {
	l := &lanes{Context: c, constants: map[string]operand.Mem{}}
	l.addAffine()
	l.setAffine()
	l.add()
	l.double()
	l.fields()
	l.selectRows()
}
