package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	cmd := exec.Command("dockerd", "--data-root", filepath.Join(dir, "data"), "--exec-root", run, "--pidfile", pidFile(dir))
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

// pidFile is where an engine of ours says which process it is, as long as it runs.
func pidFile(dir string) string { return filepath.Join(dir, "dockerd.pid") }

// StopEngine ends the engine that an earlier process started with its state in dir, if it runs. Containers end with it.
func StopEngine(ctx context.Context, dir string) error {
	text, err := os.ReadFile(pidFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find our engine: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("find our engine: %w", err)
	}
	if !isEngine(pid) {
		return nil // it was killed, and its number may be another's
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop our engine: %w", err)
	}
	for isEngine(pid) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop our engine: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// isEngine tells whether a process is an engine that runs.
func isEngine(pid int) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // empty for one that has ended
	return err == nil && strings.HasPrefix(filepath.Base(strings.SplitN(string(name), "\x00", 2)[0]), "dockerd")
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
