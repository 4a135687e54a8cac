// Command config writes for every service a complete, commented example of its configuration and a JSON schema of it:
// deploy/config/<service>.yaml and schemas/config/<service>.json. Values are those of the service's Default, words are
// the comments on the fields of its Config, so neither can differ from the code. Run it by `make gen`:
//
//	config ROOT [OUT]
//
// ROOT is the repository's top folder, where the sources are read; OUT is where the files go, ROOT when left out.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/hasher"
	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/relayer"
	"github.com/lodeworks/lode/services/signer"
	"github.com/lodeworks/lode/services/submitter"
)

// defaults are the services' configurations.
func defaults() map[string]any {
	return map[string]any{
		"gateway": gateway.Default(), "relayer": relayer.Default(), "hasher": hasher.Default(),
		"signer": signer.Default(), "submitter": submitter.Default(), "indexer": indexer.Default(), "analytics": analytics.Default(),
	}
}

func main() {
	args := os.Args[1:]
	if len(args) == 1 {
		args = append(args, args[0])
	}
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: config ROOT [OUT]")
		os.Exit(2)
	}
	if err := run(args[0], args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads below root and writes below out.
func run(root, out string) error {
	comments := newComments(root)
	for service, def := range defaults() {
		top, err := fieldsOf(def, comments)
		if err != nil {
			return fmt.Errorf("service %s: %w", service, err)
		}
		schema, err := jsonSchema(service, top)
		if err != nil {
			return fmt.Errorf("service %s: %w", service, err)
		}
		for path, text := range map[string][]byte{
			"deploy/config/" + service + ".yaml":  []byte(example(service, top)),
			"schemas/config/" + service + ".json": schema,
		} {
			if err := write(filepath.Join(out, path), text); err != nil {
				return err
			}
		}
	}
	return nil
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
