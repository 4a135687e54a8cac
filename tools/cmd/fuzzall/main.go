// Command fuzzall runs every fuzz target of the workspace, one after another:
//
//	fuzzall 20s
//
// It runs in the repository's top folder, prints a line for each target, and exits with 1 when one of them found
// something; the input is then in the package's testdata/fuzz, where the ordinary tests run it again.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: fuzzall DURATION")
		os.Exit(2)
	}
	each, err := time.ParseDuration(os.Args[1])
	if err != nil || each <= 0 {
		fmt.Fprintf(os.Stderr, "fuzzall: %q is not a positive duration\n", os.Args[1])
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, ".", each); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
}

// errNone is returned when there is nothing to fuzz: that would be a fault of this program.
var errNone = errors.New("no fuzz target found")

// run fuzzes all targets below root and counts those that failed.
func run(ctx context.Context, root string, each time.Duration) error {
	targets, err := find(root)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return errNone
	}
	failed := 0
	for _, t := range targets {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		begin := time.Now()
		word, out := "ok", ""
		if out, err = t.fuzz(ctx, each); err != nil {
			word = "FAIL"
			failed++
		}
		fmt.Printf("%-4s %-60s %s\n", word, t, time.Since(begin).Round(100*time.Millisecond))
		if err != nil {
			fmt.Println(out)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d targets failed", failed, len(targets))
	}
	return nil
}
