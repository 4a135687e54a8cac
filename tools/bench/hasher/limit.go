package hasher

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errNoLimit is returned where control groups can't be made.
var errNoLimit = errors.New("no control group for processor time can be made here")

// limit is a control group that lets a process use a share of one processor.
type limit struct{ dir string }

// period is short, so that what is limited runs evenly, in µs.
const period = 10_000

// newLimit puts a process into a control group of its own: of version 2, or of version 1 where that is mounted.
func newLimit(pid int, share float64) (*limit, error) {
	quota := int(share * period)
	one := map[string]string{"cpu.cfs_period_us": fmt.Sprint(period), "cpu.cfs_quota_us": fmt.Sprint(quota)}
	two := map[string]string{"cpu.max": fmt.Sprint(quota, " ", period)}
	var errs []error
	for _, try := range []struct {
		root  string
		files map[string]string
	}{{"/sys/fs/cgroup", two}, {"/sys/fs/cgroup/cpu", one}} {
		l := &limit{filepath.Join(try.root, fmt.Sprint("lode-bench-", pid))}
		err := l.make(try.files, pid)
		if err == nil {
			return l, nil
		}
		l.remove()
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("%w: %w", errNoLimit, errors.Join(errs...))
}

func (l *limit) make(files map[string]string, pid int) error {
	if err := os.Mkdir(l.dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(l.dir, name)
		if _, err := os.Stat(path); err != nil { // the controller is not there
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(l.dir, "cgroup.procs"), fmt.Append(nil, pid), 0o600)
}

// remove is for when the process has ended.
func (l *limit) remove() { _ = os.Remove(l.dir) }
