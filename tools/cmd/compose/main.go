// Command compose runs Lode under docker compose. See package compose.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/compose"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal takes its default action
	root := &cobra.Command{Use: "compose", Short: "Lode under docker compose, from the repository's root", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(programs(), images(), up(), down(), e2e())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "compose:", err)
		os.Exit(1)
	}
}

// workFolder is where all that is made on this machine lies.
const workFolder = ".lode/compose"

// here is the repository's root and the folder of what is made.
func here() (root, work string, err error) {
	if root, err = filepath.Abs("."); err != nil {
		return "", "", err
	}
	return root, filepath.Join(root, workFolder), nil
}

func programs() *cobra.Command {
	out := "out"
	c := &cobra.Command{
		Use: "programs", Short: "Build what goes into the images", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return compose.BuildPrograms(c.Context(), ".", out) },
	}
	c.Flags().StringVar(&out, "out", out, "folder")
	return c
}

func images() *cobra.Command {
	tag := "latest"
	c := &cobra.Command{
		Use: "images", Short: "Build every image on this machine, without a registry", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			root, work, err := here()
			if err != nil {
				return err
			}
			return compose.Images{Root: root, Work: work, Out: c.OutOrStdout()}.Build(c.Context(), tag)
		},
	}
	c.Flags().StringVar(&tag, "tag", tag, "of the images")
	return c
}
