package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is one program that is kept running. It is a suture.Service: Serve runs it once.
type process struct {
	name string
	path string
	args []string
	log  string // file that takes its output
	info *slog.Logger

	mu      sync.Mutex
	running *os.Process   // nil between runs
	used    time.Duration // processor time of ended runs
}

// stopAfter is how long a program may take to stop before it is killed.
const stopAfter = 15 * time.Second

// String names the process in the supervisor's messages.
func (p *process) String() string { return p.name }

// Serve runs the program until it ends or ctx does. It dies with this process, whatever ends that.
func (p *process) Serve(ctx context.Context) error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log of %s: %w", p.name, err)
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopAfter
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // Pdeathsig is about the thread that starts the program
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.set(cmd.Process)
	err = cmd.Wait()
	p.ended(cmd.ProcessState)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.info.Warn("process ended", "process", p.name, "err", err)
	return fmt.Errorf("%s ended: %w", p.name, cmp.Or(err, errStopped))
}

func (p *process) set(running *os.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = running
}

func (p *process) ended(state *os.ProcessState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = nil
	if state != nil {
		p.used += state.UserTime() + state.SystemTime()
	}
}

func (p *process) cpu() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}

// errStopped stands for an exit with status 0.
var errStopped = errors.New("exit status 0")

// errNotRunning is returned when there is nothing to signal.
var errNotRunning = errors.New("process is not running")

func (p *process) signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return fmt.Errorf("signal %s: %w", p.name, errNotRunning)
	}
	return p.running.Signal(sig)
}
