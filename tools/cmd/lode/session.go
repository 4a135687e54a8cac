package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
)

// sessionShow prints everything that is known of one session.
func sessionShow() *cobra.Command {
	base := stack.Default("").AnalyticsURL()
	c := &cobra.Command{
		Use: "show SESSION", Short: "Everything known of one session: terms, tree, claim, proof, settlement, shares", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var answer map[string]any
			if err := analyticsapi.New(base).Get(c.Context(), "/v1/sessions/"+args[0], nil, &answer); err != nil {
				return err
			}
			enc := json.NewEncoder(c.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(answer)
		},
	}
	c.Flags().StringVar(&base, "analytics", base, "base URL of the analytics service")
	return c
}
