// Command grafana writes deploy/grafana/dashboards: one JSON file for each board below.
//
//	grafana OUT
//
// The boards are data (board_*.go); panel.go turns them into what Grafana reads, by Grafana's own builders.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: grafana OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// boards are all dashboards.
func boards() []board {
	return []board{overview(), relayer(), hasher(), submitter(), chain(), accounts(), bus()}
}

// run writes below out.
func run(out string) error {
	dir := filepath.Join(out, "deploy", "grafana", "dashboards")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, b := range boards() {
		built, err := b.build()
		if err != nil {
			return fmt.Errorf("dashboard %s: %w", b.uid, err)
		}
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(built); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, b.uid+".json"), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
