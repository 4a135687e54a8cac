package fault

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/tools/process"
)

// Fleet is some processes of one program that are kept running: one that ends is started again.
type Fleet struct {
	members []*member
	log     *slog.Logger
	Ended   atomic.Int64 // how often a process has ended by itself
}

// member is one place in the fleet.
type member struct {
	name    string
	options process.Options
	now     *process.Process
}

// backAfter is how soon a process that ended by itself is started again.
const backAfter = 100 * time.Millisecond

// NewFleet starts a process for each of the options.
func NewFleet(ctx context.Context, log *slog.Logger, options ...process.Options) (*Fleet, error) {
	f := &Fleet{log: log}
	for n, o := range options {
		m := &member{name: fmt.Sprint("process ", n), options: o}
		if err := m.start(ctx); err != nil {
			return nil, err
		}
		f.members = append(f.members, m)
	}
	return f, nil
}

func (m *member) start(ctx context.Context) (err error) {
	m.now, err = process.Start(ctx, m.options)
	return err
}

// Run goes through the plan, then keeps all running until ctx ends. over is called once when the plan is through.
func (f *Fleet) Run(ctx context.Context, plan Plan, over func()) error {
	var left atomic.Int64
	left.Store(int64(len(f.members)))
	group, ctx := errgroup.WithContext(ctx)
	for n, m := range f.members {
		group.Go(func() error {
			for _, fault := range plan[n] {
				if err := f.keep(ctx, m, time.After(fault.After)); err != nil {
					return err
				}
				if ctx.Err() != nil {
					return nil
				}
				if err := f.apply(ctx, m, fault); err != nil {
					return fmt.Errorf("%s: %s: %w", m.name, fault.Kind, err)
				}
			}
			if left.Add(-1) == 0 {
				over()
			}
			return f.keep(ctx, m, nil)
		})
	}
	return group.Wait()
}

// keep starts the process again whenever it ends, until enough or ctx does.
func (f *Fleet) keep(ctx context.Context, m *member, enough <-chan time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-enough:
			return nil
		case <-m.now.Ended():
		}
		if ctx.Err() != nil {
			return nil
		}
		f.Ended.Add(1)
		f.log.Warn("process ended by itself", "process", m.name, "err", m.now.Err())
		wait(ctx, backAfter)
		if err := m.start(ctx); err != nil {
			return err
		}
	}
}

func (f *Fleet) apply(ctx context.Context, m *member, fault Fault) error {
	f.log.Info("fault", "process", m.name, "kind", fault.Kind, "for", fault.For)
	switch fault.Kind {
	case Pause:
		if err := m.now.Pause(); err != nil {
			return err
		}
		wait(ctx, fault.For)
		return m.now.Resume()
	case Kill:
		if err := m.now.Kill(); err != nil {
			return err
		}
		wait(ctx, fault.For)
	case Restart:
		if err := m.now.Stop(); err != nil { // it must end well
			return err
		}
	}
	return m.start(ctx)
}

// wait is cut short when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Processes are those that run now; only when no plan is under way.
func (f *Fleet) Processes() (out []*process.Process) {
	for _, m := range f.members {
		out = append(out, m.now)
	}
	return out
}

// Kill ends all processes.
func (f *Fleet) Kill() {
	for _, m := range f.members {
		if m.now != nil {
			_ = m.now.Kill()
		}
	}
}
