// Command sha256x writes the AVX-512 kernel of services/pocket/sha256x:
//
//	sha256x ROOT
//
// ROOT is the folder below which the files go, the repository's top folder when they are to replace those that are
// there. The kernel hashes sixteen messages side by side: a 512-bit register holds the same word of all of them, one
// to each 32-bit lane, so that a round of SHA-256 is the textbook's, sixteen times at once.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sha256x ROOT")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the assembly and its declaration below root.
func run(root string) error {
	file, err := kernel()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	folder := filepath.Join(root, "services", "pocket", "sha256x")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	about := printer.Config{Name: "tools/gen/asm/sha256x", Pkg: "sha256x"}
	if err := write(filepath.Join(folder, "kernel_amd64.s"), printer.NewGoAsm(about), file); err != nil {
		return err
	}
	return write(filepath.Join(folder, "kernel_amd64.go"), printer.NewStubs(about), file)
}

func write(name string, p printer.Printer, file *ir.File) error {
	text, err := p.Print(file)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
