package arch

import (
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

func TestFileNames(t *testing.T) {
	for _, name := range files(t) {
		if path.Ext(name) != ".go" {
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
