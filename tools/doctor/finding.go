package doctor

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Level is how bad a finding is.
type Level string

// Levels, the better first.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Fail Level = "FAIL"
)

// Finding is the outcome of one check.
type Finding struct {
	Check string `json:"check"` // topic: chain, clock, keys, bus, …
	About string `json:"about"` // node, address, file, stream
	Level Level  `json:"level"`
	Text  string `json:"text"`         // what was seen
	Do    string `json:"do,omitempty"` // what to do about it; empty when it is well
}

func ok(check, about, format string, args ...any) Finding {
	return Finding{Check: check, About: about, Level: OK, Text: fmt.Sprintf(format, args...)}
}

func warn(check, about, text, do string) Finding { return Finding{check, about, Warn, text, do} }

func fail(check, about, text, do string) Finding { return Finding{check, about, Fail, text, do} }

// Failed tells whether anything must be done now.
func Failed(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Level == Fail })
}

// Print writes one line for each finding.
func Print(w io.Writer, all []Finding) error {
	for _, f := range all {
		line := fmt.Sprintf("%-4s  %-10s  %s: %s", f.Level, f.Check, cmp.Or(f.About, "-"), strings.Join(strings.Fields(f.Text), " "))
		if f.Do != "" {
			line += " → " + f.Do
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
