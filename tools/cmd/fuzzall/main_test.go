package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFindsTargets: in the repository itself, and only functions that go test would fuzz.
func TestFindsTargets(t *testing.T) {
	targets, err := find(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	var names []string
	for _, target := range targets {
		names = append(names, target.String())
	}
	require.Contains(t, names, "services/pocket/ring FuzzVerify")
}

// TestFunctions: only what go test would fuzz.
func TestFunctions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "some_test.go")
	require.NoError(t, os.WriteFile(file, []byte(`package p
func FuzzYes(f *testing.F) {}
func FuzzText(string) {}
func FuzzPointer(*int) {}
func fuzzed(f *testing.F) {}
func (m M) FuzzMethod(f *testing.F) {}
`), 0o600))
	names, err := functions(file)
	require.NoError(t, err)
	require.Equal(t, []string{"FuzzYes"}, names)
}

// TestRun: a target that finds something is a failure, one that does not is none, and no target at all is one.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Setenv("GOWORK", "off")
	write("go.mod", "module example\n\ngo 1.26\n")
	require.ErrorIs(t, run(t.Context(), dir, time.Second), errNone)
	write("good_test.go", "package example\n\nimport \"testing\"\n\nfunc FuzzGood(f *testing.F) { f.Fuzz(func(*testing.T, []byte) {}) }\n")
	require.NoError(t, run(t.Context(), dir, 100*time.Millisecond))
	write("bad_test.go", "package example\n\nimport \"testing\"\n\nfunc FuzzBad(f *testing.F) { f.Add([]byte{1}); f.Fuzz(func(t *testing.T, b []byte) { t.Fatal(b) }) }\n")
	require.ErrorContains(t, run(t.Context(), dir, 100*time.Millisecond), "1 of 2 targets failed")
}
