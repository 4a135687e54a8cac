package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// engineStart is how long our own engine may take until it answers, and to stop.
const engineStart = 60 * time.Second

// StartEngine returns when a Docker engine answers. One that runs is used and left alone; else one is started with its
// state in dir. stop ends what was started here, and nothing else.
func StartEngine(ctx context.Context, dir string) (stop func() error, err error) {
	if _, err := docker(ctx, "info"); err == nil {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, fmt.Errorf("make folder of the engine: %w", err)
	}
	log, err := os.Create(filepath.Join(dir, "dockerd.log"))
	if err != nil {
		return nil, fmt.Errorf("open log of the engine: %w", err)
	}
	defer log.Close()
	run := filepath.Join(os.TempDir(), fmt.Sprintf("lode-docker-%d", os.Getpid())) // sockets have short names
	cmd := exec.Command("dockerd", "--data-root", filepath.Join(dir, "data"), "--exec-root", run, "--pidfile", filepath.Join(dir, "dockerd.pid"))
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the Docker engine (make compose-deps installs it): %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() error { return errors.Join(stopEngine(cmd.Process, ended), os.RemoveAll(run)) }
	if err := awaitEngine(ctx, ended); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: see %s", err, log.Name()), stop())
	}
	return stop, nil
}

func awaitEngine(ctx context.Context, ended chan error) error {
	ctx, cancel := context.WithTimeout(ctx, engineStart)
	defer cancel()
	for {
		if _, err := docker(ctx, "info"); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("the Docker engine ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the Docker engine does not answer: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// stopEngine ends our engine, which stops its containers first.
func stopEngine(engine *os.Process, ended chan error) error {
	_ = engine.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-ended: //nolint:errcheck // it was told to end
		return nil
	case <-time.After(engineStart):
		return fmt.Errorf("the Docker engine does not stop: %w", engine.Kill())
	}
}
