package run

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/conf"
)

// Configured is what the shell asks of a service's Config.
type Configured interface {
	Validate() error
	Observe() Config
}

// Service runs until ctx ends or it cannot go on.
type Service interface {
	Run(ctx context.Context) error
}

// Main is the whole main function of a service. It ends the process: 0 after a signal, 1 on an error, 2 on a bad
// configuration. A second signal ends it at once.
func Main[C Configured, S Service](name string, def C, open func(context.Context, C, Kit) (S, error)) {
	path := flag.String("config", "", "path of the YAML configuration; empty: defaults and environment")
	show := flag.Bool("print-config", false, "print the complete configuration and exit")
	check := flag.Bool("check", false, "check the configuration and exit")
	health := flag.Bool("health", false, "ask the running service of this configuration whether it is ready: exit 0, or 1 and the reason")
	flag.Parse()
	source := conf.NewSource(name, def, *path)
	cfg, err := source.Read()
	if *show {
		text, perr := conf.YAML(cfg)
		fmt.Print(string(text))
		err = errors.Join(err, perr)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(2)
	}
	if *health {
		exit(name, Ask(context.Background(), cfg.Observe().Listen))
	}
	if *show || *check || *health {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal takes its default action
	exit(name, Start(ctx, name, cfg, source, open))
}

// exit ends the process when there is an error.
func exit(name string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Start opens the service and runs it beside its observation endpoints until ctx ends. cfg is what source gave; it is
// read again on SIGHUP and when its file changes.
func Start[C Configured, S Service](ctx context.Context, name string, cfg C, source *conf.Source[C], open func(context.Context, C, Kit) (S, error)) error {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	k, err := NewKit(ctx, name, cfg.Observe())
	if err != nil {
		return err
	}
	started := k.Health.Probe("start", 0)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveObserve(ctx, cfg.Observe(), k) })
	group.Go(func() error {
		s, err := open(ctx, cfg, k)
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		started.Beat()
		k.Log.Info("started")
		group.Go(func() error { newReloading(cfg, source, s, k).watch(ctx, asked); return nil })
		return s.Run(ctx)
	})
	err = group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := k.Tracer.Stop(last); err != nil {
		k.Log.Warn("last spans not sent", "err", err)
	}
	k.Log.Info("stopped", "err", err)
	return err
}
