// Command vectors runs golden test vectors through the protocol code: those in
// the folder LODE_VECTORS, or the compiled-in ones. It prints a line per file,
// a line per failed case, and last one JSON object, {"cases":…,"failed":…}. It
// exits with 1 if a case failed or the folder cannot be used.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/lodeworks/lode/services/pocket/vectors"
)

func main() {
	failed, err := run(vectors.Dir(), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
	}
	if err != nil || failed > 0 {
		os.Exit(1)
	}
}

// run runs the vectors of dir, reports to w, and returns how many cases failed.
func run(dir string, w io.Writer) (int, error) {
	results, err := vectors.All(dir)
	if err != nil {
		return 0, err
	}
	var sum struct {
		Cases  int `json:"cases"`
		Failed int `json:"failed"`
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FILE\tCASES\tFAILED")
	for _, r := range results {
		fmt.Fprintf(table, "%s\t%d\t%d\n", r.Name, r.Cases, r.Failed)
		for _, f := range r.Failures {
			fmt.Fprintf(table, "  %.1000s\n", f)
		}
		sum.Cases += r.Cases
		sum.Failed += r.Failed
	}
	if err := table.Flush(); err != nil {
		return 0, fmt.Errorf("write report: %w", err)
	}
	return sum.Failed, json.NewEncoder(w).Encode(sum)
}
