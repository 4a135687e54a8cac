package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// Options say how a program is started.
type Options struct {
	Program string
	Args    []string
	Env     []string  // beside this process's
	CPU     int       // the one processor that it may use, from 1; 0: all
	Observe string    // address of /readyz, /metrics and profiles; empty: it has none
	Stderr  io.Writer // nil: nobody reads it
}

// Process is a child that was started.
type Process struct {
	observe string
	cmd     *exec.Cmd
	ended   chan struct{} // closed when it has
	err     error         // how it ended
}

// Start starts a program. It dies with this process, whatever ends that. When ctx ends it is asked to stop, and killed
// if it does not within 15 s.
func Start(ctx context.Context, o Options) (*Process, error) {
	args := append([]string{o.Program}, o.Args...)
	if o.CPU > 0 {
		args = append([]string{"taskset", "-c", strconv.Itoa(o.CPU - 1)}, args...) // replaces itself by the program
	}
	p := &Process{observe: o.Observe, cmd: exec.CommandContext(ctx, args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), o.Env...), o.Stderr
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 15 * time.Second
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // Pdeathsig is about the thread that starts the program
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(o.Program), err)
	}
	return p, nil
}

// Pid is the process's number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err is how the process ended; only after Ended.
func (p *Process) Err() error { return p.err }

// Stop asks the process to end, and waits for it.
func (p *Process) Stop() error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.ended
	return p.err
}

// Kill ends the process where it stands, and waits for it.
func (p *Process) Kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// Pause stops the process from running until Resume. It returns when it has stopped, or ended.
func (p *Process) Pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		fields, err := stat(p.Pid())
		if err != nil || fields[0] == "T" { // gone, or stopped
			return nil
		}
		select {
		case <-p.ended:
			return nil
		case <-time.After(time.Millisecond):
		}
	}
}

// Resume ends Pause.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%v: %w", s, err)
	}
	return nil
}
