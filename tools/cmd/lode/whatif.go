package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/analytics/whatif"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
)

// whatIf prints what claims came to, and what they would come to under other parameters.
func whatIf() *cobra.Command {
	base, asJSON := stack.Default("").AnalyticsURL(), false
	c := &cobra.Command{
		Use: "whatif [NAME=VALUE...]", Short: "Settled claims under other parameters, as in: lode whatif mint_ratio=0.9 by=supplier from=2026-05-01",
		Long: "Settled claims under other parameters: token_multiplier, token_granularity, compute_units_per_relay, target, mint_ratio, inflation, " +
			"proof_probability, proof_threshold; by, from, to, supplier, application and service choose what is shown.",
		RunE: func(c *cobra.Command, args []string) error {
			query, err := parameters(args)
			if err != nil {
				return err
			}
			var answer struct {
				Rows []whatif.Total `json:"rows"`
			}
			if err := analyticsapi.New(base).Get(c.Context(), "/v1/whatif", query, &answer); err != nil {
				return err
			}
			return printed(c.OutOrStdout(), asJSON, answer.Rows, printWhatIf)
		},
	}
	c.Flags().StringVar(&base, "analytics", base, "base URL of the analytics service")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// printWhatIf prints two lines for each sum: as it was, and as it would be.
func printWhatIf(out io.Writer, totals []whatif.Total) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "of\t\tclaims\tclaimed upokt\tsettled\tminted\tearned\texpected proofs\t")
	for _, t := range totals {
		fmt.Fprintf(w, "%.20s\twas\t%d\t%s\t%s\t%s\t%s\t\t\n", t.Key, t.Claims, t.Actual.Claimed, t.Actual.Settled, t.Actual.Minted, t.Actual.Earned)
		fmt.Fprintf(w, "%.20s\tthen\t%d\t%s\t%s\t%s\t%s\t%.2f\t\n", t.Key, t.Claims, t.Then.Claimed, t.Then.Settled, t.Then.Minted, t.Then.Earned, t.ExpectedProofs)
	}
	_ = w.Flush()
}
