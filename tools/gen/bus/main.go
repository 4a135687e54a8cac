// Command bus generates from schemas/bus: the Go names of streams and subjects, and the catalogue for
// people. Run it by `make gen`; CI fails when its output differs from what is committed.
package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"

	"github.com/lodeworks/lode/services/kit/bus"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes all outputs below root, the repository's top folder.
func run(root string) error {
	t, err := bus.Declared()
	if err != nil {
		return err
	}
	code, err := format.Source([]byte(goNames(t)))
	if err != nil {
		return fmt.Errorf("format generated code: %w", err)
	}
	outputs := map[string]string{
		"services/kit/bus/subjects_gen.go": string(code),
		"schemas/bus/README.md":            catalogue(t),
	}
	for path, text := range outputs {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
