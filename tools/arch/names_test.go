package arch

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// platforms are the words that Go reads at the end of a file name as an operating system or a processor, and then
// leaves the file out of every other build without a word.
var platforms = strings.Fields(`
	aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos
	386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le
	ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm unix`)

// elsewhere tells whether a file says that it stands in for one with "amd64" in its name.
func elsewhere(f *ast.File) bool {
	return len(f.Comments) > 0 && strings.TrimSpace(f.Comments[0].List[0].Text) == "//go:build !amd64"
}

func TestFileNames(t *testing.T) {
	portable := map[string]bool{} // folders with code for all other processors
	for _, s := range goFiles(t) {
		portable[s.dir()] = portable[s.dir()] || elsewhere(s.parsed)
	}
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.Contains(path.Base(name), "_amd64") && portable[path.Dir(name)] {
			continue
		}
		words := strings.Split(strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".go"), "_test"), "_")
		if last := words[len(words)-1]; len(words) > 1 && slices.Contains(platforms, last) {
			t.Errorf("%s: Go takes %q for a platform and leaves the file out elsewhere", name, last)
		}
	}
}

// TestPackageComments: every package tells what it is; test packages beside a package need not.
func TestPackageComments(t *testing.T) {
	told := map[string]bool{}
	for _, s := range goFiles(t) {
		if s.test() && strings.HasSuffix(s.parsed.Name.Name, "_test") || strings.HasSuffix(s.path, ".pb.go") {
			continue
		}
		told[s.dir()] = told[s.dir()] || s.parsed.Doc != nil && !s.test()
	}
	for dir, ok := range told {
		if !ok {
			t.Errorf("%s: no file has a package comment", dir)
		}
	}
}
