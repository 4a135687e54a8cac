package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
)

// audit prints the ledger of each session and fails when a line does not balance.
func audit() *cobra.Command {
	var session, supplier, by, from, to string
	var asJSON bool
	base := stack.Default("").AnalyticsURL()
	c := &cobra.Command{
		Use: "audit", Short: "The ledger: served = logged = mined + filtered + duplicate = claimed = settled", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client := analyticsapi.New(base)
			if by != "" {
				totals, err := client.Funnel(c.Context(), session, supplier, by, from, to)
				if err != nil {
					return err
				}
				return errors.Join(printed(c.OutOrStdout(), asJSON, totals, printTotals), unbalancedIn(totals))
			}
			lines, err := client.Ledger(c.Context(), session, supplier)
			if err != nil {
				return err
			}
			return errors.Join(printed(c.OutOrStdout(), asJSON, lines, printLedger), unbalanced(lines))
		},
	}
	c.Flags().StringVar(&base, "analytics", base, "base URL of the analytics service")
	c.Flags().StringVar(&session, "session", "", "only this session id")
	c.Flags().StringVar(&supplier, "supplier", "", "only this supplier operator address")
	c.Flags().StringVar(&by, "by", "", "sum by "+strings.Join(ledger.Groupings(), ", ")+"; empty: a line for each session and supplier")
	c.Flags().StringVar(&from, "from", "", "with --by: first session end, a date, RFC 3339 time or height:N")
	c.Flags().StringVar(&to, "to", "", "with --by: first session end behind the range")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// printed prints as JSON or as a table.
func printed[V any](out io.Writer, asJSON bool, v V, table func(io.Writer, V)) error {
	if !asJSON {
		table(out, v)
		return nil
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printTotals prints each sum in relays, compute units and upokt, and below it what was lost, the dearest first.
func printTotals(out io.Writer, totals []ledger.Total) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "of\tin\tserved\tlogged\tmined\tfiltered\tduplicate\tlate\tclaimed\tsettled\tminted\tearned\tfees\t")
	for _, t := range totals {
		for _, m := range []struct {
			name string
			s    ledger.Stages
		}{{"relays", t.Relays}, {"compute units", t.ComputeUnits}} {
			fmt.Fprintf(w, "%.20s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\t\t\t\n", t.Key, m.name, m.s.Served, m.s.Logged, m.s.Mined, m.s.Filtered,
				m.s.Duplicate, m.s.Late, m.s.Claimed, m.s.Settled)
		}
		fmt.Fprintf(w, "%.20s\tupokt\t\t\t\t\t\t\t%s\t%s\t%s\t%s\t%s\t\n", t.Key, t.Upokt.Claimed, t.Upokt.Settled, t.Upokt.Minted, t.Upokt.Earned, t.Upokt.Fee)
	}
	_ = w.Flush()
	for _, t := range totals {
		fmt.Fprintf(out, "  %.20s  %d lines, %d open, %d unbalanced\n", t.Key, t.Lines, t.Open, t.Unbalanced)
		printRefused(out, fmt.Sprintf("%.20s", t.Key), t.Refusals)
		for _, k := range t.Leaks {
			fmt.Fprintf(out, "  %.20s  %s: %d lines, %d relays, %d compute units, %s upokt, %d not priced\n", t.Key, k.Cause, k.Lines, k.Relays, k.ComputeUnits, k.Upokt, k.Unpriced)
		}
	}
}

func unbalancedIn(totals []ledger.Total) error {
	var n, all uint64
	for _, t := range totals {
		n, all = n+t.Unbalanced, all+t.Lines
	}
	return notBalanced(n, all)
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
		printRefused(out, fmt.Sprintf("%.12s… %.12s…", l.Session, l.Supplier), l.Refusals)
		for _, r := range l.Residues {
			fmt.Fprintf(out, "  %.12s… %.12s…  %s: %d relays, %d compute units, %s  %s\n", l.Session, l.Supplier, r.Cause, r.Relays, r.ComputeUnits, upokt(r), r.Reason)
		}
	}
}

// printRefused prints what was not served, by cause: it is in no figure of the line.
func printRefused(out io.Writer, of string, refusals []ledger.Refusal) {
	for _, r := range refusals {
		fmt.Fprintf(out, "  %s  refused, %s: %d relays\n", of, r.Cause, r.Relays)
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
	var n uint64
	for _, l := range lines {
		if !l.Balanced && l.State != ledger.Open {
			n++
		}
	}
	return notBalanced(n, uint64(len(lines)))
}

func notBalanced(n, all uint64) error {
	if n > 0 {
		return fmt.Errorf("%d of %d lines do not balance", n, all)
	}
	return nil
}
