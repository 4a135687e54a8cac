// Command chart writes what of the Helm chart follows from the rest of the repository:
//
//	values.schema.json   from base.yaml here and schemas/config: a service's block config is checked as the service checks it
//	files/services.yaml  which of bus, chain and store each service uses, by its configuration: what its network policy opens
//
// Run it by `make gen`:
//
//	chart ROOT [OUT]
//
// ROOT is the repository's top folder, OUT where the files go, ROOT when left out.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	args := os.Args[1:]
	if len(args) == 1 {
		args = append(args, args[0])
	}
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: chart ROOT [OUT]")
		os.Exit(2)
	}
	if err := run(args[0], args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads below root and writes below out.
func run(root, out string) error {
	configs, err := readConfigs(root)
	if err != nil {
		return err
	}
	values, err := valuesSchema(configs)
	if err != nil {
		return err
	}
	chart := filepath.Join(out, "deploy", "helm", "lode")
	if err := os.MkdirAll(filepath.Join(chart, "files"), 0o755); err != nil {
		return err
	}
	for path, text := range map[string][]byte{"values.schema.json": values, "files/services.yaml": services(configs)} {
		if err := os.WriteFile(filepath.Join(chart, path), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
