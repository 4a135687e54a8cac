package arch

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// generators are the programs of `make gen` that need nothing but Go, with the arguments that make them read from
// the repository and write to another folder. The words on the bus (proto/gen) come from buf and are not made here.
var generators = map[string]func(out string) []string{
	"./tools/gen/bus":         func(out string) []string { return []string{out} },
	"./tools/gen/grafana":     func(out string) []string { return []string{out} },
	"./tools/gen/metrics":     func(out string) []string { return []string{".", out} },
	"./tools/gen/asm/curve":   func(out string) []string { return []string{out} },
	"./tools/gen/asm/sha256x": func(out string) []string { return []string{out} },
	"./tools/gen/web":         func(out string) []string { return []string{".", out} }, // from packages that make deps installs
	"./tools/gen/config":      func(out string) []string { return []string{".", out} },
}

// owned are folders in which nothing but generated files may be.
var owned = []string{"deploy/config", "deploy/grafana/dashboards", "schemas/config"}

// TestGenerated: `make gen` would change nothing.
func TestGenerated(t *testing.T) {
	made := map[string]bool{}
	for program, args := range generators {
		out := t.TempDir()
		cmd := exec.Command("go", append([]string{"run", program}, args(out)...)...)
		cmd.Dir = root
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", program, text)
		require.NoError(t, filepath.WalkDir(out, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(out, name)
			if err == nil {
				made[filepath.ToSlash(rel)] = true
				compare(t, program, rel, name)
			}
			return err
		}))
	}
	require.GreaterOrEqual(t, len(made), 3+2*6+4, "generators wrote too little")
	for _, name := range files(t) {
		if slices.Contains(owned, path.Dir(name)) && !made[name] {
			t.Errorf("%s: no generator makes it any more", name)
		}
	}
}

func compare(t *testing.T, program, rel, fresh string) {
	want, err := os.ReadFile(fresh)
	require.NoError(t, err)
	have, err := os.ReadFile(filepath.Join(root, rel))
	if err != nil {
		t.Errorf("%s: made by %s and not there: run `make gen`", rel, program)
		return
	}
	if string(want) != string(have) {
		t.Errorf("%s differs from what %s makes: run `make gen`", rel, program)
	}
}
