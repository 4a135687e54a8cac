package chlocal

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// spool holds an INSERT's data in a file that has no name and lives in memory.
// The engine reads it by its descriptor, so data never passes through SQL text
// (where the engine would end it at an empty line) nor over a disk.
type spool struct {
	file *os.File
}

// newSpool copies everything r gives.
func newSpool(r io.Reader) (*spool, error) {
	fd, err := unix.MemfdCreate("chlocal-insert", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make memory file: %w", err)
	}
	s := &spool{file: os.NewFile(uintptr(fd), "chlocal-insert")}
	if _, err := io.Copy(s.file, r); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// path is how this process, and only it, opens the file again.
func (s *spool) path() string { return fmt.Sprintf("/proc/self/fd/%d", s.file.Fd()) }

func (s *spool) close() { _ = s.file.Close() }
