package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/localnet/node"
)

// startCommand runs the node until it is interrupted.
func startCommand() *cobra.Command {
	level := slog.LevelWarn
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the node of an initialised home until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			return node.Run(cmd.Context(), home, logger, func(rpc string) {
				fmt.Fprintf(cmd.OutOrStdout(), "pocketd: chain %s, rpc %s\n", localnet.ChainID, rpc)
			})
		},
	}
	cmd.Flags().TextVar(&level, "log-level", level, "debug, info, warn or error")
	return cmd
}
