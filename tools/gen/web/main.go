// Command web copies what the page of the analytics service is made of from its npm packages into static/vendor, where it
// is embedded, with licences and a list of sums.
//
//	web ROOT [OUT]
//
// ROOT is the repository's top folder; OUT is where the files go, ROOT when left out. The packages are those of services/analytics/web/package-lock.json; `make gen`
// installs them first.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// copied are the files of packages that the page loads, and their licences.
var copied = []struct{ module, file, as string }{
	{"lit-html", "lit-html.js", "lit-html.js"},
	{"lit-html", "LICENSE", "lit-html.LICENSE.txt"},
	{"uplot", "dist/uPlot.iife.min.js", "uPlot.iife.min.js"},
	{"uplot", "dist/uPlot.min.css", "uPlot.min.css"},
	{"uplot", "LICENSE", "uPlot.LICENSE.txt"},
	{"@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2", "inter-latin-wght-normal.woff2"},
	{"@fontsource-variable/inter", "LICENSE", "inter.LICENSE.txt"},
}

func main() {
	args := os.Args[1:]
	if len(args) == 1 {
		args = append(args, args[0])
	}
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: web ROOT [OUT]")
		os.Exit(2)
	}
	page := filepath.Join("services", "analytics", "web")
	if err := run(filepath.Join(args[0], page), filepath.Join(args[1], page, "static", "vendor")); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run copies from the packages installed below page into out.
func run(page, out string) error {
	var list strings.Builder
	list.WriteString("# sha256, file, package, version, file in it; written by `make gen`\n")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for _, c := range copied {
		from := filepath.Join(page, "node_modules", filepath.FromSlash(c.module))
		version, err := versionOf(from)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(c.file)))
		if err != nil {
			return fmt.Errorf("read %s: %w", c.module, err)
		}
		if err := os.WriteFile(filepath.Join(out, c.as), body, 0o644); err != nil { //nolint:gosec // a source file
			return fmt.Errorf("write %s: %w", c.as, err)
		}
		fmt.Fprintf(&list, "%x  %s  %s %s %s\n", sha256.Sum256(body), c.as, c.module, version, c.file)
	}
	if err := os.WriteFile(filepath.Join(out, "packages.txt"), []byte(list.String()), 0o644); err != nil { //nolint:gosec // a source file
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func versionOf(module string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(module, "package.json"))
	if err != nil {
		return "", fmt.Errorf("read package: %w", err)
	}
	var said struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(raw, &said); err != nil || said.Version == "" {
		return "", fmt.Errorf("version in %s: %w", module, err)
	}
	return said.Version, nil
}
