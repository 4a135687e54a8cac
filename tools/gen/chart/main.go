// Command chart writes what of the Helm chart follows from the rest of the repository:
//
//	values.schema.json   from base.yaml here and schemas/config: a service's block config is checked as the service checks it
//	files/services.yaml  which of bus, chain and store each service uses, by its configuration: what its network policy opens
//	files/rules/*.yaml   the alerts of deploy/prometheus/rules, for a chart holds what it renders
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
	files := map[string][]byte{"values.schema.json": values, "files/services.yaml": services(configs)}
	rules, err := filepath.Glob(filepath.Join(root, "deploy", "prometheus", "rules", "*.yaml"))
	if err != nil {
		return err
	}
	for _, path := range rules {
		if files["files/rules/"+filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return err
		}
	}
	return write(filepath.Join(out, "deploy", "helm", "lode"), files)
}

// write replaces the files, and all rules that were there.
func write(chart string, files map[string][]byte) error {
	if err := os.RemoveAll(filepath.Join(chart, "files")); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(chart, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
