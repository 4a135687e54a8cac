package compose

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Services are the programs that run in production; each is the image lode-NAME.
var Services = []string{"gateway", "relayer", "hasher", "submitter", "indexer", "analytics", "signer"}

// standIns are what a demonstration runs beside them.
var standIns = []string{"lode", "pocketd", "demollm", "chlocal"}

// natsServer is built from the module that tests embed.
const natsServer = "github.com/nats-io/nats-server/v2"

// BuildPrograms builds what goes into the images below the repository's root into out: static programs, a list of the
// parts of each (CycloneDX), and the authorities that TLS trusts.
func BuildPrograms(ctx context.Context, root, out string) error {
	if err := os.MkdirAll(filepath.Join(out, "empty"), 0o755); err != nil {
		return fmt.Errorf("make folder of programs: %w", err)
	}
	names := append(append([]string{}, Services...), standIns...)
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out + string(os.PathSeparator), natsServer}
	for _, name := range Services {
		args = append(args, fmt.Sprintf("./services/%s/cmd/%s", name, name))
	}
	for _, name := range standIns {
		args = append(args, "./tools/cmd/"+name)
	}
	if _, err := (command{dir: root, env: []string{"CGO_ENABLED=0"}}).run(ctx, "go", args...); err != nil {
		return err
	}
	if err := copyCertificates(out); err != nil {
		return err
	}
	return listParts(ctx, root, out, append(names, filepath.Base(filepath.Dir(natsServer))))
}

// listParts writes NAME.cdx.json for each program: the modules that it says it was built from.
func listParts(ctx context.Context, root, out string, names []string) error {
	lister := filepath.Join(out, "cyclonedx-gomod")
	build := command{dir: filepath.Join(root, "tools", "sbom"), env: []string{"GOWORK=off", "GOOS=", "GOARCH="}}
	if _, err := build.run(ctx, "go", "build", "-o", lister, "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod"); err != nil {
		return err
	}
	defer os.Remove(lister)
	for _, name := range names {
		program := filepath.Join(out, name)
		if out, err := exec.CommandContext(ctx, lister, "bin", "-json", "-output", program+".cdx.json", program).CombinedOutput(); err != nil {
			return fmt.Errorf("list the parts of %s: %w: %s", name, err, out)
		}
	}
	return nil
}

// authorities is where Debian, and with it the images that Go is built in, has the certificates that TLS trusts.
const authorities = "/etc/ssl/certs/ca-certificates.crt"

func copyCertificates(out string) error {
	text, err := os.ReadFile(authorities)
	if err != nil {
		return fmt.Errorf("read certificates (package ca-certificates): %w", err)
	}
	if err := os.WriteFile(filepath.Join(out, "certs.pem"), text, 0o644); err != nil { //nolint:gosec // they are public
		return fmt.Errorf("write certificates: %w", err)
	}
	return nil
}
