package main

import "github.com/spf13/cobra"

// root is the command with its two verbs.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "pocketd",
		Short:         "A local Pocket chain: the official state machine, one validator, test keys",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.PersistentFlags().String("home", "", "folder of the node (required)")
	if err := cmd.MarkPersistentFlagRequired("home"); err != nil {
		panic(err) // the flag is defined one line above
	}
	cmd.AddCommand(initCommand(), startCommand())
	return cmd
}
