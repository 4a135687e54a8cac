// Command lode is what operators type: it runs everything on one machine, sends relays, and shows what became of
// them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal takes its default action
	if err := tree().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "lode:", err)
		os.Exit(1)
	}
}

// tree is every command.
func tree() *cobra.Command {
	root := &cobra.Command{Use: "lode", Short: "Relays on Pocket Network, from request to settlement", SilenceUsage: true, SilenceErrors: true}
	session := &cobra.Command{Use: "session", Short: "One session"}
	session.AddCommand(sessionShow())
	topology := &cobra.Command{Use: "topology", Short: "The streams and buckets of the bus"}
	topology.AddCommand(topologyApply(), topologyCheck())
	secrets := &cobra.Command{Use: "secrets", Short: "Keys, certificates and permissions of the bus"}
	secrets.AddCommand(secretsMake())
	root.AddCommand(up(), smoke(), relay(), session, audit(), ask(), whatIf(), claimsCommand(), dossier(), statusCommand(), topology, secrets, doctorCommand(), dead(), backUp(), restore())
	return root
}
