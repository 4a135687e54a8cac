package spool

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The fsync policies. All of them survive the end of the process, kill -9 too; they differ in a power cut or a crash
// of the machine.
const (
	FsyncAlways   = "always"   // nothing that was acknowledged is lost
	FsyncInterval = "interval" // what was acknowledged within the last FsyncEvery may be lost
	FsyncNever    = "never"    // what the operating system had not written by itself is lost, usually 30 s
)

// Config is what an operator sets. Without Dir there is no spool.
type Config struct {
	Dir        string        `koanf:"dir"`         // folder of one relayer alone, on a disk that outlives the process; empty: no spool, replies wait for the bus
	After      time.Duration `koanf:"after"`       // how long a relay waits for the bus before it goes to the spool
	MaxBytes   int64         `koanf:"max_bytes"`   // of all files; new work is refused from seven eighths on, the rest is for work under way
	Fsync      string        `koanf:"fsync"`       // always: a power cut loses nothing that was answered; interval: at most fsync_every of it; never: what the system had not written. Kill -9 loses nothing in any case
	FsyncEvery time.Duration `koanf:"fsync_every"` // between two syncs, for fsync: interval
}

// Default is no spool, and the safe policy for one.
func Default() Config {
	return Config{After: time.Second, MaxBytes: 1 << 30, Fsync: FsyncAlways, FsyncEvery: 100 * time.Millisecond}
}

// Validate names every fault at once. largest is the size of the largest message, in bytes.
func (c Config) Validate(largest int64) error {
	if c.Dir == "" {
		return nil
	}
	var errs []error
	if c.After <= 0 {
		errs = append(errs, errors.New("spool.after: must be positive"))
	}
	if c.MaxBytes < 8*largest {
		errs = append(errs, fmt.Errorf("spool.max_bytes: %d is too little, messages can be of %d bytes and an eighth must hold one", c.MaxBytes, largest))
	}
	if !slices.Contains([]string{FsyncAlways, FsyncInterval, FsyncNever}, c.Fsync) {
		errs = append(errs, fmt.Errorf("spool.fsync: %q is none of always, interval, never", c.Fsync))
	}
	if c.Fsync == FsyncInterval && c.FsyncEvery <= 0 {
		errs = append(errs, errors.New("spool.fsync_every: must be positive"))
	}
	return errors.Join(errs...)
}
