package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/compose"
	"github.com/lodeworks/lode/tools/compose/drill"
	"github.com/lodeworks/lode/tools/localnet"
)

// e2eWithin bounds a whole run but for the building of images.
const e2eWithin = 20 * time.Minute

// e2eBlock makes the ten blocks of mainnet's windows 20 s: longer than the bus is without a leader after a server of it was
// killed, and much shorter than mainnet's.
const e2eBlock = 2 * time.Second

// Where the doors are: not where make compose-up has them.
const (
	e2eGateway   = "127.0.0.1:28080"
	e2eAnalytics = "127.0.0.1:28070"
)

func e2e() *cobra.Command {
	d, keep := drill.Drill{Relays: 2000, Senders: 16, Plan: drill.Plan()}, false
	c := &cobra.Command{
		Use: "e2e", Short: "Run all of it from nothing, with faults under load, until every relay is settled; last line is JSON", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runE2E(c.Context(), c.OutOrStdout(), d, keep) },
	}
	c.Flags().IntVar(&d.Relays, "relays", d.Relays, "relays to be answered at least")
	c.Flags().IntVar(&d.Senders, "clients", d.Senders, "clients, each of which asks once a second")
	c.Flags().BoolVar(&keep, "keep", keep, "leave it running")
	return c
}

func runE2E(ctx context.Context, out io.Writer, d drill.Drill, keep bool) (err error) {
	root, work, err := here()
	if err != nil {
		return err
	}
	stopEngine, err := compose.StartEngine(ctx, engineFolder(work))
	if err != nil {
		return err
	}
	if !keep {
		defer func() { err = errors.Join(err, stopEngine()) }()
	}
	images := compose.Images{Root: root, Work: work, Out: out}
	d.Out, d.NextTag = out, "e2e-next"
	d.Project = compose.Project{Name: "lode-e2e", Root: root, Dir: filepath.Join(work, "e2e"), Tag: "e2e", Profile: localnet.ProfileMainnet, BlockTime: e2eBlock, Settings: []string{
		"LODE_GATEWAY=" + e2eGateway, "LODE_ANALYTICS=" + e2eAnalytics, "LODE_RELAYERS=127.0.0.1:28545", "LODE_PROMETHEUS=127.0.0.1:29090",
	}}
	if err := errors.Join(images.Build(ctx, d.Project.Tag), images.Tag(ctx, d.NextTag)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e2eWithin)
	defer cancel()
	if err := d.Project.Down(ctx, true); err != nil { // of a run that was cut short
		return err
	}
	if !keep {
		defer func() { err = errors.Join(err, d.Project.Down(context.WithoutCancel(ctx), true)) }()
	}
	fmt.Fprintln(out, "starting all of it")
	if err := d.Project.Up(ctx); err != nil {
		return err
	}
	if err := reach(&d); err != nil {
		return err
	}
	result, err := d.Run(ctx)
	if logs := filepath.Join(work, "logs"); err != nil {
		err = errors.Join(err, d.Project.Logs(context.WithoutCancel(ctx), logs))
		fmt.Fprintf(out, "failed; what the containers said is in %s\n", logs)
	}
	text, jerr := json.Marshal(result)
	defer fmt.Fprintln(out, string(text))
	return errors.Join(err, jerr)
}

// reach fills in the project's doors.
func reach(d *drill.Drill) error {
	token, err := d.Project.Token()
	if err != nil {
		return err
	}
	d.Gateway, d.API = "http://"+e2eGateway, analyticsapi.New("http://"+e2eAnalytics)
	d.API.Token = token
	return nil
}
