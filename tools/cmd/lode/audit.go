package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
)

// audit prints the ledger of each session and fails when a line does not balance.
func audit() *cobra.Command {
	var session, supplier string
	var asJSON bool
	base := stack.Default("").AnalyticsURL()
	c := &cobra.Command{
		Use: "audit", Short: "The ledger: served = logged = mined + filtered + duplicate = claimed = settled", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lines, err := analyticsapi.New(base).Ledger(c.Context(), session, supplier)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(c.OutOrStdout())
				enc.SetIndent("", "  ")
				if err := enc.Encode(lines); err != nil {
					return err
				}
			} else {
				printLedger(c.OutOrStdout(), lines)
			}
			return unbalanced(lines)
		},
	}
	c.Flags().StringVar(&base, "analytics", base, "base URL of the analytics service")
	c.Flags().StringVar(&session, "session", "", "only this session id")
	c.Flags().StringVar(&supplier, "supplier", "", "only this supplier operator address")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// printLedger prints a row for each line, and its residues below it.
func printLedger(out io.Writer, lines []ledger.Line) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "session\tsupplier\tend\tserved\tlogged\tmined\tfiltered\tduplicate\tlate\tclaimed\tsettled\tearned upokt\tstate\tbalanced\t")
	for _, l := range lines {
		fmt.Fprintf(w, "%.12s…\t%.12s…\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t\n", l.Session, l.Supplier, l.EndHeight,
			l.Served, l.Logged, l.Mined, l.Filtered, l.Duplicate, l.Late, l.Claimed, l.Settled, l.EarnedUpokt, l.State, verdict(l))
	}
	_ = w.Flush()
	for _, l := range lines {
		for _, r := range l.Residues {
			fmt.Fprintf(out, "  %.12s… %.12s…  %s: %d relays, %d compute units, %s  %s\n", l.Session, l.Supplier, r.Cause, r.Relays, r.ComputeUnits, upokt(r), r.Reason)
		}
	}
}

// verdict is whether the line balances; an open one cannot say yet.
func verdict(l ledger.Line) string {
	switch {
	case l.Balanced:
		return "yes"
	case l.State == ledger.Open:
		return "not yet"
	default:
		return "NO"
	}
}

func upokt(r ledger.Residue) string {
	if r.Upokt == nil {
		return "not priced by the chain"
	}
	return r.Upokt.String() + " upokt"
}

func unbalanced(lines []ledger.Line) error {
	n := 0
	for _, l := range lines {
		if !l.Balanced && l.State != ledger.Open {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d lines do not balance", n, len(lines))
	}
	return nil
}
