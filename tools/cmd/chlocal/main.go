// Command chlocal is ClickHouse in one process: the engine as a library behind
// ClickHouse's HTTP interface on loopback. See package chlocal.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/lodeworks/lode/tools/chlocal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, stop); err != nil {
		fmt.Fprintln(os.Stderr, "chlocal:", err)
		os.Exit(1)
	}
}

// run serves until a signal; a second signal ends the process at once.
func run(ctx context.Context, stop func()) error {
	cfg := flags()
	cfg.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := moveToEmptyFolder(&cfg); err != nil {
		return err
	}
	server, err := chlocal.Start(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Println("listening on", server.Addr())
	select {
	case <-ctx.Done():
	case <-server.Done():
	}
	stop()
	return server.Close()
}

// moveToEmptyFolder makes the working folder an empty one inside the data
// folder: the engine takes files of the working folder for tables of "default".
func moveToEmptyFolder(cfg *chlocal.Config) (err error) {
	if cfg.DataDir == "" {
		return nil // Start says so
	}
	if cfg.Library, err = chlocal.FindLibrary(cfg.Library); err != nil {
		return err
	}
	if cfg.Library, err = filepath.Abs(cfg.Library); err != nil {
		return err
	}
	if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil {
		return err
	}
	empty := filepath.Join(cfg.DataDir, "cwd")
	if err := os.MkdirAll(empty, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", empty, err)
	}
	return os.Chdir(empty)
}

func flags() chlocal.Config {
	cfg := chlocal.Default()
	flag.StringVar(&cfg.DataDir, "data", "", "folder of the tables (required)")
	flag.StringVar(&cfg.Listen, "listen", cfg.Listen, "address; port 0 takes a free one")
	flag.BoolVar(&cfg.AllowRemote, "allow-remote", false, "allow an address that is not loopback: anyone who reaches it may do everything")
	flag.StringVar(&cfg.Library, "lib", "", "libchdb.so (default $"+chlocal.LibraryEnv+", then the repository's, put there by make deps)")
	flag.Int64Var(&cfg.MaxBodyBytes, "max-body", cfg.MaxBodyBytes, "largest request body, bytes")
	flag.Int64Var(&cfg.MaxQueryBytes, "max-query", cfg.MaxQueryBytes, "longest statement, bytes")
	flag.Int64Var(&cfg.MaxResultBytes, "max-result", cfg.MaxResultBytes, "largest result, bytes")
	flag.DurationVar(&cfg.MaxQueryTime, "max-time", cfg.MaxQueryTime, "longest run of a statement, whole seconds")
	flag.IntVar(&cfg.MaxConcurrent, "max-concurrent", cfg.MaxConcurrent, "statements that run at once")
	flag.DurationVar(&cfg.StopTimeout, "stop-timeout", cfg.StopTimeout, "how long running requests may finish after a signal")
	flag.Parse()
	return cfg
}
