// Command firing prints, as JSON, the alerts that fire over scrapes that it reads as JSON from standard input.
//
//	firing ROOT < scrapes.json
//
// ROOT is the repository's top folder. Input: {"start": unix seconds, "steps": number, "scrapes": [Scrape, …]}; a step is 15 s.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lodeworks/lode/tools/alerts"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "firing:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: firing ROOT < scrapes.json")
	}
	var input struct {
		Start   int64           `json:"start"`
		Steps   int             `json:"steps"`
		Scrapes []alerts.Scrape `json:"scrapes"`
	}
	if err := json.NewDecoder(in).Decode(&input); err != nil {
		return fmt.Errorf("read scrapes: %w", err)
	}
	files, err := alerts.Files(args[0])
	if err != nil {
		return err
	}
	series, err := alerts.Series(input.Scrapes, input.Steps)
	if err != nil {
		return err
	}
	fired, err := alerts.Firing(files, series, time.Unix(input.Start, 0), time.Duration(input.Steps-1)*alerts.Step)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(fired)
}
