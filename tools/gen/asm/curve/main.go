// Command curve writes the assembly of services/pocket/curve: eight field
// elements at once with AVX-512 IFMA, and one with MULX and ADX. Its argument
// is the root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: curve <root of the repository>")
		os.Exit(2)
	}
	dir := filepath.Join(os.Args[1], "services", "pocket", "curve")
	for name, write := range map[string]func(*build.Context){"lanes_amd64.s": writeLanes, "field_amd64.s": writeWords} {
		if err := generate(filepath.Join(dir, name), write); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			os.Exit(1)
		}
	}
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

// generate writes one file of assembly.
func generate(path string, write func(*build.Context)) error {
	c := build.NewContext()
	write(c)
	file, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	text, err := printer.NewGoAsm(printer.Config{Name: "tools/gen/asm/curve", Pkg: "curve"}).Print(file)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
