package conf

import (
	"crypto/sha256"
	"fmt"
	"os"
)

// Source is a configuration that is read again while it is in use. It is for one goroutine.
type Source[C interface{ Validate() error }] struct {
	service, path string
	def           C
	read, seen    [sha256.Size]byte // sums of the file as Read took it last, and as Changed saw it last; zero: it could not be read
}

// NewSource reads what [Load] reads.
func NewSource[C interface{ Validate() error }](service string, def C, path string) *Source[C] {
	return &Source[C]{service: service, def: def, path: path}
}

// Read returns what is there now, with an error that names every fault.
func (s *Source[C]) Read() (cfg C, err error) {
	var raw []byte
	if raw, s.read, err = s.file(); err != nil {
		return cfg, err
	}
	if cfg, err = overlay(s.service, s.def, s.path, raw); err != nil {
		return cfg, err
	}
	return cfg, cfg.Validate()
}

// Changed looks at the file, and tells whether it is another one than was read last, and the same as at the last look: a
// file that is being written is not read yet.
func (s *Source[C]) Changed() bool {
	before := s.seen
	_, s.seen, _ = s.file()
	return s.seen == before && s.seen != s.read
}

func (s *Source[C]) file() (raw []byte, sum [sha256.Size]byte, err error) {
	if s.path == "" {
		return nil, sum, nil
	}
	if raw, err = os.ReadFile(s.path); err != nil {
		return nil, sum, fmt.Errorf("read configuration: %w", err)
	}
	return raw, sha256.Sum256(raw), nil
}
