package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/claims"
)

// claimsCommand shows claims, from the bus.
func claimsCommand() *cobra.Command {
	c := &cobra.Command{Use: "claims", Short: "What is claimed and proven, and why a claim stands where it does"}
	c.AddCommand(
		storyCommand("list", "Every claim, by its session's end", cobra.NoArgs, listClaims),
		storyCommand("show SESSION", "The newest state of a session's claims, as JSON", cobra.ExactArgs(1), showClaims),
		storyCommand("why SESSION", "The steps of a session's claims, and how they ended", cobra.ExactArgs(1), whyClaims),
		forceCommand(),
	)
	return c
}

func storyCommand(use, short string, args cobra.PositionalArgs, print func(io.Writer, []claims.Story) error) *cobra.Command {
	cfg, supplier := bus.Default(), ""
	c := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(c *cobra.Command, args []string) error {
			return withStories(c.Context(), cfg, args, supplier, func(_ *bus.Bus, list []claims.Story) error { return print(c.OutOrStdout(), list) })
		},
	}
	busFlags(c, &cfg)
	c.Flags().StringVar(&supplier, "supplier", "", "only this supplier operator address")
	return c
}

// withStories reads the claims of the session in args, if there is one, and of the supplier, if there is one.
func withStories(ctx context.Context, cfg bus.Config, args []string, supplier string, do func(*bus.Bus, []claims.Story) error) error {
	session := ""
	if len(args) > 0 {
		session = args[0]
	}
	return withBus(ctx, cfg, func(b *bus.Bus) error {
		list, err := claims.Stories(ctx, b, session, supplier)
		if err != nil {
			return err
		}
		if session != "" && len(list) == 0 {
			return fmt.Errorf("no claim of session %s", session)
		}
		return do(b, list)
	})
}

// forceCommand has a session's claims made that the submitter skips for their cost.
func forceCommand() *cobra.Command {
	cfg, supplier := bus.Default(), ""
	c := &cobra.Command{
		Use: "force SESSION", Short: "Have a session's claims made, whatever they earn and cost", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStories(c.Context(), cfg, args, supplier, func(b *bus.Bus, list []claims.Story) error {
				var errs []error
				for _, s := range list {
					of := s.Now().GetTerms().GetSupplier()
					if err := claims.Force(c.Context(), b, of, args[0]); err != nil {
						errs = append(errs, err)
						continue
					}
					fmt.Fprintf(c.OutOrStdout(), "the claim of %s will be made\n", of)
				}
				return errors.Join(errs...)
			})
		},
	}
	busFlags(c, &cfg)
	c.Flags().StringVar(&supplier, "supplier", "", "only this supplier operator address")
	return c
}

func listClaims(out io.Writer, list []claims.Story) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "session\tsupplier\tend\tmined\tworth upokt\tphase\toutcome\tsettled upokt\tfees upokt\t")
	for _, s := range list {
		o := s.Now()
		t := o.GetTerms()
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%d\t\n", t.GetSessionId(), t.GetSupplier(), t.GetEndHeight(), o.Mined, o.ClaimedUpokt, o.Phase, o.Outcome, o.SettledUpokt, o.FeeUpokt)
	}
	return w.Flush()
}

func showClaims(out io.Writer, list []claims.Story) error {
	for _, s := range list {
		fmt.Fprintln(out, protojson.MarshalOptions{UseProtoNames: true, Multiline: true}.Format(s.Now()))
	}
	return nil
}

func whyClaims(out io.Writer, list []claims.Story) error {
	for _, s := range list {
		for _, line := range claims.Why(s) {
			fmt.Fprintln(out, line)
		}
	}
	return nil
}

func indented(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// dossier writes the evidence about one session's claims into one file.
func dossier() *cobra.Command {
	cfg, nodes, supplier, file := bus.Default(), chain.Default(), "", ""
	c := &cobra.Command{
		Use: "dossier SESSION", Short: "One file with a session's relays, tree path, transactions, node answers and blocks", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			node, err := chain.Dial(nodes)
			if err != nil {
				return err
			}
			return withStories(c.Context(), cfg, args, supplier, func(b *bus.Bus, list []claims.Story) error {
				all := []*claims.Dossier{}
				for _, s := range list {
					d, err := claims.Collect(c.Context(), b, node, s)
					if err != nil {
						return err
					}
					all = append(all, d)
				}
				return writeDossier(file, c.OutOrStdout(), all)
			})
		},
	}
	busFlags(c, &cfg)
	c.Flags().StringSliceVar(&nodes.Nodes, "chain", nodes.Nodes, "CometBFT RPC of the chain")
	c.Flags().StringVar(&supplier, "supplier", "", "only this supplier operator address")
	c.Flags().StringVarP(&file, "out", "o", "", "file to write (default: the standard output)")
	return c
}

func writeDossier(file string, out io.Writer, all []*claims.Dossier) error {
	if file == "" {
		return indented(out, all)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write dossier: %w", err)
	}
	if err := indented(f, all); err != nil {
		_ = f.Close()
		return fmt.Errorf("write dossier: %w", err)
	}
	return f.Close()
}
