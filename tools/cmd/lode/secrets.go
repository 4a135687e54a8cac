package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/secrets"
)

// secretsMake makes keys, certificates and permissions of the bus.
func secretsMake() *cobra.Command {
	var dir string
	var hosts []string
	c := &cobra.Command{
		Use: "make --out DIR --host NAME…", Short: "Make keys, certificates and permissions of the bus; keys that are there stay",
		RunE: func(c *cobra.Command, more []string) error {
			if dir == "" {
				return errors.New("--out: which folder?")
			}
			if err := secrets.Make(dir, slices.Concat(hosts, more)); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: all there\n", dir)
			return nil
		},
	}
	c.Flags().StringVar(&dir, "out", dir, "folder; made when missing")
	c.Flags().StringSliceVar(&hosts, "host", hosts, "names and addresses by which the servers are reached; none: as before")
	return c
}
