// Package emit is what the programs that write assembly share: one argument, the folder below which the files go (the
// repository's top folder when they are to replace those that are there), and no trace of who ran them in the files.
package emit

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// File is one file of assembly, NAME_amd64.s.
type File struct {
	Name  string
	Write func(*build.Context)
	Stubs bool // also write the declarations, NAME_amd64.go
}

// Main writes the files of a package below services/pocket and ends the program with 1 if that fails.
func Main(pkg string, files ...File) {
	if len(os.Args) != 2 {
		fmt.Fprintf(os.Stderr, "usage: %s ROOT\n", pkg)
		os.Exit(2)
	}
	for _, f := range files {
		if err := f.emit(filepath.Join(os.Args[1], "services", "pocket", pkg), pkg); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s: %v\n", pkg, f.Name, err)
			os.Exit(1)
		}
	}
}

func (f File) emit(dir, pkg string) error {
	c := build.NewContext()
	f.Write(c)
	file, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	about := printer.Config{Name: "tools/gen/asm/" + pkg, Pkg: pkg}
	base := filepath.Join(dir, f.Name+"_amd64")
	if err := write(base+".s", printer.NewGoAsm(about), file); err != nil || !f.Stubs {
		return err
	}
	return write(base+".go", printer.NewStubs(about), file)
}

func write(name string, p printer.Printer, file *ir.File) error {
	text, err := p.Print(file)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
